/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module in C: a parameter, a device, a load and an unload handler. `cat /dev/hello` prints the
 * greeting.
 */

#include "kernel/kpi/device.h"
#include "kernel/kpi/errno.h"
#include "kernel/kpi/kprintf.h"
#include "kernel/kpi/module.h"
#include "kernel/kpi/string.h"

KLD_MODULE(hello_c, "1.0", "a device that says hello");
KLD_AUTHOR(hello_c, "The Dynlink authors");
KLD_LICENSE(hello_c, "BSD-2-Clause");
KLD_PARAM_STRING(hello_c, greeting, "hello from C", "what /dev/hello says");

static int64_t hello_read(void* softc, struct kdev_file* file, void* to, size_t bytes,
                          uint64_t offset) {
  size_t length = 0;
  while (greeting[length] != '\0') ++length;
  /* The greeting and a newline, then the end of the file. */
  if (offset > length) return 0;
  const size_t rest = length - (size_t)offset;
  const size_t text = bytes < rest ? bytes : rest;
  memcpy(to, greeting + offset, text);
  if (text == bytes) return (int64_t)text;
  ((char*)to)[text] = '\n';
  return (int64_t)(text + 1);
}

static const struct kdev_ops hello_ops = {.version = sizeof(struct kdev_ops), .read = hello_read};
static struct kdev* hello;

KLD_LOAD(hello_c) {
  if (greeting[0] == '\0') return EINVAL;
  const struct kdev_spec spec = {
      .name = "hello", .mode = 0444, .flags = KDEV_SEEKABLE, .ops = &hello_ops};
  const int error = kdev_create(&spec, &hello);
  if (error == 0) kprintf("hello_c: /dev/hello is there\n");
  return error;
}

KLD_UNLOAD(hello_c) {
  kdev_destroy(hello);
  kprintf("hello_c: /dev/hello is gone\n");
}
