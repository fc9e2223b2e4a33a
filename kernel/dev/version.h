// SPDX-License-Identifier: BSD-2-Clause
//
// What the system calls itself: uname(2), kern.*, hw.machine.
#pragma once

#include <cstddef>

namespace dev {

inline constexpr char kSystemName[] = "Dynlink";
// Programs compare this with the Linux release that they need: it names the system-call interface
// offered, and static programs of a newer C library refuse anything below 3.2.
inline constexpr char kSystemRelease[] = "6.1.0";
inline constexpr char kSystemVersion[] = "Dynlink: a kernel that is a dynamic executable";

const char* MachineName();

inline constexpr size_t kHostnameMax = 65;
void GetHostname(char* to);  // kHostnameMax bytes, NUL-terminated
// EINVAL when it is too long.
int SetHostname(const char* name, size_t bytes);

}  // namespace dev
