// SPDX-License-Identifier: BSD-2-Clause
//
// ReadImage out of records, for CPUs that have no libelf.

#include "rtld_shared/testing/libelf_oracle/image.h"
#include "rtld_shared/testing/libelf_oracle/records.h"

namespace oracle {

void ReadImage(std::vector<uint8_t>& file, const Format& format, Image& image) {
  ReadDescription(Records::Get().Find(KeyOf(file, format)), image);
}

}  // namespace oracle
