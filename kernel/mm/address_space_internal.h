// SPDX-License-Identifier: BSD-2-Clause
#pragma once

namespace mm {

class AddressSpace;

// The space last activated on this CPU; null for threads without one.
AddressSpace* ActiveSpace();

}  // namespace mm
