// SPDX-License-Identifier: BSD-2-Clause

#include "kernel/testing/user/checks.h"

#include <cerrno>
#include <cstdio>

namespace {

int g_failures = 0;
int g_groups_failed = 0;

}  // namespace

void Check(bool good, const char* what, const char* file, int line) {
  if (good) return;
  ++g_failures;
  std::printf("  %s:%d: %s (errno %d)\n", file, line, what, errno);
}

void BeginChecks() { g_failures = 0; }

bool ChecksAreGood() { return g_failures == 0; }

void Group(const char* name, void (*function)()) {
  BeginChecks();
  function();
  std::printf("%s: %s\n", name, ChecksAreGood() ? "ok" : "BAD");
  std::fflush(stdout);
  if (!ChecksAreGood()) ++g_groups_failed;
}

bool GroupsAreGood() { return g_groups_failed == 0; }
