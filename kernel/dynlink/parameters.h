// SPDX-License-Identifier: BSD-2-Clause
//
// Parameters of new files: defaults from FILE.plist beside FILE.kld, then what the request gives.
// In the request's dictionary "name" is a parameter of the requested file and "dep.name" one of
// dep.kld. Stored in the files' variables before any of their code runs.
#pragma once

#include "kernel/dynlink/link.h"
#include "kernel/dynlink/transaction.h"

namespace kld {

// 0, or an error that was told: a parameter that nobody has, or of another type, is named.
//
// The defaults of one of the transaction's files. The kernel's are warned of and left alone.
[[nodiscard]] int SetDefaults(Transaction& transaction, File& file, Teller& teller);
// What the request gives; when all files have their defaults.
[[nodiscard]] int SetGiven(Transaction& transaction, Teller& teller);
// Likewise, when the request turns out to mean a file that there is: it can give that nothing.
[[nodiscard]] int RefuseGiven(Transaction& transaction, const File& file, Teller& teller);

}  // namespace kld
