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
// A program's global scope keeps its index: dlopen adds what it linked, dlclose removes. Neither
// reads an image that was there before, and a removed image need not be readable any more.
//
// IndexedScope is a Scope that builds an index for its session when that pays: when images times
// expected lookups exceed some multiple of the symbols to be entered (link/README.md has the
// figures). Without memory for it, or for a small program, it walks like ProgramScope.

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
 public:
  // Room for `symbols` definitions in all, so that Add need not grow the table. False: no memory,
  // or more than fit; the index is as before.
  template <Arena R>
  [[nodiscard]] bool Reserve(R& arena, uint64_t symbols) {
    if (symbols > kMost) return false;
    // At most half full: short probes, and a free slot to end each.
    size_t size = slots_.empty() ? 16 : slots_.size();
    while (size < 2 * (symbols + 1)) size *= 2;
    return size == slots_.size() || Grow(arena, size);
  }

  template <Arena R>
  void Clear(R& arena) {
    FreeArray(arena, slots_);
    images_.Clear(arena);
    later_.Clear(arena);
    credit_ = kCredit;
    used_ = 0;
    free_ = kNone;
    holes_ = 0;
  }

  [[nodiscard]] bool present() const { return !slots_.empty(); }

  // Behind all that was added before, in this order; the modules must stay where they are until
  // they are removed. One that is there already changes no answer. False: no memory, or hashes that
  // crowd as only a hostile image's do; and none of the modules is there any more.
  template <Arena R>
  [[nodiscard]] bool Add(R& arena, std::span<Module<A>* const> modules) {
    const uint64_t credit = credit_;
    for (size_t i = 0; i < modules.size(); ++i) {
      if (AddOne(arena, *modules[i])) continue;
      Remove(modules.first(i + 1));
      credit_ = credit;
      return false;
    }
    return true;
  }

  // Modules that were not added are passed over.
  void Remove(std::span<Module<A>* const> modules) {
    bool any = false;
    for (const Module<A>*& image : images_) {
      for (const Module<A>* module : modules) {
        if (image == nullptr || image != module) continue;
        image = nullptr;
        ++holes_;
        any = true;
      }
    }
    if (any && present()) Sweep();
  }

  // What a lookup reads one after the other, so many steps.
  static constexpr unsigned kSteps = 4;

  // Step 0 .. kSteps - 1 of a lookup to come: asks the memory for what Find will read then.
  void Fetch(unsigned step, const ProgramQuery<A>& query) const {
    if (slots_.empty()) return;
    const uint32_t key = query.name().hash | 1;
    if (step == 0) return internal::Fetch(&slots_[Start(key)]);
    const Slot& slot = slots_[Probe(key)];
    if (slot.key == 0) return;
    const Module<A>& module = *images_[slot.entry.image];
    if (step == 1) {
      internal::Fetch(&module.dynamic.symbols);
      return internal::Fetch(&module.versions);
    }
    const uint32_t symbol = slot.entry.symbol;
    if (symbol >= module.dynamic.symbols.size()) return;
    if (step == 2) {
      if (symbol < module.dynamic.versym.size()) internal::Fetch(&module.dynamic.versym[symbol]);
      return internal::Fetch(&module.dynamic.symbols[symbol]);
    }
    internal::Fetch(module.dynamic.strings.Where(module.dynamic.symbols[symbol].name));
  }

  [[nodiscard]] bool Find(const ProgramQuery<A>& query, Definition<A>& definition) const {
    if (slots_.empty()) return false;
    const Slot& slot = slots_[Probe(query.name().hash | 1)];
    if (slot.key == 0) return false;
    Comparisons comparisons(query.name());
    if (comparisons.Take() && Matches(slot.entry, query, definition)) return true;
    if (slot.last == kNone) return false;
    uint32_t image = slot.entry.image;
    for (uint32_t node = later_[slot.last].next;; node = later_[node].next) {
      const Entry& entry = later_[node].entry;
      // As a walk compares: with each image anew.
      if (std::exchange(image, entry.image) != entry.image) comparisons = Comparisons(query.name());
      if (comparisons.Take() && Matches(entry, query, definition)) return true;
      if (node == slot.last) return false;
    }
  }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr uint32_t kMost = uint32_t{1} << 28;  // definitions
  static constexpr uint64_t kSlotsPerEntry = 32;
  static constexpr uint64_t kCredit = uint64_t{1} << 16;

  struct Entry {
    uint32_t image = 0;  // in images_
    uint32_t symbol = 0;
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

  // The low bits of a GNU hash hold little but the name's last letters: spread all of it.
  [[nodiscard]] size_t Start(uint32_t key) const {
    return static_cast<size_t>((key * uint64_t{0x9e3779b97f4a7c15}) >> 32) & Mask();
  }
  [[nodiscard]] size_t Mask() const { return slots_.size() - 1; }

  // Where the key is, or would be.
  [[nodiscard]] size_t Probe(uint32_t key) const {
    size_t i = Start(key);
    while (slots_[i].key != key && slots_[i].key != 0) i = (i + 1) & Mask();
    return i;
  }

  [[nodiscard]] bool Matches(const Entry& entry, const ProgramQuery<A>& query,
                             Definition<A>& definition) const {
    const Module<A>* module = images_[entry.image];
    if (module == query.skip() ||
        !SymbolMatches(*module, entry.symbol, query.name(), query.wanted(), query.rules())) {
      return false;
    }
    definition = {module, &module->dynamic.symbols[entry.symbol]};
    return true;
  }

  template <Arena R>
  [[nodiscard]] bool AddOne(R& arena, const Module<A>& module) {
    uint32_t image = 0;
    if (!NumberOf(arena, module, image)) return false;
    bool good = true;
    if (module.dynamic.gnu_hash.present()) {
      module.dynamic.gnu_hash.ForEach([&](uint32_t symbol, uint32_t hash) {
        good = good && Put(arena, hash | 1, {image, symbol});
      });
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
  [[nodiscard]] bool NumberOf(R& arena, const Module<A>& module, uint32_t& number) {
    number = static_cast<uint32_t>(images_.size());
    if (holes_ == 0) return images_.Add(arena, &module);
    for (number = 0; images_[number] != nullptr;) ++number;
    images_[number] = &module;
    --holes_;
    return true;
  }

  template <Arena R>
  [[nodiscard]] bool Put(R& arena, uint32_t key, const Entry& entry) {
    if (2 * (used_ + 1) > slots_.size() && !Reserve(arena, used_ + 1)) return false;
    const size_t at = Probe(key);
    if (!Pay(at, key)) return false;
    Slot& slot = slots_[at];
    if (slot.key == 0) {
      slot = {key, kNone, entry};
      ++used_;
      return true;
    }
    uint32_t node = free_;
    if (node != kNone) {
      free_ = later_[node].next;
    } else {
      node = static_cast<uint32_t>(later_.size());
      if (node >= kMost || !later_.Add(arena, {})) return false;
    }
    later_[node].entry = entry;
    Append(slot, node);
    return true;
  }

  void Append(Slot& slot, uint32_t node) {
    if (slot.last == kNone) {
      later_[node].next = node;
    } else {
      later_[node].next = std::exchange(later_[slot.last].next, node);
    }
    slot.last = node;
  }

  template <Arena R>
  [[nodiscard]] bool Grow(R& arena, size_t size) {
    std::span<Slot> old = slots_;
    std::span<Slot> grown = AllocateArray<Slot>(arena, size);
    if (grown.empty()) return false;
    slots_ = grown;
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
    const uint64_t distance = (at - Start(key)) & Mask();
    credit_ += kSlotsPerEntry;
    if (distance > credit_) return false;
    credit_ -= distance;
    return true;
  }

  [[nodiscard]] bool IsGone(const Entry& entry) const { return images_[entry.image] == nullptr; }

  // Takes out every entry of an image that is gone.
  void Sweep() {
    // From behind a free slot, so that closing gaps never moves a slot across the start.
    size_t start = 0;
    while (slots_[start].key != 0) ++start;
    for (size_t n = 1; n <= Mask();) {
      const size_t i = (start + n) & Mask();
      if (slots_[i].key == 0 || Prune(slots_[i])) {
        ++n;
      } else {
        Close(i);  // and look at what is here now
      }
    }
  }

  // False when no definition is left.
  [[nodiscard]] bool Prune(Slot& slot) {
    bool left = !IsGone(slot.entry);
    const uint32_t last = std::exchange(slot.last, kNone);
    if (last == kNone) return left;
    for (uint32_t node = later_[last].next, next = kNone;; node = next) {
      next = later_[node].next;
      const bool gone = IsGone(later_[node].entry);
      if (!gone && left) {
        Append(slot, node);
      } else {
        if (!gone) slot.entry = later_[node].entry;
        left = left || !gone;
        later_[node].next = std::exchange(free_, node);
      }
      if (node == last) return left;
    }
  }

  // Frees a slot and moves later ones of its run up, so that a probe meets no gap.
  void Close(size_t gap) {
    --used_;
    for (size_t i = (gap + 1) & Mask(); slots_[i].key != 0; i = (i + 1) & Mask()) {
      const size_t from_start = (i - Start(slots_[i].key)) & Mask();
      if (from_start < ((i - gap) & Mask())) continue;
      slots_[gap] = slots_[i];
      gap = i;
    }
    slots_[gap] = {};
  }

  std::span<Slot> slots_;
  List<const Module<A>*> images_;  // nullptr: removed
  List<Later> later_;
  uint64_t credit_ = kCredit;  // slots that may still be passed over
  size_t used_ = 0;
  size_t holes_ = 0;       // nullptrs in images_
  uint32_t free_ = kNone;  // of later_, chained by `next`
};

template <arch::ElfArch A, Arena R>
class IndexedScope {
 public:
  static constexpr bool kGlobal = true;

  // How many entered symbols one avoided probe of an image pays for; see Pays.
  static constexpr uint64_t kSymbolsPerProbe = 5;

  // Whether an index costs less than a walk: each lookup would probe the images in turn.
  [[nodiscard]] static constexpr bool Pays(uint64_t images, uint64_t lookups, uint64_t symbols) {
    return images * lookups > kSymbolsPerProbe * symbols;
  }

  // `global` as for ProgramScope. `kept`: an index of just these, which outlives the scope; or
  // nullptr, then they are entered with the closure.
  explicit IndexedScope(R& arena, std::span<Module<A>* const> global = {},
                        const ScopeIndex<A>* kept = nullptr)
      : arena_(&arena), global_(global), kept_(kept) {}
  IndexedScope(IndexedScope&& other) noexcept
      : arena_(other.arena_),
        global_(other.global_),
        local_(other.local_),
        kept_(other.kept_),
        index_(std::exchange(other.index_, {})) {}
  IndexedScope& operator=(IndexedScope&&) = delete;
  ~IndexedScope() { index_.Clear(*arena_); }

  [[nodiscard]] bool SetClosure(std::span<Module<A>* const> closure) {
    local_ = closure;
    const std::span<Module<A>* const> global =
        kept_ == nullptr ? global_ : std::span<Module<A>* const>();
    const Cost local = CostOf(closure);
    const uint64_t symbols = CostOf(global).symbols + local.symbols;
    // Only the closure has lookups still to come.
    if (!Pays(global.size() + closure.size(), local.lookups, symbols)) return true;
    if (!index_.Reserve(*arena_, symbols) || !index_.Add(*arena_, global) ||
        !index_.Add(*arena_, closure)) {
      index_.Clear(*arena_);
    }
    return true;
  }

  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) const {
    return Finish(request, ProgramQuery<A>(request), definition);
  }

  // Resolve in steps, see LooksAhead.
  using Ahead = ProgramQuery<A>;
  static constexpr unsigned kSteps = ScopeIndex<A>::kSteps - 1;
  void Start(const Request<A>& request, Ahead& query) const {
    query = ProgramQuery<A>(request);
    Step(0, query);
  }
  void Step(unsigned step, const Ahead& query) const {
    if (query.own()) return;
    if (kept_ != nullptr) kept_->Fetch(step, query);
    index_.Fetch(step, query);
  }
  [[nodiscard]] bool Finish(const Request<A>& request, const Ahead& query,
                            Definition<A>& definition) const {
    if (query.own()) {
      definition = {&request.from, &request.symbol};
      return true;
    }
    if (query.name().text.empty()) return false;
    if (kept_ != nullptr) {
      if (kept_->Find(query, definition)) return true;
    } else if (!indexed() && SearchInOrder(global_, query, definition)) {
      return true;
    }
    return indexed() ? index_.Find(query, definition) : SearchInOrder(local_, query, definition);
  }

  // Whether it has built one.
  [[nodiscard]] bool indexed() const { return index_.present(); }

 private:
  struct Cost {
    uint64_t lookups = 0;
    uint64_t symbols = 0;
  };

  // Undefined symbols stand before the hashed ones, and each is looked up about once; so is each
  // PLT slot.
  [[nodiscard]] static Cost CostOf(std::span<Module<A>* const> modules) {
    Cost cost;
    for (const Module<A>* module : modules) {
      cost.symbols += DefinedCount(*module);
      if (module->relocated) continue;
      const uint64_t slots = module->dynamic.jmprela.size() + module->dynamic.jmprel.size();
      const uint64_t undefined =
          module->dynamic.gnu_hash.present() ? module->dynamic.gnu_hash.first_hashed() : 0;
      cost.lookups += slots > undefined ? slots : undefined;
    }
    return cost;
  }

  R* arena_;
  std::span<Module<A>* const> global_;
  std::span<Module<A>* const> local_;
  const ScopeIndex<A>* kept_;
  ScopeIndex<A> index_;
};

}  // namespace rtld
