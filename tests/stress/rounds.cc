// SPDX-License-Identifier: BSD-2-Clause
#include "tests/stress/rounds.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "lib/kld/files.h"
#include "lib/kld/report.h"
#include "lib/kld/text.h"
#include "tests/stress/held.h"

namespace stress {
namespace {

// Of the kernel, always there; and of a module that comes and goes.
constexpr char kKernelSymbol[] = "kprintf";
constexpr char kModuleSymbol[] = "chacha_block";

volatile sig_atomic_t stop = 0;

struct Lookups {
  uint64_t present = 0;
  uint64_t absent = 0;
};

int64_t ByName(kld::System& system, const char* name, kld_sym_lookup& lookup) {
  lookup = {};
  std::strcpy(lookup.symname, name);
  return system.Symbol(0, KLDSYM_LOOKUP, lookup);
}

int64_t ByAddress(kld::System& system, uint64_t address, kld_sym_lookup& lookup) {
  lookup = {};
  lookup.value = address;
  return system.Symbol(0, KLDSYM_ADDRESS, lookup);
}

// Whether the symbol is found by name and its address gives the name back. What is found by name
// may have gone before the address is asked for, but what is found must be right.
bool LookUp(kld::System& system, const char* name, bool always, Lookups& lookups) {
  kld_sym_lookup by_name, by_address;
  const int64_t error = ByName(system, name, by_name);
  if (error == -ENOENT && !always) return ++lookups.absent, true;
  if (error < 0) return Complain(name, kld::ErrorText(static_cast<int>(-error)));
  if (by_name.value == 0 || by_name.size == 0) return Complain(name, "has no address or no size");
  const uint64_t inside = by_name.value + by_name.size / 2;
  const int64_t gone = ByAddress(system, inside, by_address);
  if (gone == -ENOENT && !always) return ++lookups.absent, true;
  if (gone < 0) return Complain(name, "by address: " + kld::ErrorText(static_cast<int>(-gone)));
  // Another file may lie there by now.
  if (always &&
      (std::strcmp(by_address.symname, name) != 0 || by_address.offset != by_name.size / 2)) {
    return Complain(name, std::string("its address belongs to ") + by_address.symname);
  }
  return ++lookups.present, true;
}

// The other process: looks symbols up until it is told to stop, then tells how often.
[[noreturn]] void Looker(int out) {
  signal(SIGTERM, [](int) { stop = 1; });
  kld::KernelSystem system;
  Lookups kernel, module;
  bool good = true;
  // Gives the CPU away after some lookups, so that a round, which goes back and forth between two
  // threads, does not wait for a time slice each time.
  constexpr unsigned kTurn = 16;
  for (unsigned n = 0; !stop && good; ++n) {
    if (n % kTurn == 0) sched_yield();
    good =
        LookUp(system, kKernelSymbol, true, kernel) && LookUp(system, kModuleSymbol, false, module);
    // The list of files, too: every id that is told can be asked about, or has just gone.
    std::vector<kld_file_stat> files;
    if (good && (kld::ListFiles(system, files) < 0 || files.empty())) {
      good = Complain("kldstat", "no list");
    }
  }
  const Lookups told = module;
  good = write(out, &told, sizeof told) == sizeof told && good;
  std::fflush(stdout);
  _exit(good ? 0 : 1);
}

bool OneRound(kld::System& system, const std::string& file, const std::string& when) {
  const int64_t id = system.Load(file, "", 0);
  if (id < 0) return Complain(when, kld::LastReport(system));
  if (!NoAliasFault(system, when + ", loaded")) return false;
  const int64_t error = system.Unload(static_cast<int>(id), 0);
  if (error < 0) return Complain(when, kld::LastReport(system));
  return NoAliasFault(system, when + ", unloaded");
}

bool AllRounds(kld::System& system, long rounds, const std::string& file,
               const kld_counters& before) {
  for (long round = 1; round <= rounds; ++round) {
    const std::string when = kld::Format("round %ld", round);
    if (!OneRound(system, file, when)) return false;
    if (!AsBefore(system, before, Scope::kLinker, when)) return false;
  }
  return true;
}

}  // namespace

int Rounds(long rounds, const std::string& file) {
  kld::KernelSystem system;
  kld_counters before;
  for (int warm_up = 0; warm_up < 2; ++warm_up) {
    if (!OneRound(system, file, "warming up")) return 1;
    static_cast<void>(system.Counters(before));
    if (!AsBefore(system, before, Scope::kSystem, "before")) return 1;
  }
  int report[2];
  if (pipe(report) != 0) return Complain("pipe", kld::ErrorText(errno)), 1;
  std::fflush(stdout);
  const pid_t looker = fork();
  if (looker < 0) return Complain("fork", kld::ErrorText(errno)), 1;
  if (looker == 0) Looker(report[1]);

  bool good = AllRounds(system, rounds, file, before);
  Lookups lookups;
  int status = 0;
  kill(looker, SIGTERM);
  good = read(report[0], &lookups, sizeof lookups) == sizeof lookups && good;
  good = waitpid(looker, &status, 0) == looker && status == 0 && good;
  close(report[0]);
  close(report[1]);
  // With the looker gone everything is exact again, the kernel's memory included.
  if (!good || !AsBefore(system, before, Scope::kLinkerHeap, "afterwards")) return 1;
  if (lookups.present == 0 || lookups.absent == 0) {
    return Complain("lookups", "the module was never there, or never away"), 1;
  }
  std::printf("%ld rounds; lookups met the module %llu times and missed it %llu times\n", rounds,
              static_cast<unsigned long long>(lookups.present),
              static_cast<unsigned long long>(lookups.absent));
  return 0;
}

}  // namespace stress
