// SPDX-License-Identifier: BSD-2-Clause
//
// DT_GNU_HASH and DT_HASH. Parse checks the header against the bytes there are; after that a probe
// bounds only what comes from chain and bucket words. Neither reads a string: they call `match`
// with the index of each symbol whose hash fits and stop when it returns true.
//
// Whatever the words say, a probe reads no more of them than there are in the file behind the
// table's start, and ForEach visits no more symbols than that. So all probes of a hostile table cost
// at most their number times the file's size; those of an honest one read a few words each.
//
// DT_GNU_HASH: nbuckets, symoffset, bloom_size, bloom_shift; Bloom words as wide as an address;
// buckets; chain words, one per symbol from symoffset on, bit 0 marking the end of a chain.
// Translated (Layout::kTranslatedHash), as many words follow: the index of each chain word's
// symbol, which is its position else.
// DT_HASH: nbucket, nchain, buckets, chains; nchain is the number of symbols. Words are 4 bytes but
// on two CPUs (Layout::HashWord).

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "rtld_shared/decode/view.h"

namespace rtld {

template <class L>
class GnuHashTable {
 public:
  using Word = typename L::Word;
  using AddrField = typename L::AddrField;
  using Addr = typename L::Addr;

  // `table` is everything from the table's start to the end of its segment in the file. `symbols` is
  // how many dynamic symbols there are, for a translated table only.
  [[nodiscard]] bool Parse(std::span<const Word> table, uint64_t symbols = 0) {
    constexpr size_t kHeader = 4;
    constexpr size_t kWordsPerBloom = sizeof(AddrField) / sizeof(Word);
    if (table.size() < kHeader) return false;
    const uint32_t nbuckets = table[0], nbloom = table[2], shift = table[3];
    if (!IsPowerOfTwo(nbloom) || shift >= 32) return false;
    const uint64_t before_chains = kHeader + uint64_t{nbloom} * kWordsPerBloom + nbuckets;
    if (before_chains > table.size()) return false;
    const auto* bloom = reinterpret_cast<const std::byte*>(table.data() + kHeader);
    if (!IsAlignedFor<AddrField>(bloom)) return false;
    bloom_ = reinterpret_cast<const AddrField*>(bloom);
    bloom_mask_ = nbloom - 1;
    shift_ = shift;
    symoffset_ = table[1];
    buckets_ = table.data() + kHeader + size_t{nbloom} * kWordsPerBloom;
    nbuckets_ = nbuckets;
    chains_ = buckets_ + nbuckets;
    nchains_ = table.size() - static_cast<size_t>(before_chains);
    if constexpr (L::kTranslatedHash) {
      if (symbols < symoffset_ || symbols > UINT32_MAX || symbols - symoffset_ > nchains_ / 2) {
        return false;
      }
      nchains_ = static_cast<size_t>(symbols - symoffset_);
      translation_.words = chains_ + nchains_;
    }
    // The index of a symbol has 32 bits.
    const uint64_t indices = (uint64_t{1} << 32) - symoffset_;
    if (nchains_ > indices) nchains_ = static_cast<size_t>(indices);
    return true;
  }

  [[nodiscard]] bool present() const { return bloom_ != nullptr; }

  [[nodiscard]] bool MayContain(uint32_t hash) const {
    constexpr uint32_t kBits = 8 * sizeof(Addr);
    const Addr word = bloom_[(hash / kBits) & bloom_mask_];
    return ((word >> (hash % kBits)) & (word >> ((hash >> shift_) % kBits)) & 1) != 0;
  }

  template <class Match>
  void Find(uint32_t hash, Match&& match) const {
    if (nbuckets_ == 0 || !MayContain(hash)) return;
    const uint32_t first = buckets_[hash % nbuckets_];
    if (first < symoffset_) return;
    for (size_t i = first - symoffset_; i < nchains_; ++i) {
      const uint32_t chain = chains_[i];
      if (((chain ^ hash) >> 1) == 0 && match(IndexAt(i))) return;
      if ((chain & 1) != 0) return;
    }
  }

  // What Find reads, one depending on the other, for callers that ask memory for it ahead: a word of
  // the filter and the bucket; then what the bucket says. Addresses to be fetched, never read.
  [[nodiscard]] const void* FilterOf(uint32_t hash) const {
    constexpr uint32_t kBits = 8 * sizeof(Addr);
    return bloom_ + ((hash / kBits) & bloom_mask_);
  }
  [[nodiscard]] const void* BucketOf(uint32_t hash) const {
    return nbuckets_ != 0 ? buckets_ + hash % nbuckets_ : buckets_;
  }
  // The first symbol of the hash's chain, or 0, and where its chain word is.
  [[nodiscard]] uint32_t FirstOf(uint32_t hash, const void*& chain) const {
    const uint32_t first = nbuckets_ != 0 ? uint32_t{buckets_[hash % nbuckets_]} : 0;
    if (first < symoffset_ || first - symoffset_ >= nchains_) return 0;
    chain = chains_ + (first - symoffset_);
    return IndexAt(first - symoffset_);
  }

  // Calls visit(symbol index, hash without its lowest bit) for every hashed symbol, bucket by
  // bucket. Cost is the table's size; no string is read.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    // Chains of a well-formed table are disjoint, so they visit no more words than there are; a
    // hostile one may let all buckets share a long chain.
    size_t budget = nchains_;
    for (uint32_t bucket = 0; bucket < nbuckets_; ++bucket) {
      const uint32_t first = buckets_[bucket];
      if (first < symoffset_) continue;
      for (size_t i = first - symoffset_; i < nchains_; ++i) {
        if (budget-- == 0) return;
        const uint32_t chain = chains_[i];
        visit(IndexAt(i), chain & ~uint32_t{1});
        if ((chain & 1) != 0) break;
      }
    }
  }

  // One more than the largest hashed symbol's index; 0 when nothing is hashed (then the table says
  // nothing about how many symbols there are). A translated table was told.
  [[nodiscard]] uint32_t SymbolCount() const {
    if constexpr (L::kTranslatedHash) return static_cast<uint32_t>(nchains_ + symoffset_);
    uint32_t last = 0;
    for (uint32_t bucket = 0; bucket < nbuckets_; ++bucket) {
      const uint32_t first = buckets_[bucket];
      if (first > last) last = first;
    }
    if (last < symoffset_ || last == 0) return 0;
    size_t i = last - symoffset_;
    while (i < nchains_ && (chains_[i] & 1) == 0) ++i;
    return i < nchains_ ? static_cast<uint32_t>(i + symoffset_ + 1) : 0;
  }
  // How many symbols are not hashed: they stand first, but in a translated table anywhere.
  [[nodiscard]] uint32_t first_hashed() const { return symoffset_; }

 private:
  // Only a translated table pays for its pointer.
  struct Untranslated {};
  struct Translation {
    const Word* words = nullptr;
  };

  // The index of the symbol whose chain word is the i-th.
  [[nodiscard]] uint32_t IndexAt(size_t i) const {
    if constexpr (L::kTranslatedHash) {
      return translation_.words[i];
    } else {
      return static_cast<uint32_t>(i + symoffset_);
    }
  }

  const AddrField* bloom_ = nullptr;
  const Word* buckets_ = nullptr;
  const Word* chains_ = nullptr;
  size_t nchains_ = 0;
  uint32_t bloom_mask_ = 0;
  uint32_t shift_ = 0;
  uint32_t symoffset_ = 0;
  uint32_t nbuckets_ = 0;
  [[no_unique_address]] std::conditional_t<L::kTranslatedHash, Translation, Untranslated>
      translation_;
};

template <class L>
class SysvHashTable {
 public:
  using Word = typename L::HashWord;

  [[nodiscard]] bool Parse(std::span<const Word> table) {
    if (table.size() < 2) return false;
    const uint64_t nbuckets = table[0], nchains = table[1];
    const uint64_t words = table.size() - 2;
    if (nbuckets > words || nchains > words - nbuckets || nchains > UINT32_MAX) return false;
    buckets_ = table.subspan(2, static_cast<size_t>(nbuckets));
    chains_ = table.subspan(2 + static_cast<size_t>(nbuckets), static_cast<size_t>(nchains));
    present_ = true;
    return true;
  }

  [[nodiscard]] bool present() const { return present_; }

  template <class Match>
  void Find(uint32_t hash, Match&& match) const {
    if (buckets_.empty()) return;
    uint64_t i = buckets_[hash % static_cast<uint32_t>(buckets_.size())];
    // A chain visits no symbol twice: more steps than symbols is a loop in a hostile file.
    for (size_t steps = 0; i != 0 && i < chains_.size() && steps < chains_.size(); ++steps) {
      if (match(static_cast<uint32_t>(i))) return;
      i = chains_[static_cast<size_t>(i)];
    }
  }

  // Calls visit(symbol index) for every hashed symbol, bucket by bucket, in the order in which Find
  // meets them. Cost is the table's size; no string is read.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    // Chains of a well-formed table are disjoint; a hostile one may let all buckets share one.
    size_t budget = chains_.size();
    for (const Word& bucket : buckets_) {
      for (uint64_t i = bucket; i != 0 && i < chains_.size(); i = chains_[static_cast<size_t>(i)]) {
        if (budget-- == 0) return;
        visit(static_cast<uint32_t>(i));
      }
    }
  }

  [[nodiscard]] uint32_t SymbolCount() const { return static_cast<uint32_t>(chains_.size()); }

 private:
  std::span<const Word> buckets_;
  std::span<const Word> chains_;
  bool present_ = false;
};

}  // namespace rtld
