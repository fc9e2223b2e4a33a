// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/exec/image.h"

#include <cstring>

#include "arch/contract/kernel/mmu.h"
#include "arch/current/elf_traits.h"
#include "kernel/base/log.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/heap.h"
#include "kernel/vfs/vfs.h"
#include "rtld_shared/decode/ehdr.h"
#include "rtld_shared/decode/load_plan.h"

namespace exec {

using base::Errno;
using base::Error;
using base::Result;

namespace {

using Traits = arch::Current;
using Phdr = Traits::Layout::Phdr;

constexpr size_t kHeadBytes = 4096;
constexpr size_t kMostProgramHeaderBytes = 65536;
constexpr size_t kCopyBytes = 16384;

struct HeapArena {
  void* Allocate(size_t size, size_t align) { return mm::Allocate(size, align); }
  void Free(void* pointer, size_t) { mm::Free(pointer); }
};

// The headers of an open file: its first page, and one further block for a table elsewhere.
class HeaderFile {
 public:
  HeaderFile(vfs::File& file, const char* path)
      : file_(file), path_(path), size_(file.Stat().size) {}
  ~HeaderFile() {
    mm::Free(head_);
    mm::Free(extra_);
  }
  HeaderFile(const HeaderFile&) = delete;
  HeaderFile& operator=(const HeaderFile&) = delete;

  std::string_view Path() const { return path_; }
  uint64_t Size() const { return size_; }
  const std::byte* Bytes(uint64_t offset, uint64_t size) {
    if (offset > size_ || size > size_ - offset) return nullptr;
    const uint64_t head = size_ < kHeadBytes ? size_ : kHeadBytes;
    if (!head_) head_ = Fetch(0, head);
    if (offset + size <= head) return head_ ? head_ + offset : nullptr;
    if (size > kMostProgramHeaderBytes || extra_) return nullptr;
    extra_ = Fetch(offset, size);
    return extra_;
  }

 private:
  std::byte* Fetch(uint64_t offset, size_t size) {
    auto* bytes = static_cast<std::byte*>(mm::Allocate(size ? size : 1));
    if (bytes && base::Ok(vfs::ReadExactly(file_, offset, bytes, size))) return bytes;
    mm::Free(bytes);
    return nullptr;
  }

  vfs::File& file_;
  const char* path_;
  uint64_t size_;
  std::byte* head_ = nullptr;
  std::byte* extra_ = nullptr;
};

// Keeps the first error as an error number. What is not ELF at all is the shell's business (a
// script without "#!"); the rest is worth a line.
class ExecDiagnostics {
 public:
  explicit ExecDiagnostics(const char* path) : path_(path) {}
  bool Error(const rtld::Report& report) {
    if (!base::Ok(error_)) return false;
    switch (report.error) {
      case rtld::Error::kNoMemory:
        error_ = Errno(ENOMEM);
        break;
      case rtld::Error::kWritableCode:
        error_ = Errno(EACCES);
        base::Log(base::Level::kNotice, "exec: %s: program header %llu is writable and executable",
                  path_, static_cast<unsigned long long>(report.value));
        break;
      case rtld::Error::kNotElf:
        error_ = Errno(ENOEXEC);
        break;
      default:
        error_ = Errno(ENOEXEC);
        base::Log(base::Level::kNotice, "exec: %s: bad ELF program: error %u, %s, value %#llx",
                  path_, static_cast<unsigned>(report.error),
                  report.detail.empty() ? "no detail" : report.detail.data(),
                  static_cast<unsigned long long>(report.value));
    }
    return false;
  }
  void Warning(const rtld::Report&) {}
  base::Error error() const { return error_; }

 private:
  const char* path_;
  base::Error error_ = base::Error::kOk;
};

mm::Protection FinalProtection(const rtld::Segment& segment) {
  if (segment.executable()) return mm::Protection::kReadExecute;
  if (segment.writable()) return mm::Protection::kReadWrite;
  return mm::Protection::kRead;
}

// The file's bytes of a segment, into memory that is not executable yet.
Error CopySegment(mm::AddressSpace& space, vfs::File& file, const rtld::Segment& segment,
                  mm::VirtAddr to) {
  void* buffer = mm::Allocate(kCopyBytes);
  if (!buffer) return Errno(ENOMEM);
  Error error = Error::kOk;
  for (uint64_t done = 0; done < segment.filesz && base::Ok(error);) {
    const uint64_t left = segment.filesz - done;
    const size_t part = left < kCopyBytes ? left : kCopyBytes;
    error = vfs::ReadExactly(file, segment.offset + done, buffer, part);
    if (base::Ok(error)) error = space.Write(to + done, buffer, part);
    done += part;
  }
  mm::Free(buffer);
  return error;
}

Error MapSegment(mm::AddressSpace& space, vfs::File& file, const rtld::Segment& segment,
                 mm::VirtAddr bias) {
  const mm::VirtAddr start = mm::PageDown(segment.vaddr + bias);
  const mm::VirtAddr end = mm::PageUp(segment.end() + bias);
  const mm::Protection final = FinalProtection(segment);
  const mm::Protection first =
      final == mm::Protection::kReadExecute ? mm::Protection::kRead : final;
  const Result<mm::VirtAddr> mapped = space.Map(start, end - start, first, true);
  if (!mapped.ok()) return mapped.error();
  const Error error = CopySegment(space, file, segment, segment.vaddr + bias);
  if (!base::Ok(error) || first == final) return error;
  return space.Protect(start, end - start, final);
}

// Addresses for a position-independent image: reserved without access, one piece.
Result<mm::VirtAddr> ChooseBias(mm::AddressSpace& space, const rtld::LoadPlan& plan,
                                mm::VirtAddr hint) {
  const size_t span = plan.high - plan.low;
  const size_t slack = plan.align > mm::kPageSize ? plan.align : 0;
  if (span + slack < span) return Errno(ENOMEM);
  const Result<mm::VirtAddr> found =
      space.Map(mm::PageDown(hint), span + slack, mm::Protection::kNone, false);
  if (!found.ok()) return found.error();
  const mm::VirtAddr align = plan.align;
  const mm::VirtAddr bias = (found.value() - plan.low + align - 1) & ~(align - 1);
  const mm::VirtAddr start = bias + plan.low;
  const mm::VirtAddr end = found.value() + span + slack;
  if (start > found.value()) {
    const Error error = space.Unmap(found.value(), start - found.value());
    if (!base::Ok(error)) return error;
  }
  if (end > start + span) {
    const Error error = space.Unmap(start + span, end - (start + span));
    if (!base::Ok(error)) return error;
  }
  return bias;
}

// The table in memory: where the segment that holds its file range puts it.
mm::VirtAddr FindProgramHeaders(const rtld::LoadPlan& plan, uint64_t offset, uint64_t bytes,
                                mm::VirtAddr bias) {
  for (const rtld::Segment& segment : plan.segments) {
    if (offset < segment.offset || offset - segment.offset > segment.filesz) continue;
    if (bytes > segment.filesz - (offset - segment.offset)) continue;
    return segment.vaddr + (offset - segment.offset) + bias;
  }
  return 0;
}

Error ReadInterpreter(HeaderFile& file, std::span<const Phdr> headers, char* to) {
  for (const Phdr& header : headers) {
    if (header.type != elf::kPtInterp) continue;
    const uint64_t bytes = header.filesz;
    if (!to || bytes < 2 || bytes > kInterpreterMax) return Errno(ENOEXEC);
    const std::byte* path = file.Bytes(header.offset, bytes);
    if (!path || path[bytes - 1] != std::byte{0}) return Errno(ENOEXEC);
    std::memcpy(to, path, bytes);
    return Error::kOk;
  }
  if (to) to[0] = '\0';
  return Error::kOk;
}

Result<Image> MapPlan(mm::AddressSpace& space, vfs::File& file,
                      const rtld::Headers<Traits>& headers, const rtld::LoadPlan& plan,
                      uint64_t table_offset, mm::VirtAddr hint) {
  Image image;
  if (headers.type == elf::kEtDyn) {
    const Result<mm::VirtAddr> bias = ChooseBias(space, plan, hint);
    if (!bias.ok()) return bias.error();
    image.bias = bias.value();
    image.movable = true;
  }
  for (const rtld::Segment& segment : plan.segments) {
    const Error error = MapSegment(space, file, segment, image.bias);
    if (!base::Ok(error)) return error;
  }
  image.entry = headers.entry + image.bias;
  image.end = plan.high + image.bias;
  image.program_header_count = headers.phdrs.size();
  image.program_header_bytes = sizeof(Phdr);
  image.program_headers =
      FindProgramHeaders(plan, table_offset, headers.phdrs.size_bytes(), image.bias);
  return image;
}

}  // namespace

Result<Image> LoadImage(mm::AddressSpace& space, vfs::File& file, const char* path,
                        mm::VirtAddr hint, char* interpreter) {
  // 1. Headers, all checked before anything is mapped.
  HeaderFile head(file, path);
  ExecDiagnostics diagnostics(path);
  rtld::Headers<Traits> headers;
  if (!rtld::ReadHeaders<Traits>(diagnostics, head, rtld::kProgramPolicy, headers)) {
    return diagnostics.error();
  }
  const auto& header =
      *reinterpret_cast<const Traits::Layout::Ehdr*>(head.Bytes(0, sizeof(Traits::Layout::Ehdr)));
  const uint64_t table_offset = header.phoff;
  HeapArena arena;
  rtld::LoadPlan plan;
  if (!rtld::PlanLoad<Traits>(diagnostics, arena, headers.phdrs, head.Size(), mm::kPageSize,
                              rtld::kProgramPolicy, plan)) {
    return diagnostics.error();
  }
  // 2. The interpreter's name, then the segments.
  const Error error = ReadInterpreter(head, headers.phdrs, interpreter);
  Result<Image> image =
      base::Ok(error) ? MapPlan(space, file, headers, plan, table_offset, hint) : error;
  rtld::FreePlan(arena, plan);
  // 3. A jump to what no user can reach would fault on some CPUs before it has left the kernel.
  if (image.ok() && image.value().entry >= arch::UserEnd()) {
    diagnostics.Error(
        {.error = rtld::Error::kBadHeader, .detail = "e_entry", .value = headers.entry});
    return diagnostics.error();
  }
  return image;
}

}  // namespace exec
