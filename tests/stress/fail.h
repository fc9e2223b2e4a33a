// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

namespace stress {

// Loads each of `files` in turn, `rounds` loads in all, none of which may succeed. Each file's
// failure is the same every time, error number and words. The exit status.
int Fail(long rounds, const std::vector<std::string>& files);

}  // namespace stress
