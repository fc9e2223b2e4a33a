// SPDX-License-Identifier: BSD-2-Clause
#include "lib/kld/files.h"

#include <cerrno>

namespace kld {

int64_t ListFiles(System& system, std::vector<kld_file_stat>& files) {
  int at = 0;
  int seen = 0;  // ids ascend and are never given twice: those up to this one are done
  for (;;) {
    const int64_t next = system.Next(at);
    if (next == -ENOENT && at != 0) {
      at = 0;  // that file has just left, and nothing comes after it any more
      continue;
    }
    if (next <= 0) return next;
    at = static_cast<int>(next);
    if (at <= seen) continue;
    seen = at;
    kld_file_stat stat;
    const int64_t error = system.Stat(at, stat);
    if (error == 0) files.push_back(stat);
    if (error < 0 && error != -ENOENT) return error;
  }
}

}  // namespace kld
