// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/exec/program.h"

#include <cstring>

#include "arch/contract/kernel/linux_abi.h"
#include "kernel/base/new.h"
#include "kernel/base/random.h"
#include "kernel/base/string.h"
#include "kernel/exec/image.h"
#include "kernel/exec/image_cache.h"
#include "kernel/exec/script.h"
#include "kernel/exec/signal_return.h"
#include "kernel/exec/stack.h"
#include "kernel/kpi/errno.h"
#include "kernel/mm/heap.h"
#include "kernel/vfs/vfs.h"

namespace exec {

using base::Errno;
using base::Error;
using base::Result;

namespace {

constexpr uint64_t kClockTicks = 100;  // AT_CLKTCK: what times(2) counts in
constexpr uint32_t kSetUid = 04000;
constexpr uint32_t kSetGid = 02000;
constexpr uint64_t kPlacementPages = uint64_t{1} << 24;
constexpr uint64_t kPlacementShare = 8;  // of a small user space, this part

// What must be run: the file itself, or the interpreter of a script.
struct Target {
  vfs::FileRef file;
  char path[vfs::kPathMax];  // as opened
  size_t path_bytes = 0;
};

Error OpenProgram(const vfs::Context& context, std::string_view path, Target& target) {
  Result<vfs::NodeRef> node = vfs::Walk(context, path);
  if (!node.ok()) return node.error();
  if (node.value()->Stat().kind != vfs::Kind::kRegular) return Errno(EACCES);
  const Error allowed = vfs::CheckAccess(context, *node.value(), vfs::kExecute);
  if (!base::Ok(allowed)) return allowed;
  Result<vfs::FileRef> file = node.value()->Open(vfs::kOpenRead);
  if (!file.ok()) return file.error();
  target.file = std::move(file.value());
  if (path.data() != target.path) std::memcpy(target.path, path.data(), path.size());
  target.path[path.size()] = '\0';
  target.path_bytes = path.size();
  return Error::kOk;
}

// argv[0] gives way to: interpreter, its argument, the script's path.
Error PutScriptFirst(Arguments& arguments, const ScriptLine& line, std::string_view script) {
  Arguments made;
  Error error = made.Add(line.interpreter, false);
  if (base::Ok(error) && !line.argument.empty()) error = made.Add(line.argument, false);
  if (base::Ok(error)) error = made.Add(script, false);
  if (!base::Ok(error)) return error;
  const char* rest = arguments.strings.data();
  size_t bytes = arguments.strings.size();
  size_t dropped = 0;
  if (arguments.argument_count) {
    while (rest[dropped++]) {
    }
  }
  const size_t added = made.strings.size();
  const size_t total = added + bytes - dropped;
  if (total > kArgumentsMax) return Errno(E2BIG);
  const size_t old_size = arguments.strings.size();
  if (total > old_size && !arguments.strings.Resize(total, '\0')) return Errno(ENOMEM);
  char* strings = arguments.strings.data();
  std::memmove(strings + added, strings + dropped, bytes - dropped);
  std::memcpy(strings, made.strings.data(), added);
  if (total < old_size) (void)arguments.strings.Resize(total, '\0');
  arguments.argument_count += made.argument_count;
  if (dropped) --arguments.argument_count;
  return Error::kOk;
}

// Follows "#!" lines until the target is no script.
Error ResolveScripts(const vfs::Context& context, Target& target, Arguments& arguments) {
  for (unsigned depth = 0;; ++depth) {
    char head[kScriptLineBytes] = {};
    const Result<size_t> got = target.file->ReadAt(0, head, sizeof head);
    if (!got.ok()) return got.error();
    // The end of the file ends its last line.
    const std::string_view text(head, got.value() + (got.value() < sizeof head ? 1 : 0));
    if (!text.starts_with("#!")) return Error::kOk;
    const ScriptLine line = ParseScriptLine(text);
    if (line.interpreter.empty()) return Errno(ENOEXEC);
    if (depth == kScriptDepth) return Errno(ELOOP);
    Error error = PutScriptFirst(arguments, line, {target.path, target.path_bytes});
    if (base::Ok(error)) error = OpenProgram(context, line.interpreter, target);
    if (!base::Ok(error)) return error;
  }
}

// Position-independent programs lie around two thirds of the user's addresses, where Linux puts
// them too, so that the break has room behind them.
mm::VirtAddr PlacementHint(const mm::AddressSpace& space) {
  const uint64_t shared = space.StackTop() / mm::kPageSize / kPlacementShare;
  const uint64_t places = shared < kPlacementPages ? shared : kPlacementPages;
  const auto offset = static_cast<mm::VirtAddr>(base::PlacementRandom() % places * mm::kPageSize);
  return mm::PageDown(space.StackTop() / 3 * 2) + offset;
}

struct Images {
  Image program;
  Image linker;
  bool has_linker = false;
};

// The program's own image, from its file. The interpreter's path goes to `interpreter`.
Result<Image> LoadProgram(mm::AddressSpace& space, Target& target, char* interpreter) {
  vfs::Node& node = *target.file->node();
  const uint64_t version = node.Stat().version;
  const Result<Image> image =
      LoadImage(space, *target.file, target.path, PlacementHint(space), interpreter);
  if (!image.ok()) return image;
  space.InitBreak(image.value().end);
  if (!image.value().movable && !interpreter[0]) {
    AddToCache(node, version, image.value(), space);
  }
  return image;
}

// A fresh space with the program and its run-time linker; the space is in `out` even on failure.
Result<Images> LoadImages(const vfs::Context& context, Target& target, Program& out) {
  Images images;
  Result<CachedProgram> cached = FromCache(*target.file->node());
  if (!cached.ok()) return cached.error();
  if (cached.value().space) {
    out.space = cached.value().space;
    images.program = cached.value().image;
    return images;
  }
  const Result<mm::AddressSpace*> space = mm::AddressSpace::Create();
  if (!space.ok()) return space.error();
  out.space = space.value();
  char interpreter[kInterpreterMax];
  const Result<Image> program = LoadProgram(*out.space, target, interpreter);
  if (!program.ok()) return program.error();
  images.program = program.value();
  if (!interpreter[0]) return images;
  Target linker;
  const Error error = OpenProgram(context, {interpreter, base::StringLength(interpreter)}, linker);
  if (!base::Ok(error)) return error;
  const Result<Image> image = LoadImage(*out.space, *linker.file, linker.path, 0, nullptr);
  if (!image.ok()) {
    return image.error() == Errno(ENOEXEC) ? Errno(ELIBBAD) : image.error();
  }
  images.linker = image.value();
  images.has_linker = true;
  return images;
}

void SetIds(const vfs::Context& context, const vfs::Attributes& file, Program& out) {
  out.euid = file.mode & kSetUid ? file.uid : context.who.euid;
  out.egid = file.mode & kSetGid ? file.gid : context.who.egid;
}

Error MakeStack(const vfs::Context& context, const Images& images, const Target& target,
                const Arguments& arguments, Program& out) {
  const vfs::Credentials& who = context.who;
  const bool secure = out.euid != who.uid || out.egid != who.gid;
  const AuxEntry aux[] = {
      {kAtPhdr, images.program.program_headers},
      {kAtPhent, images.program.program_header_bytes},
      {kAtPhnum, images.program.program_header_count},
      {kAtPagesz, mm::kPageSize},
      {kAtBase, images.has_linker ? images.linker.bias : 0},
      {kAtFlags, 0},
      {kAtEntry, images.program.entry},
      {kAtUid, who.uid},
      {kAtEuid, out.euid},
      {kAtGid, who.gid},
      {kAtEgid, out.egid},
      {kAtSecure, secure ? 1u : 0u},
      {kAtHwcap, arch::HardwareCapabilities()},
      {kAtClktck, kClockTicks},
  };
  StackInput input;
  input.strings = {arguments.strings.data(), arguments.strings.size()};
  input.argument_count = arguments.argument_count;
  input.environment_count = arguments.environment_count;
  input.path = {target.path, target.path_bytes};
  const char* platform = arch::kLinuxAbi.platform;
  input.platform = {platform, base::StringLength(platform)};
  base::GiveRandom(input.random, kRandomBytes);
  input.aux = aux;

  const size_t bytes = StackBytes(input);
  const mm::VirtAddr top = out.space->StackTop() & ~mm::VirtAddr{15};
  const mm::VirtAddr map_end = mm::PageUp(top);
  const size_t mapped = kStackBytes + mm::PageUp(bytes);
  const Result<mm::VirtAddr> stack =
      out.space->Map(map_end - mapped, mapped, mm::Protection::kReadWrite, true);
  if (!stack.ok()) return stack.error();
  auto* copy = static_cast<std::byte*>(mm::Allocate(bytes));
  if (!copy) return Errno(ENOMEM);
  BuildStack(input, top, copy);
  const Error error = out.space->Write(top - bytes, copy, bytes);
  mm::Free(copy);
  out.stack = top - bytes;
  size_t end = 0;
  for (size_t i = 0; i < arguments.argument_count; ++i) {
    while (arguments.strings[end++]) {
    }
  }
  out.arguments_bytes = end;
  return error;
}

void SetNames(const vfs::Context& context, const Target& target, Program& out) {
  size_t start = 0;
  for (size_t i = 0; i < target.path_bytes; ++i) {
    if (target.path[i] == '/') start = i + 1;
  }
  base::CopyString(out.name, target.path + start, sizeof out.name);
  const Result<size_t> absolute =
      vfs::ResolvedPath(context, {target.path, target.path_bytes}, out.path, sizeof out.path);
  if (!absolute.ok()) out.path[0] = '\0';
}

// On failure no space is left in `out`.
Error LoadTarget(const vfs::Context& context, Target& target, const Arguments& arguments,
                 Program* out) {
  const Result<Images> images = LoadImages(context, target, *out);
  Error error = images.error();
  if (images.ok()) {
    SetIds(context, target.file->Stat(), *out);
    SetNames(context, target, *out);
    error = MakeStack(context, images.value(), target, arguments, *out);
    if (base::Ok(error)) error = MapSignalReturn(*out->space, &out->signal_return);
    out->entry =
        images.value().has_linker ? images.value().linker.entry : images.value().program.entry;
  }
  if (!base::Ok(error) && out->space) {
    out->space->Destroy();
    out->space = nullptr;
  }
  return error;
}

}  // namespace

Error Load(const vfs::Context& context, std::string_view path, Arguments& arguments, Program* out) {
  auto* target = base::New<Target>();
  if (!target) return Errno(ENOMEM);
  Error error = OpenProgram(context, path, *target);
  if (base::Ok(error)) error = ResolveScripts(context, *target, arguments);
  if (base::Ok(error)) error = LoadTarget(context, *target, arguments, out);
  // What is kept for later gives way to what is wanted now.
  if (error == Errno(ENOMEM) && DropCache()) error = LoadTarget(context, *target, arguments, out);
  base::Delete(target);
  return error;
}

}  // namespace exec
