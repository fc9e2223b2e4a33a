// SPDX-License-Identifier: BSD-2-Clause

#include <cstring>
#include <new>
#include <utility>

#include "arch/current/elf_traits.h"
#include "rtld_shared/capi/rtld.h"
#include "rtld_shared/graph/graph.h"
#include "rtld_shared/link/call_resolver.h"
#include "rtld_shared/link/format_report.h"
#include "rtld_shared/link/session.h"

namespace rtld {
namespace {

using Arch = arch::Current;
using Layout = Arch::Layout;
using Addr = Layout::Addr;

constexpr uint64_t kPage = Arch::kPageSize;

// ---- The seams, over the callbacks ----

class MemoryFile {
 public:
  explicit MemoryFile(const rtld_file& file) : file_(file) {}

  std::string_view Path() const { return file_.path; }
  uint64_t Size() const { return file_.size; }
  const std::byte* Bytes(uint64_t offset, uint64_t size) const {
    if (offset > file_.size || size > file_.size - offset) return nullptr;
    return static_cast<const std::byte*>(file_.bytes) + offset;
  }

 private:
  rtld_file file_;
};

struct ClientArena {
  const rtld_client& client;

  void* Allocate(size_t size, size_t) const { return client.allocate(client.context, size); }
  void Free(void* block, size_t) const { client.free(client.context, block); }
};

class ClientLoader {
 public:
  class Image {
   public:
    uint64_t Bias() const { return bias_; }
    std::byte* At(uint64_t vaddr, uint64_t size) const {
      for (size_t i = 0; i < count_; ++i) {
        if (parts_[i].Contains(vaddr, size)) return Place(vaddr);
      }
      return nullptr;
    }
    uint64_t Reach(uint64_t vaddr) const {
      for (size_t i = 0; i < count_; ++i) {
        if (parts_[i].Contains(vaddr, 1)) return parts_[i].end() - vaddr;
      }
      return 0;
    }

   private:
    friend class ClientLoader;
    // Linkers make about five.
    static constexpr size_t kMaxSegments = 16;

    std::byte* Place(uint64_t vaddr) const {
      return reinterpret_cast<std::byte*>(static_cast<uintptr_t>(vaddr + bias_));
    }

    uint64_t bias_ = 0;
    void* start_ = nullptr;
    size_t bytes_ = 0;
    Segment parts_[kMaxSegments] = {};
    size_t count_ = 0;
  };

  explicit ClientLoader(const rtld_client& client) : client_(client) {}

  bool Reserve(const Reservation& reservation, Image& image) const {
    // The client aligns the start, but it is the bias that must be: what is reserved begins at the
    // image's address rounded down. Both together are no more than where the image ends.
    const uint64_t skew = reservation.vaddr & (reservation.align - 1);
    const auto bytes = static_cast<size_t>(reservation.size + skew);
    const auto align = static_cast<size_t>(reservation.align);
    if (reservation.fixed || bytes != reservation.size + skew || align != reservation.align) {
      return false;
    }
    void* const start = client_.reserve(client_.context, bytes, align);
    if (start == nullptr) return false;
    image = {};
    image.bias_ = reinterpret_cast<uintptr_t>(start) + skew - reservation.vaddr;
    image.start_ = start;
    image.bytes_ = bytes;
    return true;
  }
  bool Map(Image& image, const Segment& segment, MemoryFile& file) const {
    const std::byte* const from = file.Bytes(segment.offset, segment.filesz);
    if (from == nullptr || !AddPart(image, segment)) return false;
    std::memcpy(image.Place(segment.vaddr), from, static_cast<size_t>(segment.filesz));
    return true;
  }
  bool Protect(Image& image, uint64_t vaddr, uint64_t size, Protection protection) const {
    int permission = RTLD_READ;
    if (protection == Protection::kReadWriteExecute) return false;
    if (protection == Protection::kReadWrite) permission = RTLD_READ_WRITE;
    if (protection == Protection::kReadExecute) permission = RTLD_READ_EXECUTE;
    return client_.protect(client_.context, image.Place(vaddr), static_cast<size_t>(size),
                           permission) != 0;
  }
  void SyncCode(Image& image, uint64_t vaddr, uint64_t size) const {
    client_.sync_code(client_.context, image.Place(vaddr), static_cast<size_t>(size));
  }
  void Release(Image& image) const {
    client_.release(client_.context, image.start_, image.bytes_);
    image = {};
  }

  static const std::byte* Linked(const Module<Arch>& module, uint64_t vaddr, uint64_t size) {
    return BytesInPlace(module, vaddr, size);
  }

  // False: there are too many.
  static bool AddPart(Image& image, const Segment& segment) {
    if (image.count_ == Image::kMaxSegments) return false;
    image.parts_[image.count_++] = segment;
    return true;
  }
  static void SetBias(Image& image, uint64_t bias) { image.bias_ = bias; }

 private:
  const rtld_client& client_;
};

struct ClientDiagnostics {
  const rtld_client& client;

  bool Error(const Report& report) const {
    FormatReport(report, [this](std::string_view text) { Say(text); });
    Say("\n");
    return true;
  }
  void Warning(const Report& report) const {
    Say("warning: ");
    static_cast<void>(Error(report));
  }
  // A mistake of the client's own.
  bool Refuse(const char* image, std::string_view what) const {
    const std::string_view name = image != nullptr ? image : std::string_view();
    return !Error({.error = Error::kUnsupported, .image = name, .detail = what});
  }
  bool IsWhole(const rtld_file& file) const {
    if (file.path == nullptr) return Refuse(nullptr, "a file without a path");
    return file.bytes != nullptr || Refuse(file.path, "a file without bytes");
  }

 private:
  void Say(std::string_view text) const { client.report(client.context, text.data(), text.size()); }
};

// ---- What is linked ----

class ClientFinder;

struct Seams {
  using Arch = rtld::Arch;
  using File = MemoryFile;
  using Finder = ClientFinder;
  using Loader = ClientLoader;
  using Arena = ClientArena;
  using Diagnostics = ClientDiagnostics;
  using Scope = ModuleScope<Arch>;
};

// The files that one call of rtld_link has found; the session keeps pointers to them.
class ClientFinder {
 public:
  ClientFinder(const rtld_client& client, std::span<Module<Arch>* const> linked)
      : client_(client), linked_(linked) {}
  ClientFinder(const ClientFinder&) = delete;
  ClientFinder& operator=(const ClientFinder&) = delete;
  ~ClientFinder() {
    while (files_ != nullptr) client_.free(client_.context, std::exchange(files_, files_->next));
  }

  Module<Arch>* Loaded(std::string_view soname) const {
    for (Module<Arch>* module : linked_) {
      if (module->name == soname) return module;
    }
    return nullptr;
  }
  Found<MemoryFile> Search(std::string_view soname, const Module<Arch>&) {
    // A view of DT_STRTAB, where a NUL follows each name.
    const rtld_file* const file = client_.find(client_.context, soname.data());
    const ClientDiagnostics diagnostics{client_};
    if (file == nullptr || !diagnostics.IsWhole(*file)) return {};
    void* const memory = client_.allocate(client_.context, sizeof(Node));
    if (memory == nullptr) {
      diagnostics.Error({.error = Error::kNoMemory, .image = file->path});
      return {};
    }
    files_ = new (memory) Node{MemoryFile(*file), files_};
    return {.file = &files_->file};
  }
  std::span<Module<Arch>* const> AllLoaded() const { return linked_; }

 private:
  struct Node {
    MemoryFile file;
    Node* next;
  };

  const rtld_client& client_;
  std::span<Module<Arch>* const> linked_;
  Node* files_ = nullptr;
};

}  // namespace
}  // namespace rtld

using rtld::Addr;
using rtld::Layout;
using rtld::Seams;
using Record = rtld::Linked<Seams>;

struct rtld_linker {  // NOLINT(readability-identifier-naming): of a C interface
  explicit rtld_linker(const rtld_client& from) : client(from) {}

  // What the resolver at a run-time address chooses.
  uintptr_t Choose(Addr resolver) const {
    return rtld::CallResolver<rtld::Arch>(static_cast<uintptr_t>(resolver), client.hwcap,
                                          client.hwcap2);
  }

  rtld_client client;
  rtld::ClientArena arena{client};
  rtld::ClientLoader loader{client};
  rtld::ClientDiagnostics diagnostics{client};
  rtld::List<rtld::Module<rtld::Arch>*> modules;  // needed ones first
};

namespace rtld {
namespace {

using LinkSession = Session<Seams>;

bool NoMemory(rtld_linker& linker, std::string_view image) {
  return !linker.diagnostics.Error({.error = Error::kNoMemory, .image = image, .detail = "list"});
}

void Call(uint64_t address) {
  // 0 and -1 are what old linkers begin and fill arrays of functions with.
  const auto function = static_cast<uintptr_t>(address);
  if (function != 0 && function != ~uintptr_t{0}) reinterpret_cast<void (*)()>(function)();
}

// gABI, "Initialization and Termination Functions": DT_INIT, then the array.
void Construct(const Record& record) {
  std::span<const Layout::AddrField> array;
  const Range& range = record.dynamic.init_array;
  if (record.dynamic.init != 0) Call(record.RunTime(record.dynamic.init));
  if (!ViewTable(record.image, range.begin, range.size, array)) return;
  for (const Layout::AddrField& function : array) Call(function);
}

// The array backwards, then DT_FINI.
void Destruct(const Record& record) {
  std::span<const Layout::AddrField> array;
  const Range& range = record.dynamic.fini_array;
  if (ViewTable(record.image, range.begin, range.size, array)) {
    for (size_t i = array.size(); i-- != 0;) Call(array[i]);
  }
  if (record.dynamic.fini != 0) Call(record.RunTime(record.dynamic.fini));
}

// Adds the session's images to the linker's, needed ones first, and commits it. Nothing changes when
// there is no memory.
bool Keep(rtld_linker& linker, LinkSession& session) {
  const std::span<Record* const> records = session.records();
  const size_t count = records.size(), n = count + 1;  // and one for all that was linked before
  const std::string_view name = records[0]->path;
  std::span<graph::Node> work =
      AllocateArray<graph::Node>(linker.arena, n * (graph::kWorkPerNode + 2));
  if (work.empty() || !linker.modules.Reserve(linker.arena, linker.modules.size() + count)) {
    FreeArray(linker.arena, work);
    return NoMemory(linker, name);
  }
  const std::span<graph::Node> roots = work.subspan(0, count), order = work.subspan(n, n);
  for (size_t i = 0; i < count; ++i) roots[i] = static_cast<graph::Node>(i);
  const NeededEdges<Seams> edges{records};
  const size_t ordered = graph::InitOrder(n, roots, edges, order, work.subspan(2 * n));
  const size_t before = linker.modules.size();
  for (size_t i = 0; i < ordered; ++i) {
    if (order[i] == count) continue;
    static_cast<void>(linker.modules.Add(linker.arena, records[order[i]]));  // reserved
  }
  FreeArray(linker.arena, work);
  Committed<Seams> committed;
  if (!std::move(session).Commit(committed)) {
    linker.modules.Shrink(before);
    return false;
  }
  committed.ClearLists(linker.arena);
  return true;
}

Record& RecordAt(const rtld_linker& linker, size_t i) {
  return static_cast<Record&>(*linker.modules[i]);
}

// What has been linked since there were `first` images, when its session has ended: the files may
// go now. A constructor may link more, and constructs that itself. An adopted image runs already.
void ConstructFrom(rtld_linker& linker, size_t first) {
  const size_t end = linker.modules.size();
  for (size_t i = first; i < end; ++i) RecordAt(linker, i).file = nullptr;
  for (size_t i = first; i < end; ++i) {
    if (RecordAt(linker, i).owned) Construct(RecordAt(linker, i));
  }
}

// A session from what `begin(session)` gives it to the constructors: 1, or 0 when that was refused.
template <class Begin>
int LinkWith(rtld_linker& linker, Begin&& begin) {
  const size_t before = linker.modules.size();
  {
    ClientFinder finder(linker.client, linker.modules.span());
    LinkSession session(kKernelPolicy, kPage, Seams::Scope(), finder, linker.loader, linker.arena,
                        linker.diagnostics);
    const auto choose = [&linker](Addr resolver) { return linker.Choose(resolver); };
    if (!begin(session) || !session.Plan() || !session.Map() || !session.Relocate() ||
        !session.Protect() || !session.RunResolvers(choose) || !session.Seal() ||
        !Keep(linker, session)) {
      return 0;
    }
  }
  ConstructFrom(linker, before);
  return 1;
}

// From the last image to number `first`. What a destructor links needs what was there before: it
// goes first.
void DestructDownTo(rtld_linker& linker, size_t first) {
  for (size_t i = linker.modules.size(); i-- > first;) {
    const size_t before = linker.modules.size();
    if (RecordAt(linker, i).owned) Destruct(RecordAt(linker, i));
    DestructDownTo(linker, before);
  }
}

}  // namespace
}  // namespace rtld

rtld_linker* rtld_create(const rtld_client* client) {
  void* const memory = client->allocate(client->context, sizeof(rtld_linker));
  return memory == nullptr ? nullptr : new (memory) rtld_linker(*client);
}

int rtld_adopt(rtld_linker* linker, const rtld_program* program) {
  if (program->path == nullptr) {
    return linker->diagnostics.Refuse(nullptr, "a program without a path");
  }
  if (program->program_headers == nullptr) {
    return linker->diagnostics.Refuse(program->path, "a program without program headers");
  }
  const std::span<const Layout::Phdr> headers(
      static_cast<const Layout::Phdr*>(program->program_headers), program->program_header_count);
  rtld::Adoption<Seams> adoption = {
      .path = program->path, .phdrs = headers, .relocated = true, .owned = false};
  rtld::ClientLoader::SetBias(adoption.image, program->bias);
  for (const Layout::Phdr& header : headers) {
    if (header.type != elf::kPtLoad || header.memsz == 0) continue;
    const rtld::Segment segment = {
        .vaddr = header.vaddr, .memsz = header.memsz, .flags = header.flags};
    // The plan will miss what does not fit, and say so.
    if (!rtld::ClientLoader::AddPart(adoption.image, segment)) break;
  }
  return rtld::LinkWith(*linker, [&](auto& session) { return session.Adopt(adoption); });
}

int rtld_link(rtld_linker* linker, const rtld_file* file) {
  if (!linker->diagnostics.IsWhole(*file)) return 0;
  rtld::MemoryFile root(*file);
  return rtld::LinkWith(*linker, [&](auto& session) { return session.AddRoot(root); });
}

void* rtld_symbol(rtld_linker* linker, const char* name) {
  if (name == nullptr) return nullptr;
  const rtld::SymbolName wanted = rtld::SymbolName::OfCString(name);
  for (const rtld::Module<rtld::Arch>* module : linker->modules) {
    const Layout::Sym* const symbol =
        rtld::Lookup(*module, wanted, nullptr, {.strict_versions = true});
    if (symbol == nullptr || elf::SymbolTypeOf(symbol->info) == elf::kSttTls) continue;
    const Addr value = module->ValueOf(*symbol);
    const bool ifunc = elf::SymbolTypeOf(symbol->info) == elf::kSttGnuIfunc;
    return reinterpret_cast<void*>(ifunc ? linker->Choose(value) : uintptr_t{value});
  }
  return nullptr;
}

void rtld_destroy(rtld_linker* linker) {
  if (linker == nullptr) return;
  rtld::DestructDownTo(*linker, 0);
  while (!linker->modules.empty()) {
    const size_t last = linker->modules.size() - 1;
    rtld::DestroyLinked<Seams>(linker->loader, linker->arena,
                               &static_cast<Record&>(*linker->modules[last]));
    linker->modules.Shrink(last);
  }
  linker->modules.Clear(linker->arena);
  const rtld_client client = linker->client;
  linker->~rtld_linker();
  client.free(client.context, linker);
}
