// SPDX-License-Identifier: BSD-2-Clause
//
// A static program that tries who has a controlling terminal, and who loses it. It runs on Linux too,
// on a pseudo terminal; without those it takes the console, away from the session that calls it.
// Prints one line a group: "NAME: ok", or what was wrong.

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "kernel/testing/user/checks.h"

namespace {

int g_terminal = -1;

// A child that does this.
template <class Body>
pid_t Start(Body body) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child) return child;
  BeginChecks();
  body();
  std::fflush(stdout);
  _exit(ChecksAreGood() ? 0 : 1);
}

bool EndsWell(pid_t child) {
  int status = 0;
  return waitpid(child, &status, 0) == child && status == 0;
}

bool Told(const int* pipe_ends) {
  char byte;
  return read(pipe_ends[0], &byte, 1) == 1;
}
void Tell(const int* pipe_ends) { CHECK(write(pipe_ends[1], "x", 1) == 1); }

bool OpenTerminal() {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master >= 0 && (grantpt(master) != 0 || unlockpt(master) != 0)) return false;
  g_terminal = open(master < 0 ? "/dev/console" : ptsname(master), O_RDWR | O_NOCTTY);
  return g_terminal >= 0;
}

bool HasTerminal() {
  const int terminal = open("/dev/tty", O_RDWR | O_NOCTTY);
  if (terminal >= 0) close(terminal);
  return terminal >= 0;
}
bool HasNoTerminal() { return !HasTerminal() && errno == ENXIO; }

// The caller leads a session that has the terminal, whoever had it.
void Lead() {
  CHECK(setsid() == getpid() && HasNoTerminal());
  CHECK(ioctl(g_terminal, TIOCSCTTY, 1) == 0 && HasTerminal());
  CHECK(tcgetsid(g_terminal) == getpid() && tcgetpgrp(g_terminal) == getpid());
}

void TestLeaving() {
  const pid_t leader = Start([] {
    Lead();
    CHECK(EndsWell(Start([] {
      CHECK(HasTerminal());
      CHECK(ioctl(g_terminal, TIOCNOTTY) == 0 && HasNoTerminal());
      CHECK(ioctl(g_terminal, TIOCNOTTY) == -1 && errno == ENOTTY);
      CHECK(tcgetpgrp(g_terminal) == -1 && errno == ENOTTY);
    })));
    CHECK(HasTerminal() && tcgetpgrp(g_terminal) == getpid());
  });
  CHECK(EndsWell(leader));
}

volatile sig_atomic_t g_hangups = 0;
volatile sig_atomic_t g_continues = 0;

void CountSignal(int signal) {
  if (signal == SIGHUP) g_hangups = g_hangups + 1;
  if (signal == SIGCONT) g_continues = g_continues + 1;
}

void CountSignals() {
  struct sigaction action {};
  action.sa_handler = CountSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGHUP, &action, nullptr);
  sigaction(SIGCONT, &action, nullptr);
}

void TestGivingUp() {
  const pid_t leader = Start([] {
    int begun[2], given_up[2];
    CHECK(pipe(begun) == 0 && pipe(given_up) == 0);
    Lead();
    CountSignals();
    const pid_t member = Start([&] {
      CHECK(HasTerminal());
      Tell(begun);
      CHECK(Told(given_up) && HasNoTerminal());
      CHECK(g_hangups == 1 && g_continues == 1);
    });
    CHECK(Told(begun));
    CHECK(ioctl(g_terminal, TIOCNOTTY) == 0 && HasNoTerminal());
    CHECK(g_hangups == 1 && g_continues == 1);
    Tell(given_up);
    CHECK(EndsWell(member));
    // It is nobody's now.
    CHECK(ioctl(g_terminal, TIOCSCTTY, 0) == 0 && HasTerminal());
  });
  CHECK(EndsWell(leader));
}

// Only for the superuser.
void TestStealing() {
  int stolen[2], ended[2], kept[2];
  CHECK(pipe(stolen) == 0 && pipe(ended) == 0 && pipe(kept) == 0);
  const pid_t leader = Start([&] {
    Lead();
    CountSignals();
    (void)Start([&] {
      CHECK(setsid() == getpid());
      CHECK(ioctl(g_terminal, TIOCSCTTY, 0) == -1 && errno == EPERM);
      CHECK(ioctl(g_terminal, TIOCSCTTY, 1) == 0 && HasTerminal());
      Tell(stolen);
      // It outlives the session that had it.
      CHECK(Told(ended) && HasTerminal() && tcgetsid(g_terminal) == getpid() && g_hangups == 0);
      if (ChecksAreGood()) Tell(kept);
    });
    CHECK(Told(stolen) && HasNoTerminal());
    CHECK(ioctl(g_terminal, TIOCNOTTY) == -1 && errno == ENOTTY);
    CHECK(g_hangups == 0);
  });
  CHECK(EndsWell(leader));
  Tell(ended);
  close(kept[1]);
  CHECK(Told(kept));
}

}  // namespace

int main(int argc, char** argv) {
  if (!OpenTerminal()) {
    std::printf("no terminal: %s\n", std::strerror(errno));
    return 1;
  }
  Group("leaving a terminal", TestLeaving);
  Group("giving it up", TestGivingUp);
  if (argc == 2 && !std::strcmp(argv[1], "strict")) Group("stealing it", TestStealing);
  return GroupsAreGood() ? 0 : 1;
}
