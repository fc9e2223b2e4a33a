// SPDX-License-Identifier: BSD-2-Clause
//
// Finder: the client's answer to "who is libx.so.1?".
//
//   Loaded(soname)             the linked image of that DT_SONAME, or nullptr. It must stay linked
//                              until the session has ended (the client holds a reference). Of one
//                              without DT_SONAME the names are what DT_NEEDED has asked for it by.
//   Search(soname, requester)  a file for a DT_NEEDED entry that nothing loaded satisfies. The File
//                              is the client's and outlives the session. `requester` is the Module
//                              that has the entry (its RUNPATH, its path). Not found: file ==
//                              nullptr and looked_in says where; the strings must live until the
//                              next call. The same File object again means the same image.
//   AllLoaded()                optional: every linked image, for explaining undefined symbols.
//                              Asked on the error path only. Absent: only the session's images are
//                              searched.
//
// A session never asks for a name that is the DT_SONAME of an image of its own, or that one was
// found or added by. Any other name it asks for as often as an image needs it: what is loaded is
// the finder's to remember, and what one requester lacks another may find.

#pragma once

#include <concepts>
#include <span>
#include <string_view>

#include "rtld_shared/seams/diagnostics.h"

namespace rtld {

template <class F>
struct Found {
  F* file = nullptr;
  Names looked_in = {};
};

template <class S, class M, class F>
concept Finder = requires(S& finder, std::string_view soname, const M& requester) {
  { finder.Loaded(soname) } -> std::same_as<M*>;
  { finder.Search(soname, requester) } -> std::same_as<Found<F>>;
};

template <class S, class M>
concept FinderListsLoaded = requires(S& finder) {
  { finder.AllLoaded() } -> std::convertible_to<std::span<M* const>>;
};

}  // namespace rtld
