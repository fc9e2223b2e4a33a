// SPDX-License-Identifier: BSD-2-Clause
//
// What a PVH boot protocol hands over (Xen, public headers, hvm/start_info.h), for machines that are
// entered by it.
#pragma once

#include "arch/contract/boot/boot.h"

namespace stand {

// Fills memory map, archive, firmware and command line from the record at a physical address.
// Nothing is filled when there is no such record.
void ReadPvhStartInfo(uint64_t start_info, boot::Machine* machine);

}  // namespace stand
