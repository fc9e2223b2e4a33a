// SPDX-License-Identifier: BSD-2-Clause
//
// The per-file sets of a relocated image (kernel/kpi/kld.h): the directory behind
// kld_file@@KLD_1.0. A file without that symbol is a library without modules. Everything in it is
// checked to lie in the image itself, handlers in its executable segments.
#pragma once

#include <string_view>

#include "kernel/dynlink/link.h"
#include "kernel/dynlink/memory.h"
#include "kernel/dynlink/module.h"
#include "rtld_shared/decode/view.h"

namespace kld {

// Fills `range` (link-time addresses) with the set of that name; empty when there is none. False
// after a report: the directory is malformed.
[[nodiscard]] bool FindSet(const Linked& linked, std::string_view name, Teller& teller,
                           rtld::Range& range);

// The entries of a set of `Entry`s. False after a report.
template <class Entry>
[[nodiscard]] bool ViewSet(Linked& linked, std::string_view name, Teller& teller,
                           std::span<const Entry>& entries) {
  rtld::Range range;
  if (!FindSet(linked, name, teller, range)) return false;
  if (rtld::ViewTable(linked.image, range.begin, range.size, entries)) return true;
  teller.Error({.error = rtld::Error::kBadTable,
                .has_place = true,
                .image = linked.path,
                .detail = name,
                .place = range.begin,
                .value = range.size});
  return false;
}

// A NUL-terminated string of the image at a run-time address; null when it is not wholly inside.
const char* StringAt(const Linked& linked, const void* address);

// Enters the handlers of the sets "load" and "handler" into the modules of those names. False after
// a report: a handler for a module that the note does not have, or code that is not the image's.
[[nodiscard]] bool ReadHandlers(Linked& linked, Teller& teller, Array<Module>& modules);

// The functions of the set "hook" in ascending order of `order`. False after a report.
[[nodiscard]] bool ReadHooks(Linked& linked, Teller& teller, Array<uintptr_t>& hooks);

}  // namespace kld
