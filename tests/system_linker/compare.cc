// SPDX-License-Identifier: BSD-2-Clause

#include "tests/system_linker/compare.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "rtld_shared/seams/policy.h"
#include "rtld_shared/testing/libelf_oracle/comparison.h"
#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/oracle.h"

namespace tests {
namespace {

using arch::testing::Machine;
using oracle::Word;
using rtld::testing::LinkedImage;

// The system's linkers take text relocations, and linkers of some CPUs mark programs that have none.
constexpr rtld::Policy PolicyOfPrograms() {
  rtld::Policy policy = rtld::kProgramPolicy;
  policy.allow_text_relocations = true;
  return policy;
}
constexpr rtld::Policy kPolicy = PolicyOfPrograms();

constexpr uint64_t kLargestImage = uint64_t{1} << 30;
constexpr size_t kLines = 10;

// An object of the snapshot with its file.
struct Loaded {
  const SnapshotObject* object = nullptr;
  oracle::Image image;
};

class SystemComparison {
 public:
  SystemComparison(const Machine& machine, const oracle::Calculations& calculations,
                   const Snapshot& snapshot, SystemCounts& counts)
      : machine_(machine), calculations_(calculations), snapshot_(snapshot), counts_(counts) {}

  std::string Run() {
    std::string error;
    if (!ReadObjects(error)) return error;
    const std::optional<uint64_t> thread_pointer = ThreadPointer();
    if (!thread_pointer) return "snapshot.so has no relocation of snapshot_tls";
    thread_pointer_ = *thread_pointer;
    linker_ = machine_.NewPrograms(kPolicy, calculations_, 0);
    linker_->MakeRoom(kLargestImage);
    AddFiles();
    if (!linker_->Link()) return linker_->diagnostics().text();
    images_ = linker_->Images();
    text_ << std::hex;
    if (CompareOrder()) {
      for (size_t i = 0; i < images_.size(); ++i) CompareImage(i);
    }
    return text_.str();
  }

 private:
  // What has no file (a vDSO) has no relocations either.
  bool ReadObjects(std::string& error) {
    loaded_.reserve(snapshot_.objects.size());
    for (const SnapshotObject& object : snapshot_.objects) {
      if (object.path.empty()) continue;
      Loaded& loaded = loaded_.emplace_back();
      loaded.object = &object;
      if (!loaded.image.Open(object.path, calculations_.format, error)) return false;
    }
    return loaded_.size() > 2 || (error = "a program without libraries", false);
  }

  // The address that thread pointer relocations count from, whatever the CPU puts there: the
  // variable's address, less what relocation stored for it.
  std::optional<uint64_t> ThreadPointer() const {
    const Loaded& preload = loaded_[1];
    for (const oracle::Relocation& relocation : preload.image.relocations) {
      if (preload.image.symbols[relocation.symbol].name != "snapshot_tls") continue;
      const uint8_t* word = preload.object->At(relocation.place, preload.image.address_bytes);
      if (word != nullptr) return snapshot_.tls_variable - Number(word);
    }
    return std::nullopt;
  }

  void AddFiles() {
    for (size_t i = 0; i < loaded_.size(); ++i) {
      const SnapshotObject& object = *loaded_[i].object;
      std::vector<uint8_t> bytes = rtld::testing::ReadBytes(object.path);
      // The program and what is preloaded are roots.
      if (i < 2) {
        linker_->AddRoot(object.path, std::move(bytes));
      } else {
        linker_->AddFile(NameOf(loaded_[i]), object.path, std::move(bytes));
      }
      linker_->PlaceAt(object.path,
                       {.bias = object.bias,
                        .tls_module = object.tls_module,
                        .tls_offset = static_cast<int64_t>(object.tls_block - thread_pointer_)});
    }
  }

  static std::string NameOf(const Loaded& loaded) {
    if (!loaded.image.soname.empty()) return loaded.image.soname;
    const std::string& path = loaded.object->path;
    return path.substr(path.rfind('/') + 1);
  }

  bool CompareOrder() {
    for (size_t i = 0; i < loaded_.size() || i < images_.size(); ++i) {
      const std::string theirs = i < loaded_.size() ? loaded_[i].object->path : "nothing";
      const std::string ours = i < images_.size() ? images_[i].path : "nothing";
      if (theirs == ours) continue;
      text_ << "image " << i << " is " << ours << " instead of " << theirs << "\n";
      return false;
    }
    return true;
  }

  void CompareImage(size_t i) {
    std::string error;
    oracle::Expectation expectation;
    if (!linker_->Expect(i, expectation, error)) {
      text_ << error << "\n";
      return;
    }
    ++counts_.images;
    for (const Word& word : expectation.words) {
      const uint8_t* theirs = loaded_[i].object->At(word.place, word.bytes);
      const std::byte* ours = linker_->At(i, word.place, word.bytes);
      if (theirs == nullptr || ours == nullptr) {
        Tell(i, word) << "no such place\n";
      } else {
        CompareWord(i, word, theirs, reinterpret_cast<const uint8_t*>(ours));
      }
    }
  }

  void CompareWord(size_t i, const Word& word, const uint8_t* theirs, const uint8_t* ours) {
    switch (word.kind) {
      case Word::Kind::kCall:
        CompareResult(i, word, theirs, ours);
        return;
      case Word::Kind::kDescriptor:
        CompareDescriptor(i, word, theirs, ours);
        return;
      case Word::Kind::kValue:
      case Word::Kind::kCopy:
        if (std::memcmp(theirs, ours, word.bytes) == 0) {
          ++counts_.words;
        } else if (IsStaticBlock(word, theirs)) {
          ++counts_.descriptors;
        } else if (IsLocalEntry(i, word, theirs, ours)) {
          ++counts_.local_entries;
        } else if (IsSameSlot(i, word, theirs, ours)) {
          ++counts_.slots;
        } else if (IsTheLinkersOwn(i) ||
                   (word.kind == Word::Kind::kCopy && IsCopiedFromTheLinker(word))) {
          ++counts_.changed;
        } else {
          Tell(i, word) << Number(ours) << " instead of " << Number(theirs) << "\n";
        }
    }
  }

  // Which of its functions a resolver chooses is the machine's affair; that it is one of its
  // image's is not. Beside those there are functions of the vDSO, which has no file, and none: glibc
  // has a resolver that is there to be run. Ours are not run: what is stored says which was asked.
  void CompareResult(size_t i, const Word& word, const uint8_t* theirs, const uint8_t* ours) {
    const std::optional<uint64_t> result =
        word.slot == Word::Slot::kJump ? TargetOf(i, word, theirs) : Number(theirs) - word.addend;
    const bool lies_well =
        result && (SameImage(word.value, *result) || IsOutside(*result) || *result == 0);
    if (!lies_well) {
      Tell(i, word) << "the resolver's result " << result.value_or(0) << " lies elsewhere\n";
    }
    const bool asked = IsResultOfOurs(i, word, ours);
    if (!asked) {
      Tell(i, word) << Number(ours) << " is no result of the resolver at " << word.value << "\n";
    }
    if (lies_well && asked) ++counts_.resolvers;
  }

  bool IsResultOfOurs(size_t i, const Word& word, const uint8_t* ours) {
    const uint64_t result = rtld::testing::FakeResult(word.value, calculations_.descriptor != 0);
    switch (word.slot) {
      case Word::Slot::kNone:
        return Number(ours) == Truncated(result + word.addend);
      case Word::Slot::kJump:
        return TargetOf(i, word, ours) == result;
      case Word::Slot::kFetch: {  // the bytes there
        const uint64_t from = Truncated(result + word.addend);
        for (size_t j = 0; j < loaded_.size(); ++j) {
          if (!Covers(loaded_[j], from)) continue;
          const std::byte* there =
              linker_->At(j, Truncated(from - loaded_[j].object->bias), word.bytes);
          return there != nullptr && std::memcmp(there, ours, word.bytes) == 0;
        }
        return false;
      }
    }
    return false;
  }

  // All blocks are static here, so their argument is an offset from the thread pointer. Ours is the
  // pair of the session's hook: the block, and the offset in it.
  void CompareDescriptor(size_t i, const Word& word, const uint8_t* theirs, const uint8_t* ours) {
    const SnapshotObject* block = BlockOf(word.tls_module);
    uint64_t argument = word.value;
    if (block != nullptr) argument += block->tls_block - thread_pointer_;
    const uint64_t module = block != nullptr ? block->tls_module : 0;
    const unsigned at = calculations_.argument_first ? 0 : machine_.word;
    const bool same = Truncated(argument) == Number(theirs + at);
    if (!same) {
      Tell(i, word) << "argument " << Truncated(argument) << " instead of " << Number(theirs + at)
                    << "\n";
    }
    // The function is the word that the argument is not.
    const uint64_t function = Number(ours + (machine_.word - at));
    const bool same_hooked = function == rtld::testing::kFakeDescriptor + module &&
                             Number(ours + at) == Truncated(word.value);
    if (!same_hooked) {
      Tell(i, word) << "function " << function << ", argument " << Number(ours + at)
                    << " is not for " << Truncated(word.value) << " in block " << module << "\n";
    }
    if (same && same_hooked) ++counts_.descriptors;
  }

  // The oracle numbers the images that have thread-local storage in order of loading. Null for 0.
  const SnapshotObject* BlockOf(uint64_t oracle_module) const {
    uint64_t module = 0;
    for (const Loaded& loaded : loaded_) {
      if (loaded.object->tls_module != 0 && ++module == oracle_module) return loaded.object;
    }
    return nullptr;
  }

  // A linker that knows __tls_get_addr_opt (64-bit ELF V2 ABI, 3.7.3.1) stores a module id of 0 for a
  // static block, and behind it the offset from the thread pointer instead of that in the block.
  bool IsStaticBlock(const Word& word, const uint8_t* theirs) const {
    const arch::Op op = machine_.OpOf(word.type, 1);
    if (op == arch::Op::kTlsModule) return Number(theirs) == 0;
    const oracle::Calculation* calculation = calculations_.Find(word.type);
    if (op != arch::Op::kTlsOffset || calculation == nullptr) return false;
    const uint64_t in_block = word.value - oracle::Evaluate(*calculation, {});
    for (const Loaded& loaded : loaded_) {
      if (loaded.object->tls_module == 0) continue;
      const uint64_t offset = in_block + loaded.object->tls_block - thread_pointer_;
      if (Truncated(offset) == Number(theirs)) return true;
    }
    return false;
  }

  // Where functions have a second entry for callers in their own image (64-bit ELF V2 ABI, 2.3.2.1,
  // st_other), a linker may store that in the image's slots. It lies up to 16 instructions behind.
  bool IsLocalEntry(size_t i, const Word& word, const uint8_t* theirs, const uint8_t* ours) const {
    const uint64_t behind = Number(theirs) - Number(ours);
    return machine_.OpOf(word.type, 1) == arch::Op::kJumpSlot && behind <= 64 && behind % 4 == 0 &&
           Covers(loaded_[i], Number(ours)) && Covers(loaded_[i], Number(theirs));
  }

  // Slots that are code may be any code that goes there. In a copied descriptor glibc's last word,
  // which C has no use for, has the bias of the image it is from, if that is relocated later.
  bool IsSameSlot(size_t i, const Word& word, const uint8_t* theirs, const uint8_t* ours) {
    if (word.slot == Word::Slot::kJump) {
      return TargetOf(i, word, theirs) == word.value && TargetOf(i, word, ours) == word.value;
    }
    const unsigned used = word.bytes - machine_.word;
    if (word.slot != Word::Slot::kFetch || std::memcmp(theirs, ours, used) != 0) return false;
    const uint64_t added = Number(theirs + used) - Number(ours + used);
    return std::any_of(loaded_.begin(), loaded_.end(), [&](const Loaded& loaded) {
      return Covers(loaded, word.value) && loaded.object->bias == added;
    });
  }

  // Where a slot with these bytes goes; nothing if that is no code.
  std::optional<uint64_t> TargetOf(size_t i, const Word& word, const uint8_t* slot) {
    return linker_->JumpTarget(i, word.place, word.addend,
                               {reinterpret_cast<const std::byte*>(slot), word.bytes});
  }

  // The linker relocates itself, and then runs: it and what it keeps in the C library's protected
  // data are no longer as relocation left them. Interpreters have no DT_NEEDED.
  bool IsTheLinkersOwn(size_t i) const { return loaded_[i].image.needed.empty(); }

  // What a program has a copy of was what it is now when the linker made it.
  bool IsCopiedFromTheLinker(const Word& word) const {
    for (size_t i = 0; i < loaded_.size(); ++i) {
      if (Covers(loaded_[i], word.value)) return IsTheLinkersOwn(i);
    }
    return false;
  }

  bool SameImage(uint64_t one, uint64_t other) const {
    for (const Loaded& loaded : loaded_) {
      if (Covers(loaded, one)) return Covers(loaded, other);
    }
    return false;
  }

  bool IsOutside(uint64_t address) const {
    return std::none_of(loaded_.begin(), loaded_.end(),
                        [=](const Loaded& loaded) { return Covers(loaded, address); });
  }

  static bool Covers(const Loaded& loaded, uint64_t address) {
    for (const oracle::Segment& segment : loaded.image.segments) {
      if (segment.type == 1 && address - loaded.object->bias - segment.vaddr < segment.memsz) {
        return true;
      }
    }
    return false;
  }

  uint64_t Number(const uint8_t* bytes) const {
    uint64_t value = 0;
    for (unsigned i = 0; i < machine_.word; ++i) {
      value = value << 8 | bytes[machine_.big_endian ? i : machine_.word - 1 - i];
    }
    return value;
  }
  uint64_t Truncated(uint64_t value) const {
    return machine_.word == 8 ? value : static_cast<uint32_t>(value);
  }

  // Where a line about a word begins.
  std::ostream& Tell(size_t i, const Word& word) {
    static std::ostringstream nowhere;
    if (lines_++ >= kLines) return nowhere;
    return text_ << images_[i].path << " at " << word.place << " (" << word.symbol << ", type "
                 << word.type << "): ";
  }

  const Machine& machine_;
  const oracle::Calculations& calculations_;
  const Snapshot& snapshot_;
  SystemCounts& counts_;
  std::vector<Loaded> loaded_;
  uint64_t thread_pointer_ = 0;
  Machine::Comparison linker_;
  std::vector<LinkedImage> images_;
  std::ostringstream text_;
  size_t lines_ = 0;
};

}  // namespace

std::string CompareWithSystem(const Machine& machine, const oracle::Calculations& calculations,
                              const Snapshot& snapshot, SystemCounts& counts) {
  return SystemComparison(machine, calculations, snapshot, counts).Run();
}

}  // namespace tests
