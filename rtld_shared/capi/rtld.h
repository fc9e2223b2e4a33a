/* SPDX-License-Identifier: BSD-2-Clause
 *
 * rtld_shared without templates: shared objects from memory, linked for the CPU that the library is
 * compiled for, by callbacks. For kernels, boot loaders and monitors in any language; what is
 * loaded stays until all of it goes. Single files that come and go are kernel/dynlink's matter.
 *
 *   struct rtld_linker* linker = rtld_create(&client);
 *   rtld_adopt(linker, &myself)     what images may refer to: the program itself
 *   && rtld_link(linker, &file)     that file and all it needs, or nothing; its constructors run
 *   f = rtld_symbol(linker, "name");
 *   rtld_destroy(linker);           destructors, then the memory
 *
 * Images are refused and symbols bound by the rules of modules (rtld_shared/seams/policy.h,
 * kKernelPolicy; rtld_shared/link/resolve.h, ModuleScope): a reference binds in what its image names
 * in DT_NEEDED, one that has a version in the file that the version is of. A file has a DT_SONAME,
 * and that is the name that DT_NEEDED asked for. One thread at a time uses a linker; constructors
 * and destructors may link more. Functions that return int give 1, or 0 when an error was reported;
 * warnings are reported too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a page permits. Writable and executable at once cannot be said. */
#define RTLD_READ 1
#define RTLD_READ_WRITE 2
#define RTLD_READ_EXECUTE 3

/* A shared object as a file in memory, aligned to 8: one that is not is refused, as is one without
   path or bytes. The bytes may go once rtld_link or rtld_adopt has returned, the path is used until
   rtld_destroy. */
struct rtld_file {
  const char* path; /* how messages name it */
  const void* bytes;
  size_t size;
};

/* What you supply; each function gets `context`, and none may be null. Nothing else is called. */
struct rtld_client {
  void* context;
  /* Storage of `bytes` (> 0), aligned to 16; null when there is none. */
  void* (*allocate)(void* context, size_t bytes);
  void (*free)(void* context, void* block);
  /* Memory for one image: zeroed, readable and writable, whole pages, its start a multiple of
     `align` (a power of two, at least a page). A page is what the CPU's images are laid out for at
     least: 4 KiB, or 8 on CPUs that have no smaller ones. Null: there is none; both numbers come
     from the file and may be absurd. */
  void* (*reserve)(void* context, size_t bytes, size_t align);
  /* All of what `reserve` gave, with the permissions that `protect` has left there: a heap makes
     the pages writable first. */
  void (*release)(void* context, void* start, size_t bytes);
  /* What pages of an image permit from now on; 0: it cannot be done. Without an MMU there is nothing
     to do. */
  int (*protect)(void* context, void* start, size_t bytes, int permission);
  /* Makes instructions stored there visible to instruction fetch. Comes after `protect`: nobody may
     write there any more. */
  void (*sync_code)(void* context, void* start, size_t bytes);
  /* The file of that name in DT_NEEDED, which no linked image has; null: nobody has it. */
  const struct rtld_file* (*find)(void* context, const char* soname);
  /* A piece of what is wrong; each line ends with a newline, and begins with "warning: " if nothing
     fails for it. */
  void (*report)(void* context, const char* text, size_t bytes);
  /* What IFUNC resolvers are told of the CPU, in the bits of Linux' AT_HWCAP and AT_HWCAP2; they
     get it as the CPU's C library gives it. 0: no more than every CPU of the kind has. What they
     choose uses what is said here: leave out registers that you do not keep. */
  uintptr_t hwcap, hwcap2;
};

/* An image that runs already, relocated by whoever: its program headers, and how far it stands from
   where it was linked. Its symbols are those of its DT_GNU_HASH or DT_HASH. It is called by its
   DT_SONAME, or if it has none by the last part of its path. Only references with a version bind to
   an image that is called "kernel".

   The headers may be a table of your own, aligned as such a table is: PT_LOADs with p_flags,
   p_vaddr and p_memsz, and PT_DYNAMIC with p_vaddr and p_memsz, addresses as they were linked.
   p_offset and p_filesz of these are not read; other headers may be missing. PT_LOADs ascend and
   have no page in common; there are 16 at most. The dynamic section must hold addresses as they
   were linked: glibc rewrites that of its processes, which cannot be adopted therefore.

   Nothing of the image is mapped, relocated, protected or run here. So it may have segments that
   are writable and executable, text relocations, and thread-local variables, to which nobody else
   can refer. */
struct rtld_program {
  const char* path;            /* used until rtld_destroy, as the headers are */
  const void* program_headers; /* Elf32_Phdr or Elf64_Phdr, the CPU's */
  size_t program_header_count;
  uintptr_t bias;
};

struct rtld_linker;

/* Null: no memory. `client` is copied. */
struct rtld_linker* rtld_create(const struct rtld_client* client);
/* With what its DT_NEEDED names and no linked image is, which is linked as by rtld_link. */
int rtld_adopt(struct rtld_linker* linker, const struct rtld_program* program);
/* All or nothing. IFUNC resolvers and constructors run on the calling thread, needed images' first.
   A file whose DT_SONAME a linked image has is an error, also if that came because another one
   needs it. */
int rtld_link(struct rtld_linker* linker, const struct rtld_file* file);
/* Address of the default version of a symbol, from the first image that exports it, in the order of
   linking; null: none does, or it is a thread-local variable. */
void* rtld_symbol(struct rtld_linker* linker, const char* name);
/* Destructors run in reverse, those of what a destructor links right after it; then everything that
   was linked is given back. Takes null. */
void rtld_destroy(struct rtld_linker* linker);

/* The first thing that a program does which nobody has relocated (RELATIVE relocations only, as a
   PIE without interpreter has). Call it once, with a call relative to the program counter and
   before any address is read from memory. `dynamic` is where _DYNAMIC stands. */
void rtld_relocate_self(uintptr_t bias, const void* dynamic);

#ifdef __cplusplus
}
#endif
