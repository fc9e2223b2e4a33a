// SPDX-License-Identifier: BSD-2-Clause
//
// Boot images: the kernel and what the boot loader has loaded and relocated with it become files
// like all others. Nothing is relocated again; what the loader left open (ifuncs, RELRO,
// constructors, handlers) is done here.

#include "kernel/dynamic/handoff.h"
#include "kernel/dynlink/debug_map.h"
#include "kernel/dynlink/host.h"
#include "kernel/dynlink/load_job.h"
#include "kernel/dynlink/manager.h"
#include "kernel/kpi/errno.h"

namespace kld {
namespace {

using dynamic::HandoffImage;
using Phdr = Layout::Phdr;

// Where a physical address of the hand-off can be read.
const void* Direct(const dynamic::Handoff& handoff, uint64_t physical) {
  return reinterpret_cast<const void*>(static_cast<uintptr_t>(handoff.direct_map + physical));
}

class Adopter {
 public:
  Adopter(Transaction& transaction, LoadJob& job)
      : transaction_(transaction), job_(job), handoff_(*transaction.handoff) {}

  bool Run() {
    for (uint64_t i = 0; i < handoff_.image_count && i < dynamic::kHandoffMaxImages; ++i) {
      const HandoffImage& image = handoff_.images[i];
      const bool kernel = (image.flags & dynamic::kHandoffKernel) != 0;
      if (kernel != transaction_.adopt_kernel) continue;
      if (!AdoptImage(image, kernel) || !AddIfuncs(i)) return false;
    }
    Session& session = job_.session();
    if (!session.Plan() || !session.Map() || !session.Relocate() || !session.Protect())
      return false;
    // Now that nothing is mapped any more, the files serve for symbols and digests.
    size_t index = 0;
    for (Owned<Contents>& file : transaction_.adopted)
      session.records()[index++]->file = file.get();
    return true;
  }

  // DT_DEBUG is how debuggers find the list of files. It lies in RELRO, which whoever loaded the
  // kernel may have sealed: it is opened, and the commit seals it.
  static void SetDebugEntry(Linked& kernel) {
    const rtld::Range &relro = kernel.plan.relro, &dynamic = kernel.plan.dynamic;
    for (const Layout::Dyn& entry : kernel.dynamic.entries) {
      if (entry.tag != elf::kDtDebug) continue;
      if (relro.Contains(dynamic.begin, dynamic.size)) {
        ProtectRelro(kernel, KLD_HOST_READ_WRITE);
      }
      const_cast<Layout::Dyn&>(entry).val = DebugAddress();
    }
  }

 private:
  bool NoMemory(const HandoffImage& image) {
    job_.teller().Error({.error = rtld::Error::kNoMemory, .image = image.path});
    return false;
  }

  bool AdoptImage(const HandoffImage& image, bool kernel) {
    Owned<Contents> file;
    if (Contents::Borrow(image.path, Direct(handoff_, image.file),
                         static_cast<size_t>(image.file_bytes), file) != 0) {
      return NoMemory(image);
    }
    const auto* const headers =
        reinterpret_cast<const Phdr*>(static_cast<uintptr_t>(image.program_headers + image.bias));
    const std::span<const Phdr> phdrs(headers, static_cast<size_t>(image.program_header_count));
    const rtld::Adoption<Seams> adoption = {
        .path = file->Path(),
        .phdrs = phdrs,
        .entry = image.entry,
        .image = MapOf(image, phdrs, kernel),
        .relocated = (image.flags & dynamic::kHandoffRelocated) != 0,
        .owned = !kernel,
        .root = true};
    if (!transaction_.adopted.Reserve(transaction_.adopted.size() + 1)) return NoMemory(image);
    if (!job_.session().Adopt(adoption)) return false;
    ModuleLoader::TakeOver(adoption.image);
    static_cast<void>(transaction_.adopted.Add(std::move(file)));  // reserved
    return true;
  }

  static ModuleLoader::Image MapOf(const HandoffImage& image, std::span<const Phdr> phdrs,
                                   bool kernel) {
    ModuleLoader::Image map =
        ModuleLoader::Adopt(image.bias, static_cast<uintptr_t>(image.link_start + image.bias),
                            static_cast<size_t>(image.bytes), kernel);
    for (const Phdr& header : phdrs) {
      if (header.type != elf::kPtLoad || header.memsz == 0) continue;
      const rtld::Segment segment = {
          .vaddr = header.vaddr, .memsz = header.memsz, .flags = header.flags};
      if (!ModuleLoader::AdoptSegment(map, segment)) break;  // the plan will miss it and say so
    }
    return map;
  }

  bool AddIfuncs(uint64_t index) {
    Linked* const record = job_.session().records()[job_.session().records().size() - 1];
    for (uint64_t i = 0; i < handoff_.ifunc_count && i < dynamic::kHandoffMaxIfuncs; ++i) {
      const dynamic::HandoffIfunc& ifunc = handoff_.ifuncs[i];
      if (ifunc.image != index) continue;
      if (!job_.session().AddPendingIfunc({record, static_cast<Layout::Addr>(ifunc.place),
                                           static_cast<Layout::Addr>(ifunc.resolver),
                                           static_cast<Layout::Addr>(ifunc.addend)})) {
        return false;
      }
    }
    return true;
  }

  Transaction& transaction_;
  LoadJob& job_;
  const dynamic::Handoff& handoff_;
};

// Those that a user asked for: by loader.conf, and the kernel.
void MarkRequested(Transaction& transaction) {
  const dynamic::Handoff& handoff = *transaction.handoff;
  for (uint64_t i = 0; i < handoff.image_count && i < dynamic::kHandoffMaxImages; ++i) {
    const HandoffImage& image = handoff.images[i];
    if ((image.flags & (dynamic::kHandoffRequested | dynamic::kHandoffKernel)) == 0) continue;
    // Where they run: a bias of the hand-off has 64 bits, a record's as many as an address.
    const auto start = static_cast<uintptr_t>(image.link_start + image.bias);
    for (File* file : transaction.files) {
      if (file->start() == start) file->requested = true;
    }
  }
}

int AdoptImages(const dynamic::Handoff& handoff, bool kernel) {
  auto* const transaction = New<Transaction>(kld_host_current_thread());
  if (transaction == nullptr) return ENOMEM;
  int error = transaction->name.Set(kernel ? "kernel" : "preloaded files") ? 0 : ENOMEM;
  transaction->handoff = &handoff;
  transaction->adopt_kernel = kernel;
  if (error == 0) error = Ask(*transaction, Step::kAdopt);
  if (error == kLeft) return EINTR;
  if (error == 0) error = RunAdopted(*transaction);
  transaction->report.Log(1);
  EndTransaction(transaction);
  return error;
}

}  // namespace

int Adopt(Transaction& transaction) {
  if (!BeginLinking(transaction)) return EINTR;
  transaction.job = Owned<LoadJob>(New<LoadJob>(transaction, uintptr_t{0}));
  if (!transaction.job) return ENOMEM;
  LoadJob& job = *transaction.job;
  if (!Adopter(transaction, job).Run()) return job.teller().error();
  if (const int error = MakeRecords(transaction); error != 0) return error;
  MarkRequested(transaction);
  if (transaction.adopt_kernel) {
    Linked& kernel = *transaction.files[0]->linked;
    Adopter::SetDebugEntry(kernel);
    // Its name in a debugger's list is empty: the program itself.
    transaction.files[0]->debug_map.l_name = "";
  }
  return job.session().pending_ifuncs().empty() ? SealAndCommit(transaction) : 0;
}

int AdoptBootImages(const dynamic::Handoff& handoff) {
  if (handoff.image_count == 0 || (handoff.images[0].flags & dynamic::kHandoffKernel) == 0) {
    kld_host_log(1, "the boot loader handed over no kernel");
    return ENOEXEC;
  }
  if (const int error = AdoptImages(handoff, true); error != 0) return error;
  if (handoff.image_count == 1) return 0;
  // A failure is in the log already, and the system does without.
  static_cast<void>(AdoptImages(handoff, false));
  return 0;
}

}  // namespace kld
