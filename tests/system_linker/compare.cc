// SPDX-License-Identifier: BSD-2-Clause

#include "tests/system_linker/compare.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "rtld_shared/seams/policy.h"
#include "rtld_shared/testing/libelf_oracle/comparison.h"
#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/oracle.h"
#include "tests/system_linker/glibc_habits.h"
#include "tests/system_linker/tls_place.h"
#include "tests/system_linker/unlisted.h"

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
// What the C library has set by then, see IsTheLibrarysNumber.
constexpr size_t kLibraryNumbers = 12;

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
    const std::string habits = "arch/" + machine_.name + "/glibc";
    if (!ReadGlibcHabits(habits, habits_, error) || !ReadObjects(error)) return error;
    if (!FindThreadPointer()) return "snapshot.so has no relocation of snapshot_tls";
    linker_ = machine_.NewPrograms(kPolicy, calculations_, 0);
    linker_->MakeRoom(kLargestImage);
    AddFiles();
    if (!linker_->Link()) return linker_->diagnostics().text();
    images_ = linker_->Images();
    text_ << std::hex;
    if (CompareOrder()) {
      CompareTlsPlace();
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
  bool FindThreadPointer() {
    const Loaded& preload = loaded_[1];
    for (const oracle::Relocation& relocation : preload.image.relocations) {
      if (preload.image.symbols[relocation.symbol].name != "snapshot_tls") continue;
      const uint8_t* word = preload.object->At(relocation.place, preload.image.address_bytes);
      tls_calculation_ = calculations_.Find(calculations_.TypeOf(relocation.type));
      if (word == nullptr || tls_calculation_ == nullptr) continue;
      thread_pointer_ = snapshot_.tls_variable - Number(word);
      return true;
    }
    return false;
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

  // The program's block is the first of all, so that glibc has it where the psABI says. That is where
  // the layouts must have it, theirs who relocate and the oracle's, by the relocations' own count.
  void CompareTlsPlace() {
    const oracle::Image& program = loaded_[0].image;
    const oracle::Segment* tls = SegmentOf(program, PT_TLS);
    if (tls == nullptr) return;
    const uint64_t theirs = Truncated(loaded_[0].object->tls_block - thread_pointer_);
    const std::optional<int64_t> ours =
        TlsPlaceOf(machine_, {.vaddr = tls->vaddr,
                              .filesz = tls->filesz,
                              .memsz = tls->memsz,
                              .align = std::max<uint64_t>(tls->align, 1)});
    std::vector<oracle::Placed> placed = {{.image = &program}};
    oracle::LayOutTls(calculations_, placed);
    const uint64_t oracles = oracle::Evaluate(*tls_calculation_, {.tls = placed[0].tls_offset});
    if (!ours || Truncated(static_cast<uint64_t>(*ours)) != theirs) {
      text_ << program.path << ": TLS block at " << ours.value_or(0) << " instead of " << theirs
            << "\n";
    } else if (Truncated(oracles) != theirs) {
      text_ << program.path << ": the oracle's TLS block at " << oracles << " instead of " << theirs
            << "\n";
    } else {
      ++counts_.tls_blocks;
    }
  }

  void CompareImage(size_t i) {
    std::string error;
    oracle::Expectation expectation;
    if (!linker_->Expect(i, expectation, error)) {
      text_ << error << "\n";
      return;
    }
    ++counts_.images;
    FindStaticBlocks(i, expectation);
    for (const Word& word : expectation.words) {
      const uint8_t* theirs = loaded_[i].object->At(word.place, word.bytes);
      const std::byte* ours = linker_->At(i, word.place, word.bytes);
      if (theirs == nullptr || ours == nullptr) {
        Tell(i, word) << "no such place\n";
      } else {
        CompareWord(i, word, theirs, reinterpret_cast<const uint8_t*>(ours));
      }
    }
    CompareUnlisted(i, expectation);
  }

  // A table that the oracle and the relocator overlook lists no words. So what no word covers must be
  // as the file has it, on both sides.
  void CompareUnlisted(size_t i, const oracle::Expectation& expectation) {
    const Loaded& loaded = loaded_[i];
    const Memory ours = [this, i](uint64_t vaddr, uint64_t size) {
      return reinterpret_cast<const uint8_t*>(linker_->At(i, vaddr, size));
    };
    for (const ChangedWord& changed : ChangedUnlisted(loaded.image, expectation, ours)) {
      Tell(i, {.place = changed.place}) << "no relocation is listed, ours has " << changed.value
                                        << " instead of " << changed.before << "\n";
    }
    if (IsTheLinkersOwn(i)) return;
    const Memory theirs = [&loaded](uint64_t vaddr, uint64_t size) {
      return loaded.object->At(vaddr, size);
    };
    size_t numbers = 0;
    for (const ChangedWord& changed : ChangedUnlisted(loaded.image, expectation, theirs)) {
      if (IsRelocatedTag(loaded.image, loaded.object->bias, changed) ||
          IsDebuggersWord(i, changed) || IsLazyEntry(i, changed) || IsStaticBlock(changed) ||
          (IsTheLibrarysNumber(i, changed) && ++numbers <= kLibraryNumbers)) {
        ++counts_.unlisted;
      } else {
        Tell(i, {.place = changed.place}) << "no relocation is listed, but " << changed.before
                                          << " has become " << changed.value << "\n";
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
        } else if (IsStaticBlock(word, theirs, ours)) {
          ++counts_.descriptors;
        } else if (IsLocalEntry(i, word, theirs, ours)) {
          ++counts_.local_entries;
        } else if (IsSameSlot(i, word, theirs, ours)) {
          ++counts_.slots;
        } else if (word.kind == Word::Kind::kCopy && IsInTheLinker(word.value)) {
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

  // Where images ask for that, glibc stores a module id of 0 for a static block, and behind it the
  // offset from the thread pointer instead of that in the block, for __tls_get_addr_opt. By the module
  // ids' places.
  void FindStaticBlocks(size_t i, const oracle::Expectation& expectation) {
    static_blocks_.clear();
    const oracle::Image& image = loaded_[i].image;
    const auto option = image.tags.find(habits_.static_pairs_tag);
    if (habits_.static_pairs_tag == 0 || option == image.tags.end() ||
        (option->second & habits_.static_pairs_bit) == 0) {
      return;
    }
    for (const Word& word : expectation.words) {
      if (machine_.OpOf(word.type, 1) != arch::Op::kTlsModule) continue;
      if (const SnapshotObject* block = BlockOf(word.value)) static_blocks_[word.place] = block;
    }
  }

  // The block whose module id is at the place.
  const SnapshotObject* StaticBlockAt(uint64_t place) const {
    const auto found = static_blocks_.find(place);
    return found != static_blocks_.end() ? found->second : nullptr;
  }

  // Ours is what it is for every other block.
  bool IsStaticBlock(const Word& word, const uint8_t* theirs, const uint8_t* ours) const {
    if (const SnapshotObject* block = StaticBlockAt(word.place)) {
      return Number(theirs) == 0 && Number(ours) == block->tls_module;
    }
    const SnapshotObject* block = StaticBlockAt(word.place - machine_.word);
    if (block == nullptr || machine_.OpOf(word.type, 1) != arch::Op::kTlsOffset) return false;
    const uint64_t in_block = word.value + DtvBias();
    return Number(ours) == Truncated(word.value) &&
           Number(theirs) == Truncated(in_block + block->tls_block - thread_pointer_);
  }

  // Behind a module id whose offset is not relocated, because the code has it: that of the block's
  // start, for code that adds what is counted from the DTV's entry.
  bool IsStaticBlock(const ChangedWord& changed) const {
    const SnapshotObject* block = StaticBlockAt(changed.place - machine_.word);
    return block != nullptr && changed.before == 0 &&
           changed.value == Truncated(block->tls_block - thread_pointer_ + DtvBias());
  }

  // How far DTV entries point behind the start of their blocks, as the psABI writes it.
  uint64_t DtvBias() const {
    for (const auto& [type, calculation] : calculations_.types) {
      if (machine_.OpOf(type, 1) == arch::Op::kTlsOffset) {
        return -oracle::Evaluate(calculation, {});
      }
    }
    return 0;
  }

  // Functions may have a second entry for callers in their own image, and a linker may store that in
  // the image's slots.
  bool IsLocalEntry(size_t i, const Word& word, const uint8_t* theirs, const uint8_t* ours) const {
    constexpr unsigned kReserved = 7;
    const oracle::Image& image = loaded_[i].image;
    if (!habits_.local_entries) return false;
    const auto named = image.by_name.find(word.symbol);
    if (machine_.OpOf(word.type, 1) != arch::Op::kJumpSlot || named == image.by_name.end() ||
        Number(ours) != word.value) {
      return false;
    }
    return std::any_of(named->second.begin(), named->second.end(), [&](uint32_t index) {
      const oracle::Symbol& symbol = image.symbols[index];
      const unsigned log = symbol.other >> 5;
      return symbol.section != SHN_UNDEF && loaded_[i].object->bias + symbol.value == word.value &&
             log >= 2 && log < kReserved && Number(theirs) == word.value + (uint64_t{1} << log);
    });
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

  // What debuggers find a program's images by: it is the linker's.
  bool IsDebuggersWord(size_t i, const ChangedWord& changed) const {
    return i == 0 && changed.before == 0 && IsInTheLinker(changed.value) &&
           IsDebuggersPlace(habits_, loaded_[i].image, changed.place);
  }

  // A function of the linker's, and its record of the image, in memory that it has allocated.
  bool IsLazyEntry(size_t i, const ChangedWord& changed) const {
    switch (LazyEntryAt(habits_, loaded_[i].image, changed.place)) {
      case LazyEntry::kNone:
        return false;
      case LazyEntry::kFunction:
        return changed.before == Truncated(~uint64_t{0}) && IsInTheLinker(changed.value);
      case LazyEntry::kRecord:
        return changed.before == 0 && IsOutside(changed.value);
    }
    return false;
  }

  // Of the C library __libc_early_init has run, and resolvers, which note what the CPU has: sizes of
  // caches and stacks, flags. They are outside of what relocation protects (PT_GNU_RELRO), and no
  // addresses, which relocation would store. A small number is an address in a fixed program, too.
  bool IsTheLibrarysNumber(size_t i, const ChangedWord& changed) const {
    const oracle::Image& image = loaded_[i].image;
    const oracle::Segment* relro = SegmentOf(image, PT_GNU_RELRO);
    return image.soname == "libc.so.6" && relro != nullptr &&
           changed.place - relro->vaddr >= relro->memsz &&
           std::none_of(loaded_.begin(), loaded_.end(), [&](const Loaded& loaded) {
             return loaded.object->bias != 0 && Covers(loaded, changed.value);
           });
  }

  // The linker runs: its variables are no longer as relocation left them, and what a program has
  // copies of was what it is now. It is what the program names as its interpreter.
  bool IsTheLinkersOwn(size_t i) const {
    const std::string interpreter = InterpreterOf(loaded_[0].image);
    const std::string& soname = loaded_[i].image.soname;
    return !soname.empty() && interpreter.ends_with("/" + soname);
  }

  bool IsInTheLinker(uint64_t address) const {
    for (size_t i = 0; i < loaded_.size(); ++i) {
      if (Covers(loaded_[i], address)) return IsTheLinkersOwn(i);
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
      if (segment.type == PT_LOAD &&
          address - loaded.object->bias - segment.vaddr < segment.memsz) {
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
  GlibcHabits habits_;
  uint64_t thread_pointer_ = 0;
  const oracle::Calculation* tls_calculation_ = nullptr;  // of offsets from there
  Machine::Comparison linker_;
  std::vector<LinkedImage> images_;
  std::map<uint64_t, const SnapshotObject*> static_blocks_;
  std::ostringstream text_;
  size_t lines_ = 0;
};

}  // namespace

std::string CompareWithSystem(const Machine& machine, const oracle::Calculations& calculations,
                              const Snapshot& snapshot, SystemCounts& counts) {
  return SystemComparison(machine, calculations, snapshot, counts).Run();
}

}  // namespace tests
