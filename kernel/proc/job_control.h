// SPDX-License-Identifier: BSD-2-Clause
//
// Gives terminals the process table. Once, at boot.
#pragma once

namespace proc {

void InstallJobControl();

}  // namespace proc
