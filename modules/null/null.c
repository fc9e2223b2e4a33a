/* SPDX-License-Identifier: BSD-2-Clause
 *
 * /dev/null takes everything and is empty, /dev/zero is all zeros, /dev/full is a disk without
 * room.
 */

#include "kernel/kpi/device.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/module.h"
#include "kernel/kpi/string.h"

KLD_MODULE(null, "1.0", "/dev/null, /dev/zero, /dev/full");
KLD_AUTHOR(null, "Dynlink");
KLD_LICENSE(null, "BSD-2-Clause");
KLD_FLAG(null, autoload);

static int64_t ReadNothing(void* softc, struct kdev_file* file, void* to, size_t bytes,
                           uint64_t offset) {
  return 0;
}

static int64_t ReadZeros(void* softc, struct kdev_file* file, void* to, size_t bytes,
                         uint64_t offset) {
  memset(to, 0, bytes);
  return (int64_t)bytes;
}

static int64_t WriteAway(void* softc, struct kdev_file* file, const void* from, size_t bytes,
                         uint64_t offset) {
  return (int64_t)bytes;
}

static int64_t WriteNoRoom(void* softc, struct kdev_file* file, const void* from, size_t bytes,
                           uint64_t offset) {
  return -ENOSPC;
}

static const struct kdev_ops null_ops = {
    .version = sizeof(struct kdev_ops), .read = ReadNothing, .write = WriteAway};
static const struct kdev_ops zero_ops = {
    .version = sizeof(struct kdev_ops), .read = ReadZeros, .write = WriteAway};
static const struct kdev_ops full_ops = {
    .version = sizeof(struct kdev_ops), .read = ReadZeros, .write = WriteNoRoom};

static const struct kdev_spec specs[] = {
    {.name = "null", .mode = 0666, .ops = &null_ops},
    {.name = "zero", .mode = 0666, .ops = &zero_ops},
    {.name = "full", .mode = 0666, .ops = &full_ops},
};

#define COUNT (sizeof specs / sizeof specs[0])

static struct kdev* devices[COUNT];

static void DestroyAll(void) {
  for (size_t i = COUNT; i-- != 0;) {
    kdev_destroy(devices[i]);
    devices[i] = NULL;
  }
}

KLD_LOAD(null) {
  for (size_t i = 0; i < COUNT; ++i) {
    const int error = kdev_create(&specs[i], &devices[i]);
    if (error == 0) continue;
    DestroyAll();
    return error;
  }
  return 0;
}

KLD_UNLOAD(null) { DestroyAll(); }
