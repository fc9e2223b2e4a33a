// SPDX-License-Identifier: BSD-2-Clause
//
// Finds libraries (rtld_shared/seams/finder.h) by the rules of search.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "arch/current/elf_traits.h"
#include "libexec/ld.elf_so/arena.h"
#include "libexec/ld.elf_so/file.h"
#include "libexec/ld.elf_so/search.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/seams/array.h"
#include "rtld_shared/seams/finder.h"

namespace ldso {

using Module = rtld::Module<arch::Current>;

class LibraryFinder {
 public:
  LibraryFinder(PageArena& arena, std::string_view library_path, bool secure, bool tell)
      : arena_(arena), library_path_(library_path), secure_(secure), tell_(tell) {}

  // Nothing is linked before the program.
  Module* Loaded(std::string_view) { return nullptr; }

  [[nodiscard]] rtld::Found<ImageFile> Search(std::string_view soname, const Module& requester) {
    return Find(soname, &requester);
  }

  // For what the user names: nobody needs it. `soname` may be a path.
  [[nodiscard]] rtld::Found<ImageFile> Find(std::string_view soname, const Module* requester);

  // Gives back the bytes of all files; their paths stay.
  void CloseFiles();

 private:
  // A file found, and who asked for it.
  struct Library {
    ImageFile file;
    const Module* requester = nullptr;  // nullptr: the user
    Library* brought_in_by = nullptr;
    Needer needer;
  };

  [[nodiscard]] rtld::Found<ImageFile> FindPath(std::string_view path, const Module* requester);
  // Tries DIRECTORY/NAME; nullptr if there is no such file.
  [[nodiscard]] ImageFile* Try(const Directory& directory, std::string_view name,
                               const Module* requester);
  [[nodiscard]] ImageFile* OpenLibrary(const char* path, size_t length, const Module* requester);
  [[nodiscard]] Library* LibraryOf(const Module& module);
  // The chain of `module` and those that brought it in, as they say now.
  [[nodiscard]] const Needer* NeederOf(const Module& module, Needer& own);
  void Say(std::string_view what, std::string_view path) const;

  PageArena& arena_;
  std::string_view library_path_;
  bool secure_;
  bool tell_;  // LD_DEBUG=libs
  rtld::List<Library*> libraries_;
  rtld::List<std::string_view> looked_in_;
};

}  // namespace ldso
