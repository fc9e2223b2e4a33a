// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/finder.h"

#include <cstring>
#include <new>

#include "libexec/ld.elf_so/foreign.h"
#include "libexec/ld.elf_so/printer.h"

namespace ldso {

rtld::Found<ImageFile> LibraryFinder::Find(std::string_view soname, const Module* requester) {
  looked_in_.Clear(arena_);
  // Not even looked for: were it found, it could not be used.
  if (IsForeignLibc(soname)) return {};
  if (tell_) Say("looking for", soname);
  if (Contains(soname, '/')) return FindPath(soname, requester);

  Needer own;
  const Needer* needer = requester ? NeederOf(*requester, own) : nullptr;
  ImageFile* found = nullptr;
  ForEachDirectory(needer, library_path_, secure_, [&](const Directory& directory) {
    found = Try(directory, soname, requester);
    return found != nullptr;
  });
  return {.file = found, .looked_in = looked_in_.span()};
}

rtld::Found<ImageFile> LibraryFinder::FindPath(std::string_view path, const Module* requester) {
  char expanded[kMaxPath];
  const std::string_view origin =
      requester && !secure_ ? DirectoryOf(requester->path) : std::string_view();
  const size_t length = Expand(path, origin, std::span<char>(expanded, kMaxPath - 1));
  if (length == 0) return {};
  expanded[length] = '\0';
  return {.file = OpenLibrary(expanded, length, requester)};
}

ImageFile* LibraryFinder::Try(const Directory& directory, std::string_view name,
                              const Module* requester) {
  char path[kMaxPath];
  size_t length = Expand(directory.text, directory.origin, std::span<char>(path, kMaxPath - 2));
  if (length == 0) return nullptr;
  const std::string_view expanded = arena_.Copy({path, length});
  // Without memory the list is shorter; the search goes on.
  if (expanded.data() && !looked_in_.Add(arena_, expanded)) return nullptr;
  if (name.size() > kMaxPath - 2 - length) return nullptr;
  path[length++] = '/';
  std::memcpy(path + length, name.data(), name.size());
  length += name.size();
  path[length] = '\0';
  if (tell_) Say(directory.source, std::string_view(path, length));
  return OpenLibrary(path, length, requester);
}

ImageFile* LibraryFinder::OpenLibrary(const char* path, size_t length, const Module* requester) {
  const intptr_t descriptor = OpenForReading(path);
  if (descriptor < 0) return nullptr;
  FileStatus status;
  if (StatusOf(descriptor, status)) {
    // The same file under another name is the same library.
    for (Library* library : libraries_) {
      if (library->file.identity() != status.identity) continue;
      Close(descriptor);
      return &library->file;
    }
  }
  const std::string_view kept = arena_.Copy({path, length});
  void* memory = arena_.Allocate(sizeof(Library), alignof(Library));
  if (!kept.data() || !memory) {
    Close(descriptor);
    return nullptr;
  }
  Library* library = new (memory) Library();
  if (!library->file.Open(descriptor, kept)) return nullptr;
  library->requester = requester;
  library->brought_in_by = requester ? LibraryOf(*requester) : nullptr;
  if (!libraries_.Add(arena_, library)) {
    library->file.Close();
    return nullptr;
  }
  if (tell_) Say("found", kept);
  return &library->file;
}

LibraryFinder::Library* LibraryFinder::LibraryOf(const Module& module) {
  for (Library* library : libraries_) {
    if (library->file.Path().data() == module.path.data()) return library;
  }
  return nullptr;
}

const Needer* LibraryFinder::NeederOf(const Module& module, Needer& own) {
  own = {.path = module.path,
         .rpath = module.dynamic.rpath,
         .runpath = module.dynamic.runpath,
         .no_default_path = (module.dynamic.flags_1 & elf::kDf1NoDefLib) != 0};
  Needer* link = &own;
  Library* library = LibraryOf(module);
  while (library && library->requester) {
    const Module& above = *library->requester;
    Needer& needer = library->needer;
    needer = {.path = above.path, .rpath = above.dynamic.rpath, .runpath = above.dynamic.runpath};
    link->brought_in_by = &needer;
    link = &needer;
    library = library->brought_in_by;
  }
  return &own;
}

void LibraryFinder::CloseFiles() {
  for (Library* library : libraries_) library->file.Close();
}

void LibraryFinder::Say(std::string_view what, std::string_view path) const {
  Printer(kStandardError) << "ld.elf_so: libs: " << what << ": " << path << "\n";
}

}  // namespace ldso
