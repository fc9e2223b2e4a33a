/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Character devices. A module fills a kdev_spec and gets a name in /dev:
 *
 *     static int64_t zero_read(void* softc, struct kdev_file* file, void* to, size_t bytes,
 *                              uint64_t offset) {
 *       memset(to, 0, bytes);
 *       return bytes;
 *     }
 *     static const struct kdev_ops zero_ops = {.version = sizeof(struct kdev_ops),
 *                                              .read = zero_read};
 *     static struct kdev* zero;
 *
 *     KLD_LOAD(zero) {
 *       const struct kdev_spec spec = {.name = "zero", .mode = 0666, .ops = &zero_ops};
 *       return kdev_create(&spec, &zero);
 *     }
 *     KLD_UNLOAD(zero) { kdev_destroy(zero); }
 *
 * Operations run on the calling process's thread with no lock held; they may sleep. Buffers are the
 * kernel's own, never user memory. What an operation lacks (null) answers as POSIX has it: read and
 * write EINVAL, ioctl ENOTTY, poll "ready"; open and close do nothing. A file in use by an open
 * device cannot be unloaded without force (EBUSY names the device).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernel/kpi/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

struct kdev;

#define KDEV_READ 1u
#define KDEV_WRITE 2u
#define KDEV_NONBLOCK 4u

/* One open of a device. `flags` follows fcntl(F_SETFL); `data` is the module's. */
struct kdev_file {
  uint32_t flags;
  void* data;
};

#define KDEV_POLL_IN 1u
#define KDEV_POLL_OUT 4u
#define KDEV_POLL_ERROR 8u
#define KDEV_POLL_HANGUP 16u

struct kdev_ops {
  uint32_t version; /* sizeof(struct kdev_ops) */
  /* 0 or an error number, which the opener gets. */
  int (*open)(void* softc, struct kdev_file* file);
  /* Once for each successful open, after the last operation on `file`. */
  void (*close)(void* softc, struct kdev_file* file);
  /* How many bytes were moved, or a negated error number. `offset` is 0 unless KDEV_SEEKABLE. */
  int64_t (*read)(void* softc, struct kdev_file* file, void* to, size_t bytes, uint64_t offset);
  int64_t (*write)(void* softc, struct kdev_file* file, const void* from, size_t bytes,
                   uint64_t offset);
  /* `argument` is a kernel copy of the `size` bytes that `command` encodes (Linux _IOC: size in
     bits 16-29, direction in 30-31), copied in and out as its direction says; for a command
     without a direction it points to the user's argument as a uintptr_t and `size` is 0. 0 or an
     error number. */
  int (*ioctl)(void* softc, struct kdev_file* file, uint32_t command, void* argument, size_t size);
  /* KDEV_POLL_* that hold now. Whatever changes them calls kdev_poll_notify. */
  uint32_t (*poll)(void* softc, struct kdev_file* file);
};

#define KDEV_SEEKABLE 1u /* has an offset (lseek, pread); otherwise a stream */

struct kdev_spec {
  const char* name; /* below /dev, [A-Za-z0-9_-]+, at most 31 characters */
  uint32_t mode;    /* permission bits */
  uint32_t uid, gid;
  uint32_t flags; /* KDEV_SEEKABLE */
  const struct kdev_ops* ops;
  void* softc; /* given to every operation */
};

#pragma GCC visibility push(default)
/* Makes the device and its name. EEXIST when /dev has the name, EINVAL for a bad spec, ENOMEM. */
#define kdev_create(spec, out) kdev_create_from(&__dso_handle, spec, out)
int kdev_create_from(const void* owner, const struct kdev_spec* spec, struct kdev** out);

/* Takes the name away, waits until no operation runs any more, calls close for every open file;
   those answer ENXIO from then on. Null is allowed. Not from an operation of the same device. */
void kdev_destroy(struct kdev* device);

/* Readiness may have changed: pollers look again. Callable from interrupt handlers. */
void kdev_poll_notify(struct kdev* device);

/* True when a signal is pending for the calling process: a long operation returns -EINTR or what
   it has moved so far. */
int kdev_interrupted(void);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
