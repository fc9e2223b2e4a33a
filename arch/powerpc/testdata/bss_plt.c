// SPDX-License-Identifier: BSD-2-Clause
// The old PLT: code that the dynamic linker is to write. Its segment is writable and executable.
// flags: -mbss-plt
// link: -mbss-plt

long provider_function(long x);

long entry(long x) { return provider_function(x); }
