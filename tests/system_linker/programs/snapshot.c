/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Preloaded into a program, this writes what the run-time linker has made of all images, and ends the
 * program before any code of theirs has run: with DF_1_INITFIRST (-z initfirst) its constructor is
 * the first of all initialisers.
 *
 * The file, named by SNAPSHOT, is lines of text, and memory as it is behind a line that says how
 * much:
 *
 *   object BIAS TLS_MODULE TLS_BLOCK PATH      the main program's path is empty
 *   memory VADDR BYTES                         a writable segment of that object
 *   tls ADDRESS                                of snapshot_tls in this thread
 *   end
 *
 * The C library has not been initialised yet: only its system calls are used.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* Its one relocation tells where the thread pointer is by the CPU's own conventions. */
__thread int snapshot_tls __attribute__((tls_model("initial-exec")));

/* A number, and no variable: this image, too, is to be as relocation left it. */
enum { kFile = 100 };

static void write_all(const void* bytes, size_t size) {
  const char* at = bytes;
  while (size != 0) {
    const ssize_t written = write(kFile, at, size);
    if (written <= 0) _exit(90);
    at += written;
    size -= (size_t)written;
  }
}

static void text(const char* string) { write_all(string, strlen(string)); }

static void number(uintptr_t value) {
  char digits[2 * sizeof(value) + 1];
  char* at = digits + sizeof(digits);
  do {
    *--at = "0123456789abcdef"[value & 15];
    value >>= 4;
  } while (value != 0);
  text(" ");
  write_all(at, (size_t)(digits + sizeof(digits) - at));
}

static int object(struct dl_phdr_info* info, size_t size, void* context) {
  (void)size;
  (void)context;
  text("object");
  number(info->dlpi_addr);
  number(info->dlpi_tls_modid);
  number((uintptr_t)info->dlpi_tls_data);
  text(" ");
  text(info->dlpi_name);
  text("\n");
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)* header = &info->dlpi_phdr[i];
    if (header->p_type != PT_LOAD || (header->p_flags & PF_W) == 0) continue;
    text("memory");
    number(header->p_vaddr);
    number(header->p_memsz);
    text("\n");
    write_all((const void*)(info->dlpi_addr + header->p_vaddr), header->p_memsz);
    text("\n");
  }
  return 0;
}

__attribute__((constructor)) static void take(int argc, char** argv, char** environment) {
  static const char kName[] = "SNAPSHOT=";
  (void)argc;
  (void)argv;
  int file = -1;
  for (; *environment != NULL; ++environment) {
    if (strncmp(*environment, kName, sizeof(kName) - 1) != 0) continue;
    file = open(*environment + sizeof(kName) - 1, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  if (file < 0 || dup2(file, kFile) != kFile) _exit(91);
  dl_iterate_phdr(object, NULL);
  text("tls");
  number((uintptr_t)&snapshot_tls);
  text("\nend\n");
  _exit(0);
}
