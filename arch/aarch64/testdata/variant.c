// SPDX-License-Identifier: BSD-2-Clause
// A call that does not follow the base standard: the symbol has STO_AARCH64_VARIANT_PCS and the
// image DT_AARCH64_VARIANT_PCS.

__attribute__((aarch64_vector_pcs)) long provider_function(long x);

long entry(long x) { return provider_function(x); }
