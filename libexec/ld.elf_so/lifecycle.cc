// SPDX-License-Identifier: BSD-2-Clause
#include "libexec/ld.elf_so/lifecycle.h"

#include "rtld_shared/graph/graph.h"

namespace ldso {
namespace {

using Initialiser = void (*)(int argc, char** argv, char** environment);
using Terminator = void (*)();

std::span<const uintptr_t> ArrayOf(const Module& module, const rtld::Range& range) {
  return {reinterpret_cast<const uintptr_t*>(module.RunTime(range.begin)),
          static_cast<size_t>(range.size / sizeof(uintptr_t))};
}

// Old linkers begin or end such arrays with 0 or -1.
bool IsFunction(uintptr_t entry) { return entry != 0 && entry != UINTPTR_MAX; }

void Call(uintptr_t function, const ProgramArguments& arguments) {
  reinterpret_cast<Initialiser>(function)(arguments.argc, arguments.argv, arguments.environment);
}

void CallArray(const Module& module, const rtld::Range& range, const ProgramArguments& arguments) {
  for (const uintptr_t function : ArrayOf(module, range)) {
    if (IsFunction(function)) Call(function, arguments);
  }
}

void InitialiseOne(const Module& module, const ProgramArguments& arguments) {
  if (module.dynamic.init != 0) Call(module.RunTime(module.dynamic.init), arguments);
  CallArray(module, module.dynamic.init_array, arguments);
}

void TerminateOne(const Module& module) {
  const std::span<const uintptr_t> array = ArrayOf(module, module.dynamic.fini_array);
  for (size_t i = array.size(); i-- > 0;) {
    if (IsFunction(array[i])) reinterpret_cast<Terminator>(array[i])();
  }
  if (module.dynamic.fini != 0) {
    reinterpret_cast<Terminator>(module.RunTime(module.dynamic.fini))();
  }
}

// The indices of what one module needs; `owner` of each module is its index.
struct NeededIndices {
  const Module* module;
  size_t size() const { return module->needed.size(); }
  graph::Node operator[](size_t i) const {
    return static_cast<graph::Node>(reinterpret_cast<uintptr_t>(module->needed[i]->owner));
  }
};

// Where the walk over what images need begins, in that order.
void OrderRoots(std::span<Module* const> modules, std::span<graph::Node> roots) {
  size_t count = 0;
  const auto add_libraries = [&](bool first) {
    for (size_t i = 1; i < modules.size(); ++i) {
      const bool is_first = (modules[i]->dynamic.flags_1 & elf::kDf1InitFirst) != 0;
      if (is_first == first) roots[count++] = static_cast<graph::Node>(i);
    }
  };
  add_libraries(true);
  add_libraries(false);
  // The program last: a library that it does not need, a preloaded one, comes before it too.
  roots[count] = 0;
}

}  // namespace

constinit Lifecycle lifecycle;

bool Lifecycle::Plan(PageArena& arena, std::span<Module* const> modules) {
  const size_t n = modules.size();
  program_ = modules[0];
  order_ = rtld::AllocateArray<Module*>(arena, n);
  std::span<graph::Node> work =
      rtld::AllocateArray<graph::Node>(arena, n * (graph::kWorkPerNode + 2));
  if (order_.empty() || work.empty()) return false;
  for (size_t i = 0; i < n; ++i) modules[i]->owner = reinterpret_cast<void*>(i);

  const std::span<graph::Node> roots = work.first(n), order = work.subspan(n, n);
  OrderRoots(modules, roots);
  const auto edges = [&](graph::Node node) { return NeededIndices{modules[node]}; };
  const size_t count = graph::InitOrder(n, roots, edges, order, work.subspan(2 * n));
  for (size_t i = 0; i < count; ++i) order_[i] = modules[order[i]];
  rtld::FreeArray(arena, work);
  return true;
}

void Lifecycle::Initialise(const ProgramArguments& arguments) {
  CallArray(*program_, program_->dynamic.preinit_array, arguments);
  while (initialised_ < order_.size()) InitialiseOne(*order_[initialised_++], arguments);
}

void Lifecycle::Terminate() {
  while (initialised_ > 0) TerminateOne(*order_[--initialised_]);
}

}  // namespace ldso
