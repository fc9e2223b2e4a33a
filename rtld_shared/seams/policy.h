// SPDX-License-Identifier: BSD-2-Clause
//
// Policy: what a client takes and what it refuses, as data. Everything a Policy can allow is
// well-formed ELF; malformed images are refused whatever it says.

#pragma once

#include <string_view>

namespace rtld {

struct Policy {
  // What images may be.
  bool allow_exec = false;           // ET_EXEC: linked for one address
  bool allow_writable_code = false;  // a PT_LOAD with PF_W and PF_X
  bool allow_writable_plt = false;   // the same, but only on CPUs whose PLT is such code
  // DT_TEXTREL: in images that have it all segments are relocated, not only writable ones. Who has
  // such an image adopted makes it writable before.
  bool allow_text_relocations = false;
  bool allow_tls = false;       // PT_TLS and the TLS relocations
  bool allow_copy = false;      // COPY relocations
  bool allow_unique = false;    // STB_GNU_UNIQUE definitions
  bool allow_run_path = false;  // DT_RPATH, DT_RUNPATH: else a warning says it is ignored
  bool allow_cycles = false;    // among DT_NEEDED

  // What identifies images.
  bool require_soname = true;     // an image that is named by DT_NEEDED has a DT_SONAME ...
  bool soname_must_match = true;  // ... and it is the name it was found under
  bool unique_sonames = true;     // a root whose soname is loaded already is an error

  // Versions.
  bool require_versions = true;  // a versioned need of an image without versions is an error
  // Definitions of the image with this soname bind only to versioned references.
  std::string_view versioned_only = {};

  // Undefined weak symbols are told as warnings.
  bool list_weak_undefined = true;

  // Values stored by RELATIVE relocations point into the image or just behind it; entries of
  // DT_INIT_ARRAY and DT_FINI_ARRAY into its executable segments.
  bool check_targets = true;
};

inline constexpr Policy kKernelPolicy = {.versioned_only = "kernel"};
inline constexpr Policy kBootPolicy = kKernelPolicy;
inline constexpr Policy kProgramPolicy = {.allow_exec = true,
                                          .allow_writable_plt = true,
                                          .allow_tls = true,
                                          .allow_copy = true,
                                          .allow_unique = true,
                                          .allow_run_path = true,
                                          .allow_cycles = true,
                                          .require_soname = false,
                                          .soname_must_match = false,
                                          .unique_sonames = false,
                                          .require_versions = false,
                                          .list_weak_undefined = false,
                                          .check_targets = false};

}  // namespace rtld
