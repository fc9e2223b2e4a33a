// SPDX-License-Identifier: BSD-2-Clause
//
// Session: links a set of images, all or none.
//
//   AddRoot(file), Adopt(image)   what to link; any number, before Plan
//   Plan()           closes the set over DT_NEEDED, reading files only; checks identity, machine,
//                    policy, cycles, versions. Nothing is mapped, nothing is changed.
//   Map()            reserves address space and maps every new file; reads its tables again there
//   Relocate()       relative relocations of all images, then symbolic ones, then COPY; collects
//                    all undefined symbols and explains them
//   Protect()        final protections of text and rodata; data, RELRO included, stays writable,
//                    not executable; SyncCode
//   RunResolvers(call)   IFUNC resolvers of the whole session, last: call(run-time address) ->
//                    value, which goes to copies of where it is stored too
//   Seal()           RELRO becomes read-only
//   Commit() &&      the records are the client's from here on
//
// Each step is called once, in this order, on any thread; the session itself takes no lock and is
// used by one thread at a time. RunResolvers runs code of the images: the client holds no lock
// then. A client that runs no code (a boot loader, a link-only check) leaves RunResolvers out: a
// boot loader takes what is pending with HandOff() &&, unsealed; a check calls Seal and drops the
// session.
//
// Every step returns false when something was reported. After that the session can only be
// destroyed. The destructor of a session that was not committed gives back every image and every
// allocation: the state is as before. Files, finder, loader, arena and diagnostics are the client's
// and outlive the session; so do the images that its records need.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "rtld_shared/link/closure.h"
#include "rtld_shared/link/copied.h"
#include "rtld_shared/link/plan.h"
#include "rtld_shared/link/records.h"
#include "rtld_shared/link/relocate.h"
#include "rtld_shared/link/resolver_order.h"
#include "rtld_shared/link/undefined.h"
#include "rtld_shared/seams/policy.h"

namespace rtld {

// What Commit hands over; memory of the arena. DestroyLinked gives back one record, Clear a list.
template <SessionSeams T>
struct Committed {
  LinkedList<T> records;                        // roots first, then breadth first
  List<PendingIfunc<typename T::Arch>> ifuncs;  // only from HandOff

  void ClearLists(typename T::Arena& arena) {
    records.Clear(arena);
    ifuncs.Clear(arena);
  }
};

template <SessionSeams T>
class Session {
 public:
  using A = typename T::Arch;
  using Record = Linked<T>;
  using Hook = typename HookOf<T>::Type;
  using ResolverAddress = typename A::Layout::Addr;

  // `page` is the page size in use, at least A::kPageSize. The policy is not copied.
  Session(const Policy& policy, uint64_t page, typename T::Scope scope, typename T::Finder& finder,
          typename T::Loader& loader, typename T::Arena& arena,
          typename T::Diagnostics& diagnostics, Hook hook = {})
      : policy_(policy),
        finder_(finder),
        loader_(loader),
        arena_(arena),
        diagnostics_(diagnostics),
        scope_(std::move(scope)),
        hook_(std::move(hook)),
        planner_(policy, page, finder, loader, arena, diagnostics) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    copied_.Clear(arena_);
    pending_.Clear(arena_);
    closure_.Clear(arena_);
  }

  // Reads the root's headers and tables at once. The session stays usable after a refused root.
  // `asked`: the name that the file was found by, if any, which satisfies a DT_NEEDED of that name
  // beside its DT_SONAME; it must live until Plan has ended.
  [[nodiscard]] bool AddRoot(typename T::File& file, std::string_view asked = {}) {
    return InStage(Stage::kOpen, "AddRoot") && planner_.AddRoot(file, asked);
  }
  [[nodiscard]] bool Adopt(const Adoption<T>& adoption) {
    return InStage(Stage::kOpen, "Adopt") && planner_.Adopt(adoption);
  }
  // An IFUNC that another party left open when it relocated an adopted image; its module is one of
  // records().
  [[nodiscard]] bool AddPendingIfunc(const PendingIfunc<A>& ifunc) {
    if (!InStage(Stage::kOpen, "AddPendingIfunc")) return false;
    return pending_.ifuncs.Add(arena_, ifunc) || NoMemory("relocations put off");
  }

  // All images, in breadth-first order from the roots; from AddRoot on. Between Map and Relocate
  // the client may fill what is its own to fill (TLS places, owner).
  [[nodiscard]] std::span<Record* const> records() { return planner_.records().span(); }
  [[nodiscard]] std::span<const PendingIfunc<A>> pending_ifuncs() const {
    return pending_.ifuncs.span();
  }

  [[nodiscard]] bool Plan() {
    if (!InStage(Stage::kOpen, "Plan")) return false;
    if (!planner_.Close()) return Failed();
    planner_.ClearIndex();
    return Reached(Stage::kPlanned);
  }

  [[nodiscard]] bool Map() {
    if (!InStage(Stage::kPlanned, "Map")) return false;
    for (Record* record : records()) {
      if (record->file != nullptr && !MapRecord(*record)) return Failed();
    }
    return Reached(Stage::kMapped);
  }

  [[nodiscard]] bool Relocate() {
    if (!InStage(Stage::kMapped, "Relocate")) return false;
    // 1. The scope, before anybody is resolved.
    if (!closure_.Build(arena_, records()) || !scope_.SetClosure(closure_.modules())) {
      diagnostics_.Error({.error = Error::kNoMemory, .detail = "scope"});
      return Failed();
    }
    // 2. Relative relocations need no other image; COPY and resolvers will read what they store.
    for (Record* record : records()) {
      if (record->relocated) continue;
      InImage<typename T::Diagnostics> scoped(diagnostics_, DisplayName(*record), {});
      if (!RelocateRelative<A>(scoped, record->image, *record, policy_)) return Failed();
    }
    // 3. Symbolic ones. One image's errors do not hide another's.
    bool good = true;
    for (Record* record : records()) {
      if (record->relocated) continue;
      InImage<typename T::Diagnostics> scoped(diagnostics_, DisplayName(*record), {});
      good = RelocateSymbolic<A>(scoped, arena_, record->image, scope_, hook_, *record, policy_,
                                 pending_) &&
             good;
    }
    // 4. What nobody defines, explained.
    if (!TellUndefined() || !good) return Failed();
    // 5. COPY, and PLT slots made from others' bytes: all providers are relocated by now.
    if (!RunCopies() || !RunSlots() || !PrepareResolvers()) return Failed();
    // 6. Relocated pointers to code that somebody is going to call.
    for (Record* record : records()) {
      if (policy_.check_targets && !record->relocated && !CheckArrays(*record)) return Failed();
    }
    for (Record* record : records()) record->relocated = true;
    return Reached(Stage::kRelocated);
  }

  [[nodiscard]] bool Protect() {
    if (!InStage(Stage::kRelocated, "Protect")) return false;
    for (Record* record : records()) {
      if (!record->owned) continue;
      for (const Segment& segment : record->plan.segments) {
        const Range pages = PagesOf(record->plan, segment);
        if (!SetProtection(*record, pages, ProtectionOf(segment.flags))) return Failed();
        if (segment.executable()) loader_.SyncCode(record->image, pages.begin, pages.size);
      }
    }
    return Reached(Stage::kProtected);
  }

  template <class Call>
  [[nodiscard]] bool RunResolvers(Call&& call) {
    if (!InStage(Stage::kProtected, "RunResolvers")) return false;
    const std::span<const PendingIfunc<A>> ifuncs = pending_.ifuncs.span();
    for (size_t i = 0; i < ifuncs.size(); ++i) {
      if (!RunIfunc(ifuncs[i], call)) return Failed();
      // Those of one image follow each other.
      const bool last = i + 1 == ifuncs.size() || ifuncs[i + 1].module != ifuncs[i].module;
      if (last && !FillCopies(*ifuncs[i].module)) return Failed();
    }
    pending_.ifuncs.Shrink(0);
    return Reached(Stage::kResolved);
  }

  [[nodiscard]] bool Seal() {
    if (stage_ != Stage::kProtected && !InStage(Stage::kResolved, "Seal")) return false;
    for (Record* record : records()) {
      if (!record->owned || record->plan.relro.empty()) continue;
      if (!SetProtection(*record, record->plan.relro, Protection::kRead)) return Failed();
    }
    return Reached(Stage::kSealed);
  }

  // After Seal, with no resolver left to run. Fails only when called at the wrong time.
  [[nodiscard]] bool Commit(Committed<T>& out) && {
    if (!InStage(Stage::kSealed, "Commit")) return false;
    if (!pending_.ifuncs.empty()) return OutOfOrder("Commit before RunResolvers");
    Release(out);
    return true;
  }

  // After Protect: the images as they are, RELRO writable, and the IFUNCs that somebody else must
  // run before he seals it. He knows of no copies, so where COPY has taken what one of them fills,
  // that is an error.
  [[nodiscard]] bool HandOff(Committed<T>& out) && {
    if (!InStage(Stage::kProtected, "HandOff")) return false;
    if (!pending_.copies.empty()) {
      diagnostics_.Error({.error = Error::kUnsupported,
                          .image = DisplayName(*pending_.copies[0].module),
                          .detail = "handing off resolvers of what COPY has taken"});
      return Failed();
    }
    std::swap(out.ifuncs, pending_.ifuncs);
    Release(out);
    return true;
  }

 private:
  static constexpr unsigned kWord = sizeof(ResolverAddress);

  enum class Stage : uint8_t {
    kOpen,
    kPlanned,
    kMapped,
    kRelocated,
    kProtected,
    kResolved,
    kSealed,
    kCommitted,
    kFailed
  };

  [[nodiscard]] bool InStage(Stage stage, std::string_view step) {
    return stage_ == stage || OutOfOrder(step);
  }
  [[nodiscard]] bool OutOfOrder(std::string_view step) {
    diagnostics_.Error({.error = Error::kOutOfOrder, .detail = step});
    return false;
  }
  [[nodiscard]] bool Reached(Stage stage) {
    stage_ = stage;
    return true;
  }
  [[nodiscard]] bool Failed() {
    stage_ = Stage::kFailed;
    return false;
  }
  [[nodiscard]] bool NoMemory(std::string_view what) {
    diagnostics_.Error({.error = Error::kNoMemory, .detail = what});
    return false;
  }

  void Release(Committed<T>& out) {
    for (Record* record : records()) record->node = Module<A>::kLinked;
    std::swap(out.records, planner_.records());
    stage_ = Stage::kCommitted;
  }

  [[nodiscard]] static Range PagesOf(const LoadPlan& plan, const Segment& segment) {
    const uint64_t begin = internal::PageFloor(segment.vaddr, plan.page);
    return {begin, internal::PageFloor(segment.end() + plan.page - 1, plan.page) - begin};
  }

  [[nodiscard]] bool MapRecord(Record& record) {
    const LoadPlan& plan = record.plan;
    const Reservation reservation = {.name = DisplayName(record),
                                     .vaddr = plan.low,
                                     .size = plan.high - plan.low,
                                     .align = plan.align,
                                     .fixed = record.type == elf::kEtExec};
    if (!loader_.Reserve(reservation, record.image)) {
      diagnostics_.Error({.error = Error::kReserveFailed,
                          .image = DisplayName(record),
                          .value = reservation.size,
                          .limit = reservation.align});
      return false;
    }
    record.owned = true;
    record.bias = static_cast<typename A::Layout::Addr>(record.image.Bias());
    for (Segment segment : plan.segments) {
      if (record.dynamic.text_relocations) segment.flags |= elf::kPfW;
      if (loader_.Map(record.image, segment, *record.file)) continue;
      diagnostics_.Error(
          {.error = Error::kMapFailed, .image = DisplayName(record), .value = segment.index});
      return false;
    }
    return planner_.ReadMapped(record);
  }

  [[nodiscard]] bool SetProtection(Record& record, const Range& range, Protection protection) {
    if (loader_.Protect(record.image, range.begin, range.size, protection)) return true;
    diagnostics_.Error({.error = Error::kProtectFailed,
                        .has_place = true,
                        .image = DisplayName(record),
                        .place = range.begin,
                        .value = range.size});
    return false;
  }

  [[nodiscard]] bool TellUndefined() {
    if (pending_.undefined.empty()) return true;
    std::span<Module<A>* const> groups[2] = {closure_.modules(), {}};
    if constexpr (FinderListsLoaded<typename T::Finder, Module<A>>) {
      groups[1] = finder_.AllLoaded();
    }
    UndefinedReporter<A, typename T::Arena, typename T::Diagnostics> reporter(
        diagnostics_, arena_, groups, kHasGlobalScope<typename T::Scope>);
    const bool good = reporter.Run(pending_.undefined.span());
    pending_.undefined.Clear(arena_);
    return good;
  }

  [[nodiscard]] bool RunCopies() {
    for (const PendingCopy<A>& copy : pending_.copies) {
      if (!RunCopy(copy)) return false;
    }
    return true;
  }

  [[nodiscard]] bool RunSlots() {
    if constexpr (arch::HasSlots<A>) {
      for (const PendingSlot<A>& slot : pending_.slots) {
        const bool in_text = slot.module->dynamic.text_relocations;
        // Protect syncs all code.
        if (!RunSlot(slot, nullptr, in_text, [](uint64_t, uint64_t) {})) return false;
      }
    }
    return true;
  }

  // Of the copies, those are left that resolvers will fill.
  [[nodiscard]] bool PrepareResolvers() {
    if (!OrderResolvers<T>(arena_, records(), pending_.ifuncs)) {
      return NoMemory("order of IFUNC resolvers");
    }
    if (!copied_.Build(arena_, pending_.copies, pending_.ifuncs.span())) {
      return NoMemory("copies of what resolvers fill");
    }
    for (const PendingCopy<A>& copy : pending_.copies) {
      // Text that is relocated is protected again when resolvers run.
      const Segment* const segment = copy.module->plan.SegmentAt(copy.place, copy.size);
      if (segment != nullptr && segment->writable()) continue;
      return BadPlace(static_cast<Record&>(*copy.module), "COPY", copy.place);
    }
    return true;
  }

  // All resolvers of the image have run.
  [[nodiscard]] bool FillCopies(const Module<A>& provider) {
    for (const PendingCopy<A>& copy : copied_.Of(pending_.copies.span(), provider)) {
      Record& to = static_cast<Record&>(*copy.module);
      if (!copied_.Apply(copy, to.image, records()[provider.node]->image)) {
        return BadPlace(to, "COPY", copy.place);
      }
    }
    return true;
  }

  [[nodiscard]] bool RunCopy(const PendingCopy<A>& copy) {
    Record& to = static_cast<Record&>(*copy.module);
    // Bytes of an image that an earlier session linked are not ours to read, and a copy of what is
    // the program's own may overlap it: only its local symbols lead there.
    if (copy.from.module->node != Module<A>::kLinked && copy.from.module != copy.module) {
      auto& from = const_cast<Record&>(static_cast<const Record&>(*copy.from.module));
      if (ApplyCopy(copy, to.image, from.image)) return true;
    }
    diagnostics_.Error({.error = Error::kBadTarget,
                        .has_place = true,
                        .image = DisplayName(to),
                        .symbol = copy.from.module->NameOf(*copy.from.symbol),
                        .detail = "COPY",
                        .place = copy.place,
                        .value = copy.from.symbol->value});
    return false;
  }

  template <class Call>
  [[nodiscard]] bool RunIfunc(const PendingIfunc<A>& ifunc, Call& call) {
    // A record of this session: only those are relocated here.
    Record& record = static_cast<Record&>(*ifunc.module);
    if constexpr (arch::HasSlots<A>) {
      if (ifunc.slot) {
        const auto target = static_cast<ResolverAddress>(call(ifunc.resolver));
        return RunSlot({&record, ifunc.place, target, ifunc.addend, nullptr}, ifunc.provider,
                       /*in_text=*/false, [this, &record](uint64_t place, uint64_t size) {
                         if (record.plan.IsCode(place)) loader_.SyncCode(record.image, place, size);
                       });
      }
    }
    return ApplyIfunc(ifunc, record.image, call) || BadPlace(record, "IFUNC", ifunc.place);
  }

  // `first`: where the function is looked for first if it is not known whose it is.
  template <class Sync>
  [[nodiscard]] bool RunSlot(const PendingSlot<A>& slot, const Module<A>* first, bool in_text,
                             Sync&& sync) {
    Record& record = static_cast<Record&>(*slot.module);
    bool found = true;
    const auto fetch = [this, &slot, first, &found](ResolverAddress address, bool& ok) {
      const std::byte* bytes = slot.provider != nullptr ? BytesOf(*slot.provider, address)
                                                        : BytesAnywhere(first, address);
      if (bytes == nullptr) ok = found = false;
      return bytes != nullptr ? LoadWord<typename A::Layout>(bytes, kWord) : 0;
    };
    if (ApplySlot(slot, record.image, in_text, fetch, sync)) return true;
    if (found) return BadPlace(record, "PLT slot", slot.place);
    diagnostics_.Error({.error = Error::kBadTarget,
                        .has_place = true,
                        .image = DisplayName(record),
                        .detail = "PLT slot",
                        .place = slot.place,
                        .value = slot.target});
    return false;
  }

  // The word at a run-time address of an image, or nullptr. One that an earlier session linked is
  // the loader's to read, if it can.
  [[nodiscard]] const std::byte* BytesOf(const Module<A>& module, ResolverAddress address) {
    const ResolverAddress vaddr = module.LinkTime(address);
    if (module.plan.SegmentAt(vaddr, kWord) == nullptr) return nullptr;
    if (module.node != Module<A>::kLinked) return records()[module.node]->image.At(vaddr, kWord);
    if constexpr (ReadsLinked<typename T::Loader, Module<A>>) {
      return loader_.Linked(module, vaddr, kWord);
    } else {
      return nullptr;
    }
  }
  // What a resolver returned may be another image's; mostly it is of the image that has the
  // resolver, which need not be in the closure.
  [[nodiscard]] const std::byte* BytesAnywhere(const Module<A>* first, ResolverAddress address) {
    if (first != nullptr) {
      if (const std::byte* bytes = BytesOf(*first, address); bytes != nullptr) return bytes;
    }
    for (const Module<A>* module : closure_.modules()) {
      if (const std::byte* bytes = BytesOf(*module, address); bytes != nullptr) return bytes;
    }
    return nullptr;
  }

  [[nodiscard]] bool BadPlace(const Record& record, std::string_view what, uint64_t place) {
    diagnostics_.Error({.error = Error::kBadPlace,
                        .has_place = true,
                        .image = DisplayName(record),
                        .detail = what,
                        .place = place});
    return false;
  }

  // DT_INIT, DT_FINI and the entries of their arrays are code of the image itself. 0 and -1 are
  // what old linkers end or fill such arrays with.
  [[nodiscard]] bool CheckArrays(Record& record) {
    const DynamicInfo<A>& dynamic = record.dynamic;
    return (dynamic.init == 0 || CheckCode(record, "DT_INIT", dynamic.init)) &&
           (dynamic.fini == 0 || CheckCode(record, "DT_FINI", dynamic.fini)) &&
           CheckArray(record, "DT_INIT_ARRAY", dynamic.init_array) &&
           CheckArray(record, "DT_FINI_ARRAY", dynamic.fini_array);
  }

  [[nodiscard]] bool CheckArray(Record& record, std::string_view name, const Range& array) {
    using Field = typename A::Layout::AddrField;
    using Addr = typename A::Layout::Addr;
    std::span<const Field> entries;
    if (!ViewTable(record.image, array.begin, array.size, entries)) {
      diagnostics_.Error({.error = Error::kBadDynamic,
                          .image = DisplayName(record),
                          .detail = name,
                          .value = array.size});
      return false;
    }
    for (const Field& field : entries) {
      const Addr value = field;
      if (value == 0 || value == static_cast<Addr>(~uint64_t{0})) continue;
      // An entry that has been relocated to link-time address 0 is one to be called all the same.
      if (!CheckCode(record, name, record.LinkTime(value))) return false;
    }
    return true;
  }

  [[nodiscard]] bool CheckCode(Record& record, std::string_view what, uint64_t vaddr) {
    if (IsFunction(record, record.image, vaddr)) return true;
    diagnostics_.Error(
        {.error = Error::kBadTarget, .image = DisplayName(record), .detail = what, .value = vaddr});
    return false;
  }

  const Policy& policy_;
  typename T::Finder& finder_;
  typename T::Loader& loader_;
  typename T::Arena& arena_;
  typename T::Diagnostics& diagnostics_;
  typename T::Scope scope_;
  [[no_unique_address]] Hook hook_;
  Planner<T> planner_;
  Closure<A> closure_;
  Pending<A> pending_;
  CopiedResults<A> copied_;
  Stage stage_ = Stage::kOpen;
};

}  // namespace rtld
