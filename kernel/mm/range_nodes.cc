// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/mm/range_nodes.h"

#include "kernel/mm/frame_table.h"
#include "kernel/mm/frames.h"
#include "kernel/sched/sync.h"

namespace mm {
namespace {

struct FreeNode {
  FreeNode* next;
};

constinit sched::SpinLock nodes_lock;
constinit FreeNode* free_nodes = nullptr;

void* AllocateNode() {
  sched::Guard guard(nodes_lock);
  if (!free_nodes) {
    PhysAddr frame = AllocateFramesUnzeroed(1);
    if (frame == kNoFrame) return nullptr;
    auto* nodes = static_cast<char*>(DirectMap(frame));
    for (size_t at = 0; at + sizeof(RangeMap::Range) <= kPageSize; at += sizeof(RangeMap::Range)) {
      auto* node = reinterpret_cast<FreeNode*>(nodes + at);
      node->next = free_nodes;
      free_nodes = node;
    }
  }
  FreeNode* node = free_nodes;
  free_nodes = node->next;
  return node;
}

void FreeNodeMemory(void* node) {
  sched::Guard guard(nodes_lock);
  auto* free_node = static_cast<FreeNode*>(node);
  free_node->next = free_nodes;
  free_nodes = free_node;
}

}  // namespace

constinit const RangeMap::NodeSource kRangeNodes = {AllocateNode, FreeNodeMemory};

}  // namespace mm
