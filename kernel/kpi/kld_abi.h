/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The private system calls: the linker's, sysctl and power. They have the same numbers and the
 * same structures on every CPU and are called like any Linux system call of that CPU; a result in
 * [-4095, -1] is a negated errno. Usable from C and C++, kernel and user.
 *
 * Structures are versioned by their size: the caller stores sizeof in `version`; the kernel fills
 * at most that much and refuses with EINVAL a size it never had.
 *
 * All of them answer EPERM to non-root where they change something, and to anyone once
 * kern.securelevel > 0; the reason is in kldreport. Addresses are 0 for non-root.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SYS_kldload 0x4b00   /* (const char* file, const char* plist, unsigned flags) -> file id */
#define SYS_kldunload 0x4b01 /* (int id, unsigned flags) -> 0 */
#define SYS_kldfind 0x4b02   /* (const char* name) -> file id; name with or without ".kld" */
#define SYS_kldnext 0x4b03   /* (int id) -> next file id in load order, 0 at the end; 0 = first */
#define SYS_kldstat 0x4b04   /* (int id, struct kld_file_stat*) -> 0 */
#define SYS_kldfirstmod 0x4b05 /* (int id) -> id of the file's first module, 0 if it has none */
#define SYS_modnext 0x4b06     /* (int modid) -> next module of the system, 0 at the end */
#define SYS_modfnext 0x4b07    /* (int modid) -> next module of the same file, 0 at the end */
#define SYS_modfind 0x4b08     /* (const char* name) -> module id */
#define SYS_modstat 0x4b09     /* (int modid, struct kld_module_stat*) -> 0 */
#define SYS_kldsym 0x4b0a /* (int fileid, int cmd, struct kld_sym_lookup*) -> 0; 0 = all files */
#define SYS_kldreport \
  0x4b0b /* (char* text, size_t capacity) -> full length of the report of this \
            process's last kldload or kldunload; at most capacity - 1          \
            characters and a NUL are stored */
#define SYS_sysctlbyname \
  0x4b0c                       /* (const char* name, void* old, size_t* oldlen, const void* new, \
                                  size_t newlen) -> 0; all values are text */
#define SYS_kldcounters 0x4b0d /* (struct kld_counters*) -> 0 */
#define SYS_poweroff 0x4b0e    /* (int status): ends the machine with this exit status, 0..255 */
#define SYS_sysctlnext \
  0x4b0f /* (const char* name, char* next, size_t capacity) -> length, 0 at the \
            end; "" = first. Names in byte order */

/* kldload flags */
#define KLD_LINK_ONLY 1u /* plan, map, relocate without resolvers, seal, report, roll back */

/* kldunload flags */
#define KLD_UNLOAD_FORCE 1u /* ignore quiesce vetoes (not threads inside, not leftovers) */

#define KLD_NAME_MAX 64
#define KLD_PATH_MAX 256

enum kld_file_state {
  KLD_LOADING = 1,
  KLD_LIVE = 2,
  KLD_QUIESCING = 3,
  KLD_UNLOADING = 4,
  KLD_DEAD = 5, /* its unload handler ran and left something behind */
};

struct kld_file_stat {
  uint32_t version; /* sizeof(struct kld_file_stat) */
  int32_t id;
  int32_t refs;      /* user references + files that need it */
  int32_t user_refs; /* loads by a user */
  int32_t state;     /* enum kld_file_state */
  uint32_t flags;    /* 0 */
  uint64_t address;
  uint64_t size;          /* bytes of address space while everything is mapped */
  uint64_t resident_size; /* bytes mapped now (init-only parts are given back) */
  uint64_t dynamic;       /* address of its .dynamic */
  uint8_t build_id[20];
  uint32_t build_id_size;
  char name[KLD_NAME_MAX]; /* DT_SONAME */
  char pathname[KLD_PATH_MAX];
};

struct kld_module_stat {
  uint32_t version;
  int32_t id;
  int32_t file_id;
  int32_t refs; /* entries counted now */
  char name[KLD_NAME_MAX];
  char module_version[KLD_NAME_MAX];
};

#define KLDSYM_LOOKUP 1  /* by name: in symname; out value, size, file_id */
#define KLDSYM_ADDRESS 2 /* by address: in value; out symname, value = symbol's start, offset */

struct kld_sym_lookup {
  uint32_t version;
  int32_t file_id;
  uint64_t value;
  uint64_t size;
  uint64_t offset;
  char symname[KLD_PATH_MAX];
};

/* What the linker holds. After a load and its unload, or a failed load, every field but the event
   counts is what it was before. */
struct kld_counters {
  uint32_t version;
  uint32_t files;
  uint32_t modules;
  uint32_t references;  /* user references + graph edges */
  uint64_t symbols;     /* in the published tables */
  uint64_t generations; /* symbol generations alive */
  uint64_t heap_blocks; /* of the linker's own allocations */
  uint64_t heap_bytes;
  uint64_t reserved_bytes;     /* address space */
  uint64_t mapped_bytes;       /* frames x page size */
  uint64_t registrations;      /* owned by module files */
  uint64_t kernel_heap_blocks; /* the whole kernel's, for leak tests */
  uint64_t kernel_heap_bytes;
  uint64_t free_frames;
  uint64_t loads; /* events since boot */
  uint64_t unloads;
  uint64_t failures;
};
