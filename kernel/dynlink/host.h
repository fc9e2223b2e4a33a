/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The only way the module manager reaches a kernel: twenty functions. Whoever embeds the manager
 * implements them; the manager calls nothing else, keeps no other state in the kernel and includes
 * no other header of it (but the CPU's, the C ABI of kernel/kpi/ and the boot hand-off).
 *
 *   kernel_host.cc          this kernel: mm, sched, vfs
 *   testing/posix_host.cc   a process with threads: host tests, ThreadSanitizer
 *
 * Results are 0 or a positive number of kernel/kpi/errno.h. Addresses and sizes of address space
 * are multiples of KLD_HOST_PAGE. "The monitor" is one lock with one queue of waiting threads.
 * Unless said otherwise a function is called from threads, never from interrupt handlers, and never
 * with the monitor held; the manager holds no lock of the kernel when it calls.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What address space is protected in. The CPU's smallest page; a kernel that has larger ones builds
   everything that includes this, libkld.a too, with another, and links its modules for it. */
#ifndef KLD_HOST_PAGE
#include "arch/current/page.h"
#define KLD_HOST_PAGE ARCH_PAGE_SIZE
#endif

/* What a page permits. Writable and executable at once cannot be said. */
#define KLD_HOST_READ 1
#define KLD_HOST_READ_WRITE 2
#define KLD_HOST_READ_EXECUTE 3

/* What may end kld_host_wait early. */
#define KLD_HOST_WAIT_FIRM 0          /* nothing */
#define KLD_HOST_WAIT_KILLABLE 1      /* the thread is to die */
#define KLD_HOST_WAIT_INTERRUPTIBLE 2 /* any signal */

#define KLD_HOST_NEVER (~(uint64_t)0)

/* More than the longest line for the log has bytes. */
#define KLD_HOST_LINE 16384

#ifdef __cplusplus
extern "C" {
#endif

struct kld_host_file; /* an open file, the host's own type */

/* ---- Memory ---- */

/* Storage of `bytes` (> 0), aligned to 16, contents undefined; null when there is none. Never
   sleeps; may be called with the monitor held. */
void* kld_host_allocate(size_t bytes);
/* Gives back what kld_host_allocate returned; null is allowed. */
void kld_host_free(void* block);

/* Reserves `bytes` of address space, preferably near `near` (0 = anywhere), with nothing mapped.
   Returns its start, or 0 when there is none. A page that faults follows the range. */
uintptr_t kld_host_reserve(size_t bytes, uintptr_t near);
/* Gives back exactly one reservation, or the whole range of a preloaded image, as the hand-off says
   it. Nothing may be mapped in it. */
void kld_host_unreserve(uintptr_t start, size_t bytes);

/* Backs a part of a reservation with zeroed memory, readable and writable, not executable. ENOMEM:
   nothing is mapped. */
int kld_host_map(uintptr_t start, size_t bytes);
/* Unmaps what kld_host_map, or the boot loader for a preloaded image, mapped (any subrange, each
   page once); when it returns no CPU can reach the old memory through these addresses. */
void kld_host_unmap(uintptr_t start, size_t bytes);
/* Changes what mapped pages permit: those of kld_host_map, of preloaded images, and the RELRO of
   the kernel's own image, which may become writable once more before it is read-only for good.
   Pages become executable only after every writable alias of their memory is gone (W^X over all
   aliases); an executable page never becomes writable again. */
void kld_host_protect(uintptr_t start, size_t bytes, int permission);
/* Makes instructions stored in the range visible to instruction fetch on every CPU. */
void kld_host_sync_code(uintptr_t start, size_t bytes);

/* ---- Waiting and threads ---- */

/* Takes and releases the monitor; not recursive. While holding it the manager calls only
   kld_host_allocate, kld_host_free, kld_host_now, kld_host_current_thread and the next three. */
void kld_host_lock(void);
void kld_host_unlock(void);
/* Called with the monitor held and nothing else: releases it, sleeps until kld_host_wake_all or
   `deadline_ns` of kld_host_now (KLD_HOST_NEVER = none), takes it again. May return for no reason.
   ETIMEDOUT at the deadline; EINTR as `patience` (KLD_HOST_WAIT_...) permits. */
int kld_host_wait(int patience, uint64_t deadline_ns);
/* Wakes every waiter. Called with the monitor held. */
void kld_host_wake_all(void);

/* Starts a detached thread; `name` is copied. EOPNOTSUPP: this kernel starts none. Then whoever
   makes a request does the linker thread's work for it, on his own stack, and nobody has to be able
   to run beside him: with one thread in all, kld_host_wait is only called to let time pass. */
int kld_host_start_thread(const char* name, void (*function)(void*), void* argument);
/* A number that no other living thread has; never 0. Any context. */
uint64_t kld_host_current_thread(void);

/* Calls visit(context, thread, thread_name, code_address) for the saved program counter and each
   return address on the stack of every thread but the calling one, until `visit` returns 0. The
   threads stand still meanwhile, so `visit` takes no lock and does not allocate. Where no threads are
   started the calling one may have come from any file, and is visited too. */
void kld_host_for_each_frame(int (*visit)(void* context, uint64_t thread, const char* thread_name,
                                          uintptr_t code_address),
                             void* context);

/* Monotonic nanoseconds. Any context. */
uint64_t kld_host_now(void);

/* ---- Files and words ---- */

/* Opens a regular file for reading as the calling thread sees it: its root, working directory and
   credentials. Stores its length and its absolute path (NUL-terminated, ENAMETOOLONG when it does
   not fit). ENOENT is the only error after which other directories are tried. */
int kld_host_open(const char* path, struct kld_host_file** file, uint64_t* length, char* absolute,
                  size_t capacity);
/* Reads exactly `bytes` at `offset`; EIO when the file is shorter now. */
int kld_host_read(struct kld_host_file* file, uint64_t offset, void* to, size_t bytes);
void kld_host_close(struct kld_host_file* file);

/* A line for the kernel's log, without a newline, of less than KLD_HOST_LINE bytes; nearly all are
   short, and a host may cut them. `important`: also to the console. */
void kld_host_log(int important, const char* line);

#ifdef __cplusplus
}
#endif
