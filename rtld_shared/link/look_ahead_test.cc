// SPDX-License-Identifier: BSD-2-Clause
//
// Lookups that are begun together: which ones, in which order they are finished, and that what was
// not begun is still found.

#include "rtld_shared/link/look_ahead.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rtld_shared/testing/harness.h"

namespace rtld {
namespace {

using A = arch::Exemplar<elf::Layout64Le>;
using Builder = testing::ImageBuilder<A>;
using Rela = A::Layout::Rela;

// Writes down what it is asked, by symbol; finds every symbol in the image itself.
struct LoggingScope {
  std::string log;

  [[nodiscard]] bool SetClosure(std::span<Module<A>* const>) { return true; }
  [[nodiscard]] bool Resolve(const Request<A>& request, Definition<A>& definition) {
    return Found("resolve", request, definition);
  }

  struct Ahead {
    uint32_t symbol = 0;
    unsigned steps = 0;
  };
  static constexpr unsigned kSteps = 2;
  void Start(const Request<A>& request, Ahead& ahead) {
    ahead = {request.index, 0};
    Note(request.jump_slot ? "start slot" : "start", request.index);
  }
  void Step(unsigned step, Ahead& ahead) {
    EXPECT_EQ(step, ++ahead.steps);
    Note("step", ahead.symbol);
  }
  [[nodiscard]] bool Finish(const Request<A>& request, const Ahead& ahead,
                            Definition<A>& definition) {
    EXPECT_EQ(ahead.symbol, request.index);
    EXPECT_EQ(ahead.steps, kSteps);
    return Found("finish", request, definition);
  }

 private:
  void Note(const std::string& what, uint32_t symbol) {
    log += what + " " + std::to_string(symbol) + "\n";
  }
  [[nodiscard]] bool Found(const char* what, const Request<A>& request, Definition<A>& definition) {
    Note(what, request.index);
    definition = {&request.from, &request.symbol};
    return true;
  }
};

static_assert(LooksAhead<LoggingScope, A> && !LooksAhead<ProgramScope<A>, A>);

class LookAheadTest : public ::testing::Test {
 public:
  LookAheadTest() {
    Builder builder("user.kld");
    for (int i = 1; i <= 8; ++i) builder.Refer("u" + std::to_string(i), {.bind = elf::kStbWeak});
    EXPECT_TRUE(bench_.Link(bench_.AddFile("user.kld", builder.Build())))
        << bench_.diagnostics.text();
  }

  [[nodiscard]] const Module<A>& module() { return *bench_.committed[0]; }
  [[nodiscard]] static Rela Entry(uint32_t type, uint32_t symbol) {
    Rela entry;
    entry.info = A::Layout::InfoOf(symbol, type);
    return entry;
  }
  void Begin(const std::vector<Rela>& entries, uint64_t last = ~uint64_t{0}) {
    lookups_.Begin(module(), std::span(entries), last, /*last_slot=*/false);
  }
  // What the scope was asked since the last time, when `symbol` is wanted.
  [[nodiscard]] std::string Want(uint32_t symbol, bool slot = false, bool copy = false) {
    scope_.log.clear();
    Definition<A> definition;
    EXPECT_TRUE(lookups_.Resolve({module(), symbol, module().dynamic.symbols[symbol], slot, copy},
                                 definition));
    EXPECT_EQ(definition.symbol, &module().dynamic.symbols[symbol]);
    return scope_.log;
  }

  testing::Bench<testing::TestSeams<A>> bench_{kKernelPolicy};
  LoggingScope scope_;
  Lookups<A, LoggingScope> lookups_{scope_};
};

TEST_F(LookAheadTest, AllStartBeforeAnyGoesOn) {
  Begin({Entry(A::kJumpSlot, 3), Entry(A::kSymbol, 1)});
  EXPECT_EQ(scope_.log, "start slot 3\nstart 1\nstep 3\nstep 1\nstep 3\nstep 1\n");
  EXPECT_EQ(Want(3, true), "finish 3\n");
  EXPECT_EQ(Want(1), "finish 1\n");
  EXPECT_EQ(Want(2), "resolve 2\n");
}

TEST_F(LookAheadTest, RunsOfOneSymbolAreOneLookup) {
  Begin({Entry(A::kSymbol, 2), Entry(A::kSymbol, 2), Entry(A::kPc32, 4), Entry(A::kSize, 4)}, 2);
  EXPECT_EQ(scope_.log, "start 4\nstep 4\nstep 4\n");
}

// As the session's own memory of the last symbol has it: what an address is may be no slot's target.
TEST_F(LookAheadTest, AddressAndSlotOfOneSymbolAreTwoLookups) {
  Begin({Entry(A::kJumpSlot, 2), Entry(A::kJumpSlot, 2), Entry(A::kSymbol, 2)}, 2);
  EXPECT_EQ(scope_.log.substr(0, 21), "start slot 2\nstart 2\n");
  EXPECT_EQ(Want(2, true), "finish 2\n");
  EXPECT_EQ(Want(2), "finish 2\n");
}

TEST_F(LookAheadTest, OnlyRelocationsThatLookSymbolsUpAreBegun) {
  const uint32_t outside = static_cast<uint32_t>(module().dynamic.symbols.size());
  Begin({Entry(A::kNone, 1), Entry(A::kRelative, 2), Entry(A::kCopy, 3), Entry(A::kIrelative, 4),
         Entry(A::kLinkOnly, 5), Entry(999, 6), Entry(A::kSymbol, outside)});
  EXPECT_EQ(scope_.log, "");
  Begin({Entry(A::kTlsModule, 1), Entry(A::kTlsOffset, 2), Entry(A::kTpOffset, 3),
         Entry(A::kTlsDesc, 4), Entry(A::kTpDistance, 5)});
  EXPECT_EQ(scope_.log.substr(0, 40), "start 1\nstart 2\nstart 3\nstart 4\nstart 5\n");
}

TEST_F(LookAheadTest, WhatIsWantedOtherwiseIsLookedUpAnew) {
  Begin({Entry(A::kSymbol, 1), Entry(A::kJumpSlot, 2), Entry(A::kSymbol, 3)});
  EXPECT_EQ(Want(1, false, true), "resolve 1\n");  // as the source of a copy
  EXPECT_EQ(Want(1), "finish 1\n");
  EXPECT_EQ(Want(2, false), "resolve 2\n");  // was begun for a slot
  EXPECT_EQ(Want(3), "resolve 3\n");         // out of order
  Begin({Entry(A::kSymbol, 3)});
  EXPECT_EQ(Want(3), "finish 3\n");
}

// A scope that only resolves is asked when an answer is wanted.
TEST_F(LookAheadTest, ScopesThatCannotAreAsked) {
  ProgramScope<A> scope;
  Module<A>* const closure[] = {bench_.committed[0]};
  ASSERT_TRUE(scope.SetClosure(closure));
  Lookups<A, ProgramScope<A>> lookups(scope);
  const Rela entry = Entry(A::kSymbol, 1);
  lookups.Begin(module(), std::span(&entry, 1), 0, false);
  Definition<A> definition;
  EXPECT_FALSE(lookups.Resolve({module(), 1, module().dynamic.symbols[1]}, definition));
  EXPECT_TRUE(lookups.Resolve({module(), 0, module().dynamic.symbols[0]}, definition));
  EXPECT_EQ(definition.module, &module());
}

}  // namespace
}  // namespace rtld
