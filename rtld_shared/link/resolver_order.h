// SPDX-License-Identifier: BSD-2-Clause
//
// In which order a session's IFUNC resolvers run: those of what an image needs before its own, as
// initialisers do. A resolver may call functions of what its image needs; where these are IFUNCs
// themselves, their slots are filled by then.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "rtld_shared/graph/graph.h"
#include "rtld_shared/link/pending.h"
#include "rtld_shared/link/records.h"
#include "rtld_shared/seams/array.h"

namespace rtld {

// Those of one image stay in their order. False: no memory, and all is as before.
template <SessionSeams T>
[[nodiscard]] bool OrderResolvers(typename T::Arena& arena, std::span<Linked<T>* const> records,
                                  List<PendingIfunc<typename T::Arch>>& ifuncs) {
  using Ifunc = PendingIfunc<typename T::Arch>;
  if (ifuncs.size() < 2) return true;
  const size_t n = records.size() + 1;  // what was linked before is a node too
  std::span<graph::Node> memory =
      AllocateArray<graph::Node>(arena, n * (graph::kWorkPerNode + 2) + records.size());
  std::span<Ifunc> ordered = AllocateArray<Ifunc>(arena, ifuncs.size());
  const bool good = !memory.empty() && !ordered.empty();
  if (good) {
    const std::span<graph::Node> order = memory.subspan(0, n), next = memory.subspan(n, n);
    const std::span<graph::Node> roots = memory.subspan(2 * n, records.size());
    for (uint32_t i = 0; i < roots.size(); ++i) roots[i] = i;
    const NeededEdges<T> edges = {records};
    const size_t count =
        graph::InitOrder(n, roots, edges, order, memory.subspan(2 * n + roots.size()));
    // How many each image has, then where the first of each belongs.
    for (const Ifunc& ifunc : ifuncs) ++next[ifunc.module->node];
    uint32_t begin = 0;
    for (const graph::Node node : order.first(count)) {
      const uint32_t of_image = next[node];
      next[node] = begin;
      begin += of_image;
    }
    for (const Ifunc& ifunc : ifuncs) ordered[next[ifunc.module->node]++] = ifunc;
    for (size_t i = 0; i < ordered.size(); ++i) ifuncs[i] = ordered[i];
  }
  FreeArray(arena, ordered);
  FreeArray(arena, memory);
  return good;
}

}  // namespace rtld
