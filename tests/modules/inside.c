/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A thread that sleeps inside the file although nothing says that it is the file's: made in the
 * kernel's name.
 */

#include "kernel/kpi/module.h"
#include "kernel/kpi/thread.h"
#include "kernel/kpi/time.h"

KLD_MODULE(inside, "1.0", "has a thread that nobody knows of");

static struct kthread* thread;

static int Sleep(void* argument) {
  while (!kthread_should_stop()) ksleep_until(know_ns() + 3600000000000);
  return 0;
}

KLD_LOAD(inside) { return kthread_create_from(NULL, "sleeper", Sleep, NULL, &thread); }
