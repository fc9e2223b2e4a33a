/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker as modules see it: per-file sets, parameter values, loading and finding other files.
 * C ABI; exported by the kernel under KERNEL_1.0 unless a comment says otherwise.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernel/kpi/kprintf.h"
#include "kernel/kpi/memory.h"
#include "kernel/kpi/owner.h"
#include "kernel/kpi/time.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Per-file sets ---- */

/* What kld_file@@KLD_1.0 names. Offsets are relative to the field itself, so the directory holds no
   address and can be read before the file is relocated. */
#define KLD_FILE_MAGIC 0x314b444cu /* "LDK1" */

struct kld_file_set {
  char name[8];   /* NUL-padded */
  int32_t offset; /* from this field to the first entry */
  uint32_t bytes; /* of all entries */
};

struct kld_file_directory {
  uint32_t magic;
  uint32_t count;
  struct kld_file_set sets[];
};

enum kld_event {
  KLD_EVENT_LOAD = 0,
  KLD_EVENT_QUIESCE = 1,
  KLD_EVENT_RESUME = 2,
  KLD_EVENT_UNLOAD = 3,
  KLD_EVENT_SHUTDOWN = 4,
};

/* Sets "load" (needed until loaded) and "handler". */
struct kld_handler {
  const char* module;
  union {
    int (*returns_int)(void);
    void (*returns_void)(void);
  } function;
  uint32_t event; /* enum kld_event */
};

/* Set "hook". */
struct kld_hook {
  const char* module;
  int (*function)(void);
  int32_t order;
};

enum kld_type {
  KLD_BOOL = 1,
  KLD_NUMBER = 2,
  KLD_STRING = 3,
  KLD_DATA = 4,
  KLD_ARRAY = 5,
  KLD_DICT = 6,
};

/* Set "param". */
struct kld_param {
  const char* module;
  const char* name;
  void* variable; /* int32_t, int64_t, const char*, const struct kld_value* */
  uint32_t type;  /* enum kld_type */
};

/* Set "set": entries of the sets that files define themselves. */
struct kld_set_entry {
  const char* set;
  const void* object;
};

#pragma GCC visibility push(default)
/* The `index`-th object that the file containing `address` put into its set `set`; null at the end.
   Pass &__dso_handle for the own file. */
const void* kld_lookup_set(const void* address, const char* set, size_t index);
#pragma GCC visibility pop

/* ---- Parameter values ---- */

/* One value of a property list. Lives as long as the file that got it. */
struct kld_value {
  uint32_t type;                 /* enum kld_type */
  const char* key;               /* in a dictionary; null elsewhere */
  int64_t number;                /* number; bool: 0 or 1 */
  const char* bytes;             /* string (NUL-terminated), data */
  size_t size;                   /* string (without NUL), data: bytes; array, dict: members */
  const struct kld_value* first; /* array, dict: first member */
  const struct kld_value* next;  /* in the array or dict */
};

/* ---- Files ---- */

#pragma GCC visibility push(default)
/* Loads `file` as kldload does, with the kernel's eyes, and adds a user reference; its id goes to
 *id. From a handler too: a file that needs one which is being loaded by the caller is EDEADLK. */
int kld_load(const char* file, int* id);
int kld_unload(int id);
#pragma GCC visibility pop

/* Finds a LIVE file by soname and keeps it from leaving until kld_release. ENOENT. */
struct kld_held;
#pragma GCC visibility push(default)
int kld_hold(const char* soname, struct kld_held** held);
void kld_release(struct kld_held* held);
/* Address of a function or object that a held file exports, in its default version; null when it has
   none. Of an IFUNC that of the function its resolver chooses, which is asked each time. */
void* kld_symbol(struct kld_held* held, const char* name);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
