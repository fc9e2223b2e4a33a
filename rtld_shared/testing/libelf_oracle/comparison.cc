// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/testing/libelf_oracle/comparison.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "rtld_shared/elf/constants.h"
#include "rtld_shared/testing/libelf_oracle/records.h"

namespace rtld::testing {
namespace {

// The word that has the byte, for the message.
const oracle::Word* FindWord(const oracle::Expectation& expectation, uint64_t vaddr) {
  for (const oracle::Word& word : expectation.words) {
    if (vaddr - word.place < word.bytes) return &word;
  }
  return nullptr;
}

}  // namespace

std::vector<uint8_t> ReadBytes(const std::string& path) {
  try {
    return oracle::ReadBytes(path);
  } catch (const std::runtime_error&) {
    return {};
  }
}

BufferFile& Comparison::NewFile(const std::string& path, std::vector<uint8_t> bytes) {
  const auto* raw = reinterpret_cast<const std::byte*>(bytes.data());
  files_.emplace_back(path, std::vector<std::byte>(raw, raw + bytes.size()));
  contents_.push_back(std::move(bytes));
  return files_.back();
}

const std::vector<uint8_t>& Comparison::ContentsOf(const std::string& path) const {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (files_[i].Path() == path) return contents_[i];
  }
  throw std::runtime_error(path + " was never added");
}

bool Comparison::Open(std::string& error) {
  if (!images_.empty()) return true;
  linked_ = Images();
  for (const LinkedImage& linked : linked_) {
    oracle::Image& image = images_.emplace_back();
    if (!image.Parse(linked.path, ContentsOf(linked.path), calculations_.format, error)) {
      return false;
    }
    placed_.push_back({.image = &image, .bias = linked.bias});
  }
  oracle::LayOutTls(calculations_, placed_);
  return true;
}

bool Comparison::Expect(size_t index, oracle::Expectation& expectation, std::string& error) {
  return Open(error) && oracle::Expect(calculations_, placed_, index, scope_, expectation, error);
}

std::string Comparison::Differences(size_t& words, size_t count) {
  try {
    return FindDifferences(words, count);
  } catch (const std::runtime_error& failure) {
    return failure.what();
  }
}

std::string Comparison::FindDifferences(size_t& words, size_t count) {
  std::string error;
  if (!Open(error)) return error;
  count = std::min(count, placed_.size());
  std::ostringstream text;
  text << std::hex;
  // 1. Expected memories, image by image.
  for (size_t i = 0; i < count; ++i) {
    if (placed_[i].tls_module != linked_[i].tls_module ||
        placed_[i].tls_offset != linked_[i].tls_offset) {
      text << linked_[i].path << ": TLS block " << linked_[i].tls_module << " at "
           << linked_[i].tls_offset << " instead of " << placed_[i].tls_module << " at "
           << placed_[i].tls_offset << "\n";
    }
    MemoryOf(i);
    for (const oracle::Undefined& undefined : expectations_[i].undefined) {
      text << linked_[i].path << ": the oracle finds no " << undefined.symbol << "\n";
    }
    words += expectations_[i].words.size();
  }
  // 2. Copies last: what they copy is relocated then.
  for (size_t i = 0; i < count; ++i) {
    for (const oracle::Word& word : expectations_[i].words) Copy(i, word);
    for (const oracle::Word& word : expectations_[i].words) Fetch(i, word);
  }
  // 3. Other CPUs' programs hold this oracle to the one on the host.
  AgreeWithRecords(text);
  // 4. Code, and then all else byte by byte.
  size_t lines = 0;
  for (size_t i = 0; i < count; ++i) {
    for (const oracle::Word& word : expectations_[i].words) Judge(i, word, text, lines);
    Compare(i, text, lines);
  }
  return text.str();
}

// An image as it must be but for what is copied into it.
std::vector<uint8_t>& Comparison::MemoryOf(size_t i) {
  const auto known = memories_.find(i);
  if (known != memories_.end()) return known->second;
  std::string error;
  if (!oracle::Expect(calculations_, placed_, i, scope_, expectations_[i], error)) {
    throw std::runtime_error(error);
  }
  std::vector<uint8_t>& memory = memories_[i] = images_[i].Memory();
  for (const oracle::Word& word : expectations_[i].words) Store(i, word);
  return memory;
}

void Comparison::AgreeWithRecords(std::ostringstream& text) const {
  oracle::Records& records = oracle::Records::Get();
  if (!records.writing() && !records.reading()) return;
  oracle::Digest key, words;
  key.AddNumber(static_cast<uint64_t>(scope_));
  for (size_t i = 0; i < placed_.size(); ++i) {
    key.Add(ContentsOf(linked_[i].path));
    key.AddNumber(placed_[i].bias);
  }
  for (const auto& [i, memory] : memories_) words.Add(memory);
  const std::string name = "words-" + key.Text() + "-" + std::to_string(memories_.size());
  if (records.writing()) {
    records.Write(name, words.Text());
  } else if (records.Find(name) != words.Text()) {
    text << "the oracle on the host expects other words\n";
  }
}

void Comparison::Store(size_t i, const oracle::Word& word) {
  const oracle::Image& image = images_[i];
  const unsigned bytes = image.address_bytes;
  if (word.slot != oracle::Word::Slot::kNone) return;
  switch (word.kind) {
    case oracle::Word::Kind::kCopy:
      return;
    case oracle::Word::Kind::kValue:
      return image.Store(memories_[i], word.place, word.bytes, word.value);
    case oracle::Word::Kind::kCall:
      return image.Store(memories_[i], word.place, bytes, FakeResultOf(word.value) + word.addend);
    case oracle::Word::Kind::kDescriptor: {
      const uint64_t second = word.place + bytes;
      const bool first = calculations_.argument_first;
      image.Store(memories_[i], first ? second : word.place, bytes,
                  kFakeDescriptor + word.tls_module);
      return image.Store(memories_[i], first ? word.place : second, bytes, word.value);
    }
  }
}

void Comparison::Copy(size_t i, const oracle::Word& word) {
  if (word.kind != oracle::Word::Kind::kCopy) return;
  for (size_t j = 0; j < placed_.size(); ++j) {
    const uint64_t from = word.value - placed_[j].bias;
    if (j == i || !memories_.contains(j) || !images_[j].Word(from, 1)) continue;
    std::memcpy(images_[i].At(memories_[i], word.place, word.bytes),
                images_[j].At(memories_[j], from, word.bytes), word.bytes);
  }
}

void Comparison::Fetch(size_t i, const oracle::Word& word) {
  if (word.slot != oracle::Word::Slot::kFetch) return;
  const bool call = word.kind == oracle::Word::Kind::kCall;
  const uint64_t address = call ? FakeResultOf(word.value) + word.addend : word.value;
  uint8_t* to = images_[i].At(MemoryOf(i), word.place, word.bytes);
  std::memset(to, 0, word.bytes);
  if (address == 0) return;  // weak and undefined
  for (size_t j = 0; j < placed_.size(); ++j) {
    const uint64_t from = address - placed_[j].bias;
    if (!images_[j].Word(from, word.bytes)) continue;
    std::memcpy(to, images_[j].At(MemoryOf(j), from, word.bytes), word.bytes);
    return;
  }
  throw std::runtime_error(images_[i].path + ": nothing to fetch for " + word.symbol);
}

void Comparison::Judge(size_t i, const oracle::Word& word, std::ostringstream& text,
                       size_t& lines) {
  if (word.slot != oracle::Word::Slot::kJump) return;
  const bool call = word.kind == oracle::Word::Kind::kCall;
  const uint64_t wanted = call ? FakeResultOf(word.value) : word.value;
  const std::optional<uint64_t> target = JumpTarget(i, word.place, word.addend, {});
  if (target != wanted && ++lines <= 10) {
    text << linked_[i].path << " at " << word.place << ": the slot of " << word.symbol
         << " goes to " << target.value_or(0) << " instead of " << wanted << "\n";
  }
  const std::byte* ours = At(i, word.place, word.bytes);
  if (ours == nullptr) throw std::runtime_error(images_[i].path + ": a slot is not there");
  std::memcpy(images_[i].At(MemoryOf(i), word.place, word.bytes), ours, word.bytes);
}

void Comparison::Compare(size_t i, std::ostringstream& text, size_t& lines) {
  // Those of the file, whatever the session has planned.
  for (const oracle::Segment& segment : images_[i].segments) {
    if (segment.type != elf::kPtLoad || segment.memsz == 0) continue;
    const std::byte* ours = At(i, segment.vaddr, segment.memsz);
    if (ours == nullptr) {
      text << linked_[i].path << " at " << segment.vaddr << ": " << segment.memsz
           << " bytes of the file are not there\n";
      ++lines;
      continue;
    }
    const uint8_t* theirs = images_[i].At(memories_[i], segment.vaddr, segment.memsz);
    if (std::memcmp(ours, theirs, static_cast<size_t>(segment.memsz)) == 0) continue;
    for (uint64_t at = 0; at < segment.memsz; ++at) {
      if (std::to_integer<uint8_t>(ours[at]) == theirs[at]) continue;
      if (++lines > 10) return;
      const uint64_t vaddr = segment.vaddr + at;
      text << linked_[i].path << " at " << vaddr << ": " << std::to_integer<unsigned>(ours[at])
           << " instead of " << unsigned{theirs[at]};
      if (const oracle::Word* word = FindWord(expectations_[i], vaddr)) {
        text << " (" << word->symbol << ", type " << word->type << ")";
      }
      text << "\n";
    }
  }
}

}  // namespace rtld::testing
