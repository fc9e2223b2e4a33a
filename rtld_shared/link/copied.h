// SPDX-License-Identifier: BSD-2-Clause
//
// CopiedResults: what resolvers return, in copies of the words that it is stored in.
//
// COPY takes a variable when all images are relocated, and resolvers run later: a word of the
// variable that one of them fills (IRELATIVE, or an address of an IFUNC) was copied before it was
// there. So when all resolvers of an image have run, these words, and no others, are copied once
// more: what a resolver stored in the rest of the copy stays. Resolvers of what is needed run
// first, so those of the program see its copies whole.
//
// Which words these are is known beforehand. Looking for them costs a search among the copies for
// each resolver, copying them a step for each word of each copy: a place that many resolvers fill
// is one word, and copies together have no more bytes than their image.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "arch/contract/elf_arch.h"
#include "rtld_shared/link/heap_sort.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/pending.h"
#include "rtld_shared/seams/arena.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/memory.h"

namespace rtld {

template <arch::ElfArch A>
class CopiedResults {
 public:
  using Copy = PendingCopy<A>;
  using Ifunc = PendingIfunc<A>;

  // Sorts `copies`, whose providers are of the session, and leaves those that a resolver fills a
  // word of. False: no memory.
  template <Arena R>
  [[nodiscard]] bool Build(R& arena, List<Copy>& copies, std::span<const Ifunc> ifuncs) {
    if (copies.empty()) return true;
    SortByProvider(copies.span());
    for (const Ifunc& ifunc : ifuncs) {
      // Where there are such slots, no variable has one.
      if (ifunc.slot || !IsCopied(copies.span(), ifunc)) continue;
      if (!words_.Add(arena, {ifunc.module->node, ifunc.place})) return false;
    }
    internal::HeapSort(words_.span(), [](const Word& a, const Word& b) { return a < b; });
    DropEqual();
    size_t kept = 0;
    for (const Copy& copy : copies) {
      const size_t first = FirstOf(copy);
      if (first != words_.size() && words_[first] < EndOf(copy)) copies[kept++] = copy;
    }
    copies.Shrink(kept);
    return true;
  }

  // Of copies that Build has left, those of an image.
  [[nodiscard]] static std::span<const Copy> Of(std::span<const Copy> copies,
                                                const Module<A>& provider) {
    const size_t begin = CountBelow(copies, {provider.node, 0});
    return copies.subspan(begin, CountBelow(copies, {uint64_t{provider.node} + 1, 0}) - begin);
  }

  // Copies again what resolvers have filled. False when the bytes are not there; nothing is
  // reported.
  template <WritableMemory To, ReadableMemory From>
  [[nodiscard]] bool Apply(const Copy& copy, To& to, From& from) const {
    std::byte* target = to.At(copy.place, copy.size);
    const std::byte* source = from.At(copy.from.symbol->value, copy.size);
    if (target == nullptr || source == nullptr) return false;
    ForEachPart(copy, [target, source](uint64_t offset, uint64_t size) {
      std::memcpy(target + offset, source + offset, static_cast<size_t>(size));
    });
    return true;
  }

  // visit(offset, size): what of the copy resolvers fill, part by part.
  template <class Visit>
  void ForEachPart(const Copy& copy, Visit&& visit) const {
    const Word begin = BeginOf(copy), end = EndOf(copy);
    for (size_t i = FirstOf(copy); i < words_.size() && words_[i] < end; ++i) {
      // The first may begin before the variable, the last end behind it.
      const uint64_t from = words_[i].place > begin.place ? words_[i].place - begin.place : 0;
      const uint64_t to = words_[i].place + kWord - begin.place;
      visit(from, (to < copy.size ? to : copy.size) - from);
    }
  }

  template <Arena R>
  void Clear(R& arena) {
    words_.Clear(arena);
  }

 private:
  static constexpr uint64_t kWord = sizeof(typename A::Layout::Addr);

  // A link-time address of a record.
  struct Word {
    uint64_t node;
    uint64_t place;

    [[nodiscard]] constexpr bool operator<(const Word& other) const {
      return node != other.node ? node < other.node : place < other.place;
    }
  };

  [[nodiscard]] static Word BeginOf(const Copy& copy) {
    return {copy.from.module->node, copy.from.symbol->value};
  }
  [[nodiscard]] static Word EndOf(const Copy& copy) {
    return {copy.from.module->node, copy.from.symbol->value + copy.size};
  }

  // How many of the sorted copies begin before `word`.
  [[nodiscard]] static size_t CountBelow(std::span<const Copy> copies, const Word& word) {
    size_t begin = 0;
    for (size_t end = copies.size(); begin != end;) {
      const size_t middle = begin + (end - begin) / 2;
      if (BeginOf(copies[middle]) < word) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    return begin;
  }

  static void SortByProvider(std::span<Copy> copies) {
    internal::HeapSort(copies,
                       [](const Copy& a, const Copy& b) { return BeginOf(a) < BeginOf(b); });
    // Variables may lie in others.
    for (size_t i = 0; i < copies.size(); ++i) {
      copies[i].reach = EndOf(copies[i]).place;
      if (i == 0 || copies[i - 1].from.module != copies[i].from.module) continue;
      if (copies[i - 1].reach > copies[i].reach) copies[i].reach = copies[i - 1].reach;
    }
  }

  // Whether a copy has a byte of the word.
  [[nodiscard]] static bool IsCopied(std::span<const Copy> copies, const Ifunc& ifunc) {
    const size_t count = CountBelow(copies, {ifunc.module->node, ifunc.place + kWord});
    return count != 0 && copies[count - 1].from.module == ifunc.module &&
           copies[count - 1].reach > ifunc.place;
  }

  void DropEqual() {
    size_t kept = 0;
    for (const Word& word : words_) {
      if (kept == 0 || words_[kept - 1] < word) words_[kept++] = word;
    }
    words_.Shrink(kept);
  }

  // The first word that ends behind the begin of the copy's variable.
  [[nodiscard]] size_t FirstOf(const Copy& copy) const {
    const Word start = BeginOf(copy);
    size_t begin = 0;
    for (size_t end = words_.size(); begin != end;) {
      const size_t middle = begin + (end - begin) / 2;
      if (Word{words_[middle].node, words_[middle].place + kWord - 1} < start) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    return begin;
  }

  List<Word> words_;  // that resolvers fill and copies have
};

}  // namespace rtld
