// SPDX-License-Identifier: BSD-2-Clause
//
// The graph of modules, as integers: closure, initialisation order, unload set, cycles. It knows no
// ELF, allocates nothing and does not recurse, so a deep graph of a hostile set of files costs no
// stack. Nodes are 0 .. n - 1.
//
// Edges is any callable: edges(node) gives a range with size() and operator[] of the nodes that
// `node` needs, in the order of its DT_NEEDED entries. The caller supplies working memory.
//
//   a needs b, c; b needs d; c needs d:      closure from a:  a b c d    (breadth first)
//                                            init order:      d b c a    (needed ones first)

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace graph {

using Node = uint32_t;

template <class E>
concept Edges = requires(E& edges, Node node) {
  { edges(node).size() } -> std::convertible_to<size_t>;
  { edges(node)[0] } -> std::convertible_to<Node>;
};

// Working memory for n nodes: three numbers each, uninitialised.
inline constexpr size_t kWorkPerNode = 3;

// Breadth-first order from the roots in their order; each node once. `order` has room for all n
// nodes and `seen` n bytes. Returns how many nodes are in the closure.
template <Edges E>
[[nodiscard]] size_t Closure(size_t n, std::span<const Node> roots, E&& edges,
                             std::span<Node> order, std::span<uint8_t> seen) {
  for (size_t i = 0; i < n; ++i) seen[i] = 0;
  size_t count = 0;
  const auto enter = [&](Node node) {
    if (seen[node] != 0) return;
    seen[node] = 1;
    order[count++] = node;
  };
  for (const Node root : roots) enter(root);
  for (size_t i = 0; i < count; ++i) {
    const Node node = order[i];
    const size_t degree = edges(node).size();
    for (size_t k = 0; k < degree; ++k) enter(edges(node)[k]);
  }
  return count;
}

// One depth-first walk, shared by the two questions below. Steps through the graph with an explicit
// stack; `leave(node)` is called when all that node needs is done, `back(node, needed)` when an
// edge goes back to a node on the current path (a cycle) and returns false to end the walk.
template <Edges E>
class DepthFirst {
 public:
  DepthFirst(size_t n, E& edges, std::span<Node> work)
      : edges_(edges),
        stack_(work.subspan(0, n)),
        next_(work.subspan(n, n)),
        state_(work.subspan(2 * n, n)) {
    for (Node& state : state_) state = kNew;
  }

  // False when `back` ended the walk.
  template <class Leave, class Back>
  bool From(Node root, Leave&& leave, Back&& back) {
    if (state_[root] != kNew) return true;
    Enter(root);
    while (depth_ != 0) {
      const Node node = stack_[depth_ - 1];
      if (next_[node] == edges_(node).size()) {
        state_[node] = kDone;
        --depth_;
        leave(node);
        continue;
      }
      const Node needed = edges_(node)[next_[node]++];
      if (state_[needed] == kNew) {
        Enter(needed);
      } else if (state_[needed] == kOpen && !back(node, needed)) {
        return false;
      }
    }
    return true;
  }

  // The nodes on the current path, root first.
  [[nodiscard]] std::span<const Node> path() const { return stack_.first(depth_); }

 private:
  enum : Node { kNew, kOpen, kDone };

  void Enter(Node node) {
    state_[node] = kOpen;
    next_[node] = 0;
    stack_[depth_++] = node;
  }

  E& edges_;
  std::span<Node> stack_, next_, state_;
  size_t depth_ = 0;
};

// Depth-first post-order: what is needed comes first, in DT_NEEDED order; of a cycle the member
// that is reached first comes last. Returns how many nodes `order` got.
template <Edges E>
[[nodiscard]] size_t InitOrder(size_t n, std::span<const Node> roots, E&& edges,
                               std::span<Node> order, std::span<Node> work) {
  DepthFirst<std::remove_reference_t<E>> walk(n, edges, work);
  size_t count = 0;
  for (const Node root : roots) {
    walk.From(
        root, [&](Node node) { order[count++] = node; }, [](Node, Node) { return true; });
  }
  return count;
}

// The first cycle reached from the roots, as its nodes in the order of the edges; a node that needs
// itself is a cycle of one. Returns its length, 0 when there is none. `cycle` has room for n nodes.
template <Edges E>
[[nodiscard]] size_t FindCycle(size_t n, std::span<const Node> roots, E&& edges,
                               std::span<Node> cycle, std::span<Node> work) {
  DepthFirst<std::remove_reference_t<E>> walk(n, edges, work);
  size_t length = 0;
  const auto take = [&](Node, Node needed) {
    const std::span<const Node> path = walk.path();
    size_t from = path.size();
    while (path[from - 1] != needed) --from;
    for (size_t i = from - 1; i < path.size(); ++i) cycle[length++] = path[i];
    return false;
  };
  for (const Node root : roots) {
    if (!walk.From(
            root, [](Node) {}, take))
      break;
  }
  return length;
}

// What may go: every node that no root needs, directly or not. Marks from the roots instead of
// counting references, so cycles and diamonds need no care. `unload` gets them in the order in
// which they are to be stopped: who needs comes before what it needs. Returns how many there are.
template <Edges E>
[[nodiscard]] size_t UnloadSet(size_t n, std::span<const Node> roots, E&& edges,
                               std::span<Node> unload, std::span<Node> work) {
  DepthFirst<std::remove_reference_t<E>> walk(n, edges, work);
  const auto ignore = [](Node, Node) { return true; };
  for (const Node root : roots)
    walk.From(
        root, [](Node) {}, ignore);
  size_t count = 0;
  for (Node node = 0; node < n; ++node) {
    walk.From(
        node, [&](Node done) { unload[count++] = done; }, ignore);
  }
  for (size_t i = 0; i < count / 2; ++i) {
    const Node other = unload[count - 1 - i];
    unload[count - 1 - i] = unload[i];
    unload[i] = other;
  }
  return count;
}

}  // namespace graph
