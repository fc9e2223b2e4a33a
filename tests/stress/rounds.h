// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

namespace stress {

// Loads and unloads `file`, `rounds` times, while another process looks symbols up by name and by
// address. The exit status.
int Rounds(long rounds, const std::string& file);

}  // namespace stress
