// SPDX-License-Identifier: BSD-2-Clause

#include "tests/system_linker/unlisted.h"

#include <elf.h>

#include <cstring>
#include <optional>

namespace tests {
namespace {

// Zero where there is no memory: a segment's first and last words need not be whole.
uint64_t WordOf(const oracle::Image& image, const Memory& memory, uint64_t place) {
  uint64_t value = 0;
  for (unsigned i = 0; i < image.address_bytes; ++i) {
    const uint8_t* byte = memory(place + (image.big_endian ? i : image.address_bytes - 1 - i), 1);
    value = value << 8 | (byte != nullptr ? *byte : 0);
  }
  return value;
}

// The tag whose value is at a link-time address; nothing if none of the dynamic section's is.
std::optional<uint64_t> TagOf(const oracle::Image& image, uint64_t place) {
  const unsigned bytes = image.address_bytes;
  const oracle::Segment* dynamic = SegmentOf(image, PT_DYNAMIC);
  if (dynamic == nullptr || place - dynamic->vaddr >= dynamic->memsz ||
      (place - dynamic->vaddr) % (2 * bytes) != bytes) {
    return std::nullopt;
  }
  return image.Word(place - bytes, bytes);
}

// The link-time address of a tag's value; 0 if the image has no such tag.
uint64_t PlaceOfTag(const oracle::Image& image, uint64_t tag) {
  const unsigned bytes = image.address_bytes;
  const oracle::Segment* dynamic = SegmentOf(image, PT_DYNAMIC);
  if (dynamic == nullptr) return 0;
  for (uint64_t at = bytes; at < dynamic->memsz; at += 2 * bytes) {
    if (TagOf(image, dynamic->vaddr + at) == tag) return dynamic->vaddr + at;
  }
  return 0;
}

}  // namespace

std::vector<ChangedWord> ChangedUnlisted(const oracle::Image& image,
                                         const oracle::Expectation& expectation,
                                         const Memory& memory) {
  // The file's bytes, and those of listed words as they are: these are compared one by one.
  std::vector<uint8_t> expected = image.Memory();
  for (const oracle::Word& word : expectation.words) {
    const uint8_t* bytes = memory(word.place, word.bytes);
    if (bytes == nullptr) continue;
    std::memcpy(image.At(expected, word.place, word.bytes), bytes, word.bytes);
  }
  const Memory before = [&](uint64_t vaddr, uint64_t size) -> const uint8_t* {
    return image.Word(vaddr, 1) ? image.At(expected, vaddr, size) : nullptr;
  };
  std::vector<ChangedWord> changed;
  for (const oracle::Segment& segment : image.segments) {
    if (segment.type != PT_LOAD || (segment.flags & PF_W) == 0 || segment.memsz == 0) continue;
    const uint8_t* wanted = image.At(expected, segment.vaddr, segment.memsz);
    const uint8_t* found = memory(segment.vaddr, segment.memsz);
    if (found != nullptr && std::memcmp(found, wanted, segment.memsz) == 0) continue;
    for (uint64_t at = 0; at < segment.memsz; ++at) {
      if (found != nullptr && found[at] == wanted[at]) continue;
      const uint64_t place = (segment.vaddr + at) & ~uint64_t{image.address_bytes - 1};
      if (!changed.empty() && changed.back().place == place) continue;
      changed.push_back({place, WordOf(image, before, place), WordOf(image, memory, place)});
    }
  }
  return changed;
}

const oracle::Segment* SegmentOf(const oracle::Image& image, uint32_t type) {
  for (const oracle::Segment& segment : image.segments) {
    if (segment.type == type) return &segment;
  }
  return nullptr;
}

std::string InterpreterOf(const oracle::Image& image) {
  std::string path;
  const oracle::Segment* segment = SegmentOf(image, PT_INTERP);
  for (uint64_t at = 0; segment != nullptr && at < segment->filesz; ++at) {
    const uint64_t letter = image.Word(segment->vaddr + at, 1).value_or(0);
    if (letter == 0) break;
    path += static_cast<char>(letter);
  }
  return path;
}

bool IsRelocatedTag(const oracle::Image& image, uint64_t bias, const ChangedWord& changed) {
  uint64_t address = bias + changed.before;
  if (image.address_bytes == 4) address = static_cast<uint32_t>(address);
  return TagOf(image, changed.place) && image.Word(changed.before, 1) && changed.value == address;
}

bool IsDebuggersPlace(const GlibcHabits& habits, const oracle::Image& program, uint64_t place) {
  if (habits.debugger_map == 0) return TagOf(program, place) == DT_DEBUG;
  const auto map = program.tags.find(habits.debugger_map);
  if (map != program.tags.end()) return map->second == place;
  const auto relative = program.tags.find(habits.debugger_relative);
  const uint64_t value_at = PlaceOfTag(program, habits.debugger_relative);
  // It counts from its entry.
  return relative != program.tags.end() &&
         value_at - program.address_bytes + relative->second == place;
}

LazyEntry LazyEntryAt(const GlibcHabits& habits, const oracle::Image& image, uint64_t place) {
  const auto got = image.tags.find(DT_PLTGOT);
  if (!habits.lazy_entries || got == image.tags.end()) return LazyEntry::kNone;
  if (place == got->second) return LazyEntry::kFunction;
  return place == got->second + image.address_bytes ? LazyEntry::kRecord : LazyEntry::kNone;
}

}  // namespace tests
