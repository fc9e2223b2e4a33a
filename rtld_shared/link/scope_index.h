// SPDX-License-Identifier: BSD-2-Clause
//
// ScopeIndex: one hash table over all images of a scope, so that the cost of a lookup does not grow
// with their number.
//
// It is filled in scope order from the chain words of each DT_GNU_HASH: 31 bits of each symbol's
// hash are there already, so building reads no string and no symbol. An image with only DT_HASH has
// its names hashed. A hash has one slot, which holds its first definition; the later ones hang from
// it in order, out of the way of other names' probes (every library of a program may define the
// same inline function). Each candidate is checked by the same SymbolMatches as a walk would do,
// versions included. The answer is always that of a walk over what was added and not removed, in
// the order of adding.
//
// A program's global scope keeps its index: dlopen adds what it linked, dlclose removes. Either costs
// what the images in question define, and reads no other image; a removed one need not be readable
// any more.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/lookup.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"

namespace rtld {

// How many definitions an image may offer, from its hash tables.
template <arch::ElfArch A>
[[nodiscard]] uint32_t DefinedCount(const Module<A>& module) {
  if (module.dynamic.gnu_hash.present()) {
    const uint32_t all = module.dynamic.gnu_hash.SymbolCount();
    const uint32_t first = module.dynamic.gnu_hash.first_hashed();
    return all > first ? all - first : 0;
  }
  return module.dynamic.SymbolCount();
}

// Owns nothing by itself: whoever has the arena calls Clear before the index goes.
template <arch::ElfArch A>
class ScopeIndex {
  struct Slot;

 public:
  // Room for `entries` in all, definitions and images, so that Add need not ask for more. False: no
  // memory, or more than fit; the answers are as before.
  template <Arena R>
  [[nodiscard]] bool Reserve(R& arena, uint64_t entries) {
    return entries <= kMost && keys_.Reserve(arena, static_cast<size_t>(entries)) &&
           Grow(arena, static_cast<size_t>(entries));
  }

  template <Arena R>
  void Clear(R& arena) {
    FreeArray(arena, slots_);
    images_.Clear(arena);
    later_.Clear(arena);
    keys_.Clear(arena);
    credit_ = kCredit;
    used_ = 0;
    unused_keys_ = 0;
    free_later_ = kNone;
    free_image_ = kNone;
  }

  [[nodiscard]] bool present() const { return !slots_.empty(); }

  // Behind all that was added before, in this order; the modules must stay where they are until
  // they are removed. One that is there already stays where it is. False: no memory, or hashes that
  // crowd as only a hostile image's do; and those are there that were before.
  template <Arena R>
  [[nodiscard]] bool Add(R& arena, std::span<Module<A>* const> modules) {
    PackKeys(arena);
    const size_t before = keys_.size();
    const uint64_t credit = credit_;
    for (size_t i = 0; i < modules.size(); ++i) {
      if (NumberOf(*modules[i]) != kNone || AddOne(arena, *modules[i])) continue;
      for (Module<A>* const module : modules.first(i)) {
        const uint32_t number = NumberOf(*module);
        if (number != kNone && images_[number].first >= before) Drop(number);
      }
      credit_ = credit;
      return false;
    }
    return true;
  }

  // Costs what the modules have defined; each hash that others have defined too, one step more for
  // each of those. Those that were not added are passed over.
  void Remove(std::span<Module<A>* const> modules) {
    for (const Module<A>* module : modules) {
      const uint32_t number = NumberOf(*module);
      if (number != kNone) Drop(number);
    }
  }

  // What a lookup reads one after the other, so many steps.
  static constexpr unsigned kSteps = 4;

  // Where a lookup has got to.
  class Cursor {
    friend ScopeIndex;
    const Slot* slot_ = nullptr;
  };

  // Step 0 .. kSteps - 1 of a lookup to come: asks the memory for what Find will read then.
  void Fetch(unsigned step, const ProgramQuery<A>& query, Cursor& cursor) const {
    if (step == 0) {
      if (!slots_.empty()) internal::Fetch(&slots_[Start(KeyOf(query))]);
      return;
    }
    if (step == 1) cursor.slot_ = SlotOf(KeyOf(query));
    if (cursor.slot_ == nullptr) return;
    const Entry& entry = cursor.slot_->entry;
    const Module<A>& module = *images_[entry.image].module;
    const DynamicInfo<A>& dynamic = module.dynamic;
    if (step == 1) {
      internal::Fetch(&module.bias);
      internal::Fetch(&dynamic.strings);
      return internal::Fetch(&dynamic.versym);
    }
    if (entry.symbol >= dynamic.symbols.size()) return;
    const auto& symbol = dynamic.symbols[entry.symbol];
    if (step == 2) {
      if (entry.symbol < dynamic.versym.size()) internal::Fetch(&dynamic.versym[entry.symbol]);
      return internal::Fetch(&symbol);
    }
    // What Equals reads: the name, and first of all whether it ends where it should.
    internal::Fetch(dynamic.strings.Where(symbol.name));
    internal::Fetch(dynamic.strings.Where(symbol.name + query.name().text.size()));
  }

  [[nodiscard]] bool Find(const ProgramQuery<A>& query, Definition<A>& definition) const {
    Cursor cursor;
    cursor.slot_ = SlotOf(KeyOf(query));
    return Find(query, cursor, definition);
  }
  // After all steps.
  [[nodiscard]] bool Find(const ProgramQuery<A>& query, const Cursor& cursor,
                          Definition<A>& definition) const {
    if (cursor.slot_ == nullptr) return false;
    const Slot& slot = *cursor.slot_;
    Candidate candidate;
    if (candidate.Try(*this, slot.entry, query, definition)) return true;
    if (slot.last == kNone) return candidate.HasLater(definition);
    uint32_t image = slot.entry.image;
    for (uint32_t node = later_[slot.last].next;; node = later_[node].next) {
      const Entry& entry = later_[node].entry;
      // As a walk compares: with each image anew.
      if (std::exchange(image, entry.image) != entry.image) {
        if (candidate.HasLater(definition)) return true;
        candidate = {};
      }
      if (candidate.Try(*this, entry, query, definition)) return true;
      if (node == slot.last) return candidate.HasLater(definition);
    }
  }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr uint32_t kMost = uint32_t{1} << 28;  // entries
  static constexpr uint32_t kImage = kNone;             // as an entry's symbol: the image itself
  static constexpr uint64_t kSlotsPerEntry = 32;
  static constexpr uint64_t kCredit = uint64_t{1} << 16;

  struct Entry {
    uint32_t image = 0;  // in images_
    uint32_t symbol = 0;
  };
  // The keys of an image's entries stand together in keys_, from `first` on. Of a number that is
  // free, `first` is the next free one.
  struct Image {
    const Module<A>* module = nullptr;
    size_t first = 0;
    size_t count = 0;
  };
  struct Slot {
    uint32_t key = 0;  // the hash with its lowest bit set; 0 = free
    uint32_t last = kNone;
    Entry entry;
  };
  // A ring: the last one's `next` is the first, so that a slot needs to name only the last.
  struct Later {
    Entry entry;
    uint32_t next = kNone;
  };

  // The low bits of a GNU hash hold little but the name's last letters: spread all of it, then take
  // that part of the table, which may have any size.
  [[nodiscard]] size_t Start(uint32_t key) const {
    const uint32_t spread = key * uint32_t{0x9e3779b1};
    return static_cast<size_t>((uint64_t{spread} * slots_.size()) >> 32);
  }
  [[nodiscard]] size_t Next(size_t i) const { return i + 1 == slots_.size() ? 0 : i + 1; }
  // From one slot on to another.
  [[nodiscard]] size_t Steps(size_t from, size_t to) const {
    return to >= from ? to - from : to + slots_.size() - from;
  }

  [[nodiscard]] static uint32_t KeyOf(const ProgramQuery<A>& query) {
    return query.name().hash | 1;
  }

  // nullptr when nothing has that key.
  [[nodiscard]] const Slot* SlotOf(uint32_t key) const {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[Probe(key)];
    return slot.key != 0 ? &slot : nullptr;
  }
  // Where the key is, or would be.
  [[nodiscard]] size_t Probe(uint32_t key) const {
    size_t i = Start(key);
    while (slots_[i].key != key && slots_[i].key != 0) i = Next(i);
    return i;
  }

  // What one image has for a reference.
  class Candidate {
   public:
    // True when that is it.
    [[nodiscard]] bool Try(const ScopeIndex& index, const Entry& entry,
                           const ProgramQuery<A>& query, Definition<A>& definition) {
      const Module<A>* module = index.images_[entry.image].module;
      if (module == query.skip()) return false;
      const Match matches = SymbolMatches(*module, entry.symbol, query.name(), query.wanted(),
                                          query.rules(), comparisons_);
      if (matches == Match::kNo) return false;
      const Definition<A> found = {module, &module->dynamic.symbols[entry.symbol]};
      if (matches == Match::kYes) {
        definition = found;
        return true;
      }
      if (later_.module == nullptr) later_ = found;
      return false;
    }
    // Whether nothing better came than a later version.
    [[nodiscard]] bool HasLater(Definition<A>& definition) const {
      if (later_.module == nullptr) return false;
      definition = later_;
      return true;
    }

   private:
    Comparisons comparisons_;
    Definition<A> later_;
  };

  // An image is an entry too, under its address, so that it is found again.
  [[nodiscard]] static uint32_t KeyOf(const Module<A>& module) {
    const uint64_t address = reinterpret_cast<uintptr_t>(&module);
    return static_cast<uint32_t>((address * uint64_t{0x9e3779b97f4a7c15}) >> 32) | 1;
  }
  [[nodiscard]] bool IsItself(const Entry& entry, const Module<A>& module) const {
    return entry.symbol == kImage && images_[entry.image].module == &module;
  }

  // kNone when it was not added.
  [[nodiscard]] uint32_t NumberOf(const Module<A>& module) const {
    const Slot* const slot = SlotOf(KeyOf(module));
    if (slot == nullptr) return kNone;
    if (IsItself(slot->entry, module)) return slot->entry.image;
    if (slot->last == kNone) return kNone;
    for (uint32_t node = later_[slot->last].next;; node = later_[node].next) {
      if (IsItself(later_[node].entry, module)) return later_[node].entry.image;
      if (node == slot->last) return kNone;
    }
  }

  // Nothing of it is there when there is no memory for all.
  template <Arena R>
  [[nodiscard]] bool AddOne(R& arena, const Module<A>& module) {
    // Each of its symbols has an index of its own.
    if (module.dynamic.symbols.size() > kImage) return false;
    uint32_t image = 0;
    if (!NewNumber(arena, image)) return false;
    images_[image] = {&module, keys_.size(), 0};
    const bool good =
        Put(arena, KeyOf(module), {image, kImage}) && AddSymbols(arena, module, image);
    images_[image].count = keys_.size() - images_[image].first;
    if (!good) Drop(image);
    return good;
  }

  template <Arena R>
  [[nodiscard]] bool AddSymbols(R& arena, const Module<A>& module, uint32_t image) {
    bool good = true;
    if (module.dynamic.gnu_hash.present()) {
      // Every key has a place of its own: memory is asked for those of a few, then they are put.
      constexpr size_t kBatch = 16;
      struct {
        uint32_t key, symbol;
      } batch[kBatch];
      size_t n = 0;
      const auto put = [&] {
        for (size_t i = 0; good && i < n; ++i) {
          good = Put(arena, batch[i].key, {image, batch[i].symbol});
        }
        n = 0;
      };
      module.dynamic.gnu_hash.ForEach([&](uint32_t symbol, uint32_t hash) {
        batch[n++] = {hash | 1, symbol};
        internal::Fetch(&slots_[Start(hash | 1)]);
        if (n == kBatch) put();
      });
      put();
      return good;
    }
    // In the order of the chains, as a walk meets them. Names that share their bytes are not hashed
    // for each symbol of a hostile image: honest ones share some with a few others.
    const DynamicInfo<A>& dynamic = module.dynamic;
    uint64_t left = 8 * uint64_t{dynamic.strings.size()} + 64 * uint64_t{dynamic.SymbolCount()};
    dynamic.sysv_hash.ForEach([&](uint32_t symbol) {
      if (!good || symbol >= dynamic.symbols.size()) return;
      const SymbolName name = dynamic.strings.NameAt(dynamic.symbols[symbol].name);
      good = name.text.size() <= left && Put(arena, name.hash | 1, {image, symbol});
      left -= name.text.size();
    });
    return good;
  }

  template <Arena R>
  [[nodiscard]] bool NewNumber(R& arena, uint32_t& number) {
    number = free_image_;
    if (number == kNone) {
      number = static_cast<uint32_t>(images_.size());
      return number < kMost && images_.Add(arena, {});
    }
    free_image_ = static_cast<uint32_t>(images_[number].first);
    return true;
  }

  // Takes out all that an image has entered.
  void Drop(uint32_t number) {
    Image& image = images_[number];
    for (const uint32_t key : keys_.span().subspan(image.first, image.count)) Take(key, number);
    if (image.first + image.count == keys_.size()) {
      keys_.Shrink(image.first);
    } else {
      unused_keys_ += image.count;
    }
    image = {nullptr, free_image_, 0};
    free_image_ = number;
  }

  // When most keys are those of images that are gone; without memory they stay.
  template <Arena R>
  void PackKeys(R& arena) {
    if (unused_keys_ <= keys_.size() / 2) return;
    List<uint32_t> packed;
    if (!packed.Reserve(arena, keys_.size() - unused_keys_ + 1)) return;
    for (Image& image : images_) {
      if (image.module == nullptr) continue;
      const std::span<const uint32_t> keys = keys_.span().subspan(image.first, image.count);
      image.first = packed.size();
      for (const uint32_t key : keys) static_cast<void>(packed.Add(arena, key));
    }
    keys_.Clear(arena);
    keys_ = packed;
    unused_keys_ = 0;
  }

  template <Arena R>
  [[nodiscard]] bool Put(R& arena, uint32_t key, const Entry& entry) {
    if (!Grow(arena, used_ + 1)) return false;
    const size_t at = Probe(key);
    // Once for each image, whose entries under a key stand last: removing it takes them all at once.
    if (!IsLast(slots_[at], entry.image) && !keys_.Add(arena, key)) return false;
    if (!Pay(at, key)) return false;
    Slot& slot = slots_[at];
    if (slot.key == 0) {
      slot = {key, kNone, entry};
      ++used_;
      return true;
    }
    uint32_t node = free_later_;
    if (node != kNone) {
      free_later_ = later_[node].next;
    } else {
      node = static_cast<uint32_t>(later_.size());
      if (node >= kMost || !later_.Add(arena, {})) return false;
    }
    later_[node].entry = entry;
    Append(slot, node);
    return true;
  }

  [[nodiscard]] bool IsLast(const Slot& slot, uint32_t image) const {
    if (slot.key == 0) return false;
    return (slot.last == kNone ? slot.entry : later_[slot.last].entry).image == image;
  }
  void Append(Slot& slot, uint32_t node) {
    if (slot.last == kNone) {
      later_[node].next = node;
    } else {
      later_[node].next = std::exchange(later_[slot.last].next, node);
    }
    slot.last = node;
  }

  // At most five eighths full: short probes, and a free slot to end each.
  template <Arena R>
  [[nodiscard]] bool Grow(R& arena, size_t entries) {
    if (entries <= slots_.size() / 8 * 5) return true;
    if (entries > kMost) return false;
    // Twice the last size at least, if it was not reserved.
    size_t size = (entries / 5 + 1) * 8;
    if (size < 2 * slots_.size()) size = 2 * slots_.size();
    std::span<Slot> grown = AllocateArray<Slot>(arena, size);
    if (grown.empty()) return false;
    std::span<Slot> old = std::exchange(slots_, grown);
    for (const Slot& slot : old) {
      if (slot.key == 0) continue;
      const size_t at = Probe(slot.key);
      if (!Pay(at, slot.key)) {
        slots_ = old;
        FreeArray(arena, grown);
        return false;
      }
      slots_[at] = slot;
    }
    FreeArray(arena, old);
    return true;
  }

  // Chain words are what the file says, and may all want one place: each entry may be far from
  // where it starts, but not all may. Honest ones stand one or two slots off on average.
  [[nodiscard]] bool Pay(size_t at, uint32_t key) {
    const uint64_t distance = Steps(Start(key), at);
    credit_ += kSlotsPerEntry;
    if (distance > credit_) return false;
    credit_ -= distance;
    return true;
  }

  // Takes out the image's entries under a key.
  void Take(uint32_t key, uint32_t image) {
    const size_t i = Probe(key);
    if (slots_[i].key != 0 && !Prune(slots_[i], image)) Close(i);
  }

  // False when no entry is left.
  [[nodiscard]] bool Prune(Slot& slot, uint32_t image) {
    bool left = slot.entry.image != image;
    const uint32_t last = std::exchange(slot.last, kNone);
    if (last == kNone) return left;
    for (uint32_t node = later_[last].next, next = kNone;; node = next) {
      next = later_[node].next;
      const bool gone = later_[node].entry.image == image;
      if (!gone && left) {
        Append(slot, node);
      } else {
        if (!gone) slot.entry = later_[node].entry;
        left = left || !gone;
        later_[node].next = std::exchange(free_later_, node);
      }
      if (node == last) return left;
    }
  }

  // Frees a slot and moves later ones of its run up, so that a probe meets no gap.
  void Close(size_t gap) {
    --used_;
    for (size_t i = Next(gap); slots_[i].key != 0; i = Next(i)) {
      if (Steps(Start(slots_[i].key), i) < Steps(gap, i)) continue;
      slots_[gap] = slots_[i];
      gap = i;
    }
    slots_[gap] = {};
  }

  std::span<Slot> slots_;
  List<Image> images_;
  List<Later> later_;
  List<uint32_t> keys_;        // of all entries, by image
  uint64_t credit_ = kCredit;  // slots that may still be passed over
  size_t used_ = 0;
  size_t unused_keys_ = 0;       // in keys_, of images that are gone
  uint32_t free_later_ = kNone;  // of later_, chained by `next`
  uint32_t free_image_ = kNone;  // of images_, chained by `first`
};

}  // namespace rtld
