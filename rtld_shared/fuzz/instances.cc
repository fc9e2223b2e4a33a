// SPDX-License-Identifier: BSD-2-Clause
//
// Of class templates all members, whether a fuzzer calls them or not: coverage.sh counts their lines.
// Member templates and functions that are templates have none unless they are called.

#include "arch/contract/elf_arch.h"
#include "rtld_shared/decode/dynamic.h"
#include "rtld_shared/decode/hash.h"
#include "rtld_shared/decode/tls.h"
#include "rtld_shared/fuzz/seams.h"
#include "rtld_shared/link/closure.h"
#include "rtld_shared/link/indexed_scope.h"
#include "rtld_shared/link/module.h"
#include "rtld_shared/link/pending.h"
#include "rtld_shared/link/resolve.h"
#include "rtld_shared/link/scope_index.h"

namespace rtld {

using A = arch::Exemplar<elf::Layout64Le>;

template class GnuHashTable<A::Layout>;
template class SysvHashTable<A::Layout>;
template struct DynamicInfo<A>;
template class StaticTlsLayout<A>;
template struct Module<A>;
template class Closure<A>;
template struct Pending<A>;
template class ModuleScope<A>;
template class ProgramQuery<A>;
template class ProgramScope<A>;
template class ScopeIndex<A>;
template class IndexedScope<A, fuzz::FuzzArena>;

}  // namespace rtld
