// SPDX-License-Identifier: BSD-2-Clause

#include "rtld_shared/graph/graph.h"

#include <gtest/gtest.h>

#include <vector>

namespace graph {
namespace {

using Nodes = std::vector<Node>;

// A graph as a list of what each node needs.
struct Graph {
  std::vector<Nodes> needs;

  size_t n() const { return needs.size(); }
  auto edges() const {
    return [this](Node node) -> const Nodes& { return needs[node]; };
  }
  Nodes ClosureOf(const Nodes& roots) const {
    Nodes order(n());
    std::vector<uint8_t> seen(n());
    order.resize(Closure(n(), roots, edges(), order, seen));
    return order;
  }
  Nodes InitOrderOf(const Nodes& roots) const {
    Nodes order(n()), work(n() * kWorkPerNode);
    order.resize(InitOrder(n(), roots, edges(), order, work));
    return order;
  }
  Nodes CycleOf(const Nodes& roots) const {
    Nodes cycle(n()), work(n() * kWorkPerNode);
    cycle.resize(FindCycle(n(), roots, edges(), cycle, work));
    return cycle;
  }
  Nodes UnloadOf(const Nodes& roots) const {
    Nodes unload(n()), work(n() * kWorkPerNode);
    unload.resize(UnloadSet(n(), roots, edges(), unload, work));
    return unload;
  }
};

//   0 -> 1 -> 3
//   0 -> 2 -> 3
const Graph kDiamond = {{{1, 2}, {3}, {3}, {}}};

TEST(Graph, DiamondIsWalkedOnce) {
  EXPECT_EQ(kDiamond.ClosureOf({0}), (Nodes{0, 1, 2, 3}));
  EXPECT_EQ(kDiamond.InitOrderOf({0}), (Nodes{3, 1, 2, 0}));
  EXPECT_EQ(kDiamond.CycleOf({0}), Nodes{});
}

TEST(Graph, ClosureIsBreadthFirstAndOrderIsDepthFirst) {
  //   0 -> 1 -> 3,  0 -> 2,  2 -> 1
  const Graph graph = {{{1, 2}, {3}, {1}, {}}};
  EXPECT_EQ(graph.ClosureOf({0}), (Nodes{0, 1, 2, 3}));
  EXPECT_EQ(graph.InitOrderOf({0}), (Nodes{3, 1, 2, 0}));
  // From 2 alone, 0 is not there.
  EXPECT_EQ(graph.ClosureOf({2}), (Nodes{2, 1, 3}));
  EXPECT_EQ(graph.InitOrderOf({2}), (Nodes{3, 1, 2}));
}

TEST(Graph, SeveralRootsKeepTheirOrder) {
  EXPECT_EQ(kDiamond.ClosureOf({2, 1}), (Nodes{2, 1, 3}));
  EXPECT_EQ(kDiamond.InitOrderOf({2, 1}), (Nodes{3, 2, 1}));
  EXPECT_EQ(kDiamond.ClosureOf({1, 1}), (Nodes{1, 3}));
}

TEST(Graph, SelfCycleIsACycleOfOne) {
  //   0 -> 0
  const Graph graph = {{{0}}};
  EXPECT_EQ(graph.CycleOf({0}), Nodes{0});
  EXPECT_EQ(graph.InitOrderOf({0}), Nodes{0});
  EXPECT_EQ(graph.UnloadOf({}), Nodes{0});
}

TEST(Graph, CycleIsGivenAsItsPath) {
  //   0 -> 1 -> 2 -> 3 -> 1,  3 -> 4
  const Graph graph = {{{1}, {2}, {3}, {4, 1}, {}}};
  EXPECT_EQ(graph.CycleOf({0}), (Nodes{1, 2, 3}));
  EXPECT_EQ(graph.CycleOf({3}), (Nodes{3, 1, 2}));
  EXPECT_EQ(graph.CycleOf({4}), Nodes{});
  // Initialisation goes on all the same: the member that was reached first comes last.
  EXPECT_EQ(graph.InitOrderOf({0}), (Nodes{4, 3, 2, 1, 0}));
}

TEST(Graph, CyclesAreFoundBehindTheFirstRoot) {
  //   0 -> 1    2 <-> 3
  const Graph graph = {{{1}, {}, {3}, {2}}};
  EXPECT_EQ(graph.CycleOf({0, 2}), (Nodes{2, 3}));
}

TEST(Graph, UnloadSetIsWhatNoRootNeeds) {
  //   0 -> 1 -> 3,  2 -> 3,  4 <-> 5
  const Graph graph = {{{1}, {3}, {3}, {}, {5}, {4}}};
  EXPECT_EQ(graph.UnloadOf({0, 2, 4}), Nodes{});
  // 2 goes alone: 3 is still needed by 1.
  EXPECT_EQ(graph.UnloadOf({0, 4}), Nodes{2});
  // 0 goes and takes 1 along; who needs comes first.
  EXPECT_EQ(graph.UnloadOf({2, 4}), (Nodes{0, 1}));
  // A cycle that nobody needs goes as a whole.
  const Nodes both = graph.UnloadOf({0, 2});
  EXPECT_EQ(both, (Nodes{4, 5}));
  // Nothing is needed any more.
  EXPECT_EQ(graph.UnloadOf({}).size(), 6u);
}

TEST(Graph, DeepChainNeedsNoStack) {
  constexpr Node kDepth = 200000;
  Graph graph;
  graph.needs.resize(kDepth);
  for (Node i = 0; i + 1 < kDepth; ++i) graph.needs[i] = {i + 1};
  const Nodes order = graph.InitOrderOf({0});
  ASSERT_EQ(order.size(), kDepth);
  EXPECT_EQ(order.front(), kDepth - 1);
  EXPECT_EQ(order.back(), 0u);
}

}  // namespace
}  // namespace graph
