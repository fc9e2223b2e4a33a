// SPDX-License-Identifier: BSD-2-Clause
//
// Signals that are blocked, ignored and waited for, and the stack that handlers run on.

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

#include "kernel/testing/user/abi.h"

namespace abi {
namespace {

constexpr timespec kNoTime{0, 0};
constexpr timespec kShort{0, 100'000'000};
constexpr timespec kLong{10, 0};

sigset_t SetOf(int signal) {
  sigset_t set;
  sigemptyset(&set);
  if (signal) sigaddset(&set, signal);
  return set;
}

bool IsBlocked(int signal) {
  sigset_t now;
  return sigprocmask(SIG_SETMASK, nullptr, &now) == 0 && sigismember(&now, signal) == 1;
}

bool IsPending(int signal) {
  sigset_t now;
  return sigpending(&now) == 0 && sigismember(&now, signal) == 1;
}

// wait(2)'s status of a child that does `work`, whose result is its exit code.
template <class Work>
int StatusOfChild(Work work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child);
  return status;
}

// ---- Masks ----

void TestMasks() {
  sigset_t usr1, old, pending;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  Catch(SIGUSR1, Note, 0);
  CHECK(sigprocmask(SIG_BLOCK, &usr1, &old) == 0);
  g_signal = 0;
  raise(SIGUSR1);
  CHECK(g_signal == 0);
  CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
  // sigsuspend lets it through and puts the mask back.
  sigset_t none;
  sigemptyset(&none);
  CHECK(sigsuspend(&none) == -1 && errno == EINTR && g_signal == SIGUSR1);
  sigset_t now;
  CHECK(sigprocmask(SIG_SETMASK, nullptr, &now) == 0 && sigismember(&now, SIGUSR1));
  // sigtimedwait takes it without the handler.
  g_signal = 0;
  raise(SIGUSR1);
  const timespec second{1, 0};
  siginfo_t info;
  CHECK(sigtimedwait(&usr1, &info, &second) == SIGUSR1 && info.si_pid == getpid());
  const timespec soon{0, 1000};
  CHECK(sigtimedwait(&usr1, &info, &soon) == -1 && errno == EAGAIN);
  CHECK(g_signal == 0);
  CHECK(sigprocmask(SIG_SETMASK, &old, nullptr) == 0);
}

// ---- Masks that hold while a call waits ----

// A signal that is pending already ends the wait, even one of no time.
void TestMaskOfWait(int (*wait)(const timespec& time, const sigset_t& mask)) {
  const sigset_t none = SetOf(0);
  for (const timespec& time : {kLong, kNoTime}) {
    g_signal = 0;
    raise(SIGUSR1);
    CHECK(g_signal == 0);
    CHECK(wait(time, none) == -1 && errno == EINTR && g_signal == SIGUSR1);
    CHECK(IsBlocked(SIGUSR1));
  }
  // One that is ignored does not.
  Catch(SIGUSR2, SIG_IGN, 0);
  raise(SIGUSR2);
  CHECK(IsPending(SIGUSR2));
  CHECK(wait(kShort, none) == 0 && IsBlocked(SIGUSR2));
  Catch(SIGUSR2, SIG_DFL, 0);
}

void TestWaitsWithMask() {
  sigset_t both = SetOf(SIGUSR1), old;
  sigaddset(&both, SIGUSR2);
  Catch(SIGUSR1, Note, 0);
  CHECK(sigprocmask(SIG_BLOCK, &both, &old) == 0);
  TestMaskOfWait(
      [](const timespec& time, const sigset_t& mask) { return ppoll(nullptr, 0, &time, &mask); });
  TestMaskOfWait([](const timespec& time, const sigset_t& mask) {
    return pselect(0, nullptr, nullptr, nullptr, &time, &mask);
  });
  // What is ready comes first: then the signal stays where it was.
  int pipe_ends[2];
  CHECK(pipe(pipe_ends) == 0 && write(pipe_ends[1], "x", 1) == 1);
  const sigset_t none = SetOf(0);
  pollfd entry{pipe_ends[0], POLLIN, 0};
  g_signal = 0;
  raise(SIGUSR1);
  CHECK(ppoll(&entry, 1, &kLong, &none) == 1 && entry.revents == POLLIN);
  CHECK(g_signal == 0 && IsPending(SIGUSR1));
  CHECK(sigprocmask(SIG_SETMASK, &old, nullptr) == 0 && g_signal == SIGUSR1);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

// ---- Signals that are ignored when they come through ----

int UnblockIgnored() {
  const sigset_t usr1 = SetOf(SIGUSR1), none = SetOf(0);
  sigprocmask(SIG_BLOCK, &usr1, nullptr);
  Catch(SIGUSR1, SIG_IGN, 0);
  raise(SIGUSR1);
  if (!IsPending(SIGUSR1)) return 1;
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (IsPending(SIGUSR1)) return 2;
  // It does not come back for whoever would catch it now.
  g_signal = 0;
  Catch(SIGUSR1, Note, 0);
  return g_signal ? 3 : 0;
}

// It does not end sigsuspend either.
int SuspendWithIgnored() {
  const sigset_t usr1 = SetOf(SIGUSR1), none = SetOf(0);
  sigprocmask(SIG_BLOCK, &usr1, nullptr);
  Catch(SIGUSR1, SIG_IGN, 0);
  Catch(SIGALRM, Note, 0);
  raise(SIGUSR1);
  const itimerval soon{{0, 0}, {0, 100000}};
  setitimer(ITIMER_REAL, &soon, nullptr);
  return sigsuspend(&none) == -1 && errno == EINTR && g_signal == SIGALRM ? 0 : 1;
}

void TestIgnored() {
  CHECK(StatusOfChild(UnblockIgnored) == 0);
  CHECK(StatusOfChild(SuspendWithIgnored) == 0);
}

// ---- Signals that are waited for ----

// Waits for every signal, SIGKILL and SIGSTOP too.
int TakeAnything() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  int taken = -1;
  do {
    taken = sigtimedwait(&all, nullptr, &kLong);
  } while (taken == -1 && errno == EINTR);
  return taken;
}

void TestUncatchable() {
  int status = 0;
  pid_t child = fork();
  if (child == 0) _exit(TakeAnything());
  usleep(60000);
  kill(child, SIGKILL);
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  child = fork();
  if (child == 0) _exit(TakeAnything());
  usleep(60000);
  kill(child, SIGSTOP);
  CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
  kill(child, SIGCONT);
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == SIGCONT);
}

void TestSigtimedwait() {
  TestUncatchable();
  // A signal whose default is to be ignored is not lost when it is blocked.
  const sigset_t chld = SetOf(SIGCHLD);
  sigset_t old;
  CHECK(sigprocmask(SIG_BLOCK, &chld, &old) == 0);
  pid_t child = fork();
  if (child == 0) {
    usleep(60000);
    _exit(5);
  }
  siginfo_t info{};
  CHECK(sigtimedwait(&chld, &info, &kLong) == SIGCHLD && info.si_pid == child &&
        info.si_status == 5);
  CHECK(waitpid(child, nullptr, 0) == child && IsBlocked(SIGCHLD));
  CHECK(sigprocmask(SIG_SETMASK, &old, nullptr) == 0);
  // When it is not, nobody hears of it.
  child = fork();
  if (child == 0) _exit(0);
  CHECK(sigtimedwait(&chld, nullptr, &kShort) == -1 && errno == EAGAIN);
  CHECK(waitpid(child, nullptr, 0) == child);
  // A handler of another signal ends the wait.
  Catch(SIGUSR1, Note, SA_RESTART);
  g_signal = 0;
  child = SendLater(SIGUSR1);
  CHECK(sigtimedwait(&chld, nullptr, &kLong) == -1 && errno == EINTR && g_signal == SIGUSR1);
  CHECK(waitpid(child, nullptr, 0) == child);
}

// ---- Children ----

void TestChildren() {
  // The news that SIGCHLD brings is there before the handler has run.
  Catch(SIGCHLD, Note, 0);
  g_signal = 0;
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    usleep(60000);
    _exit(4);
  }
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 4 && g_signal == SIGCHLD);
  Catch(SIGCHLD, SIG_DFL, 0);
  // What a program computes until it is killed is its own time, not the kernel's.
  const pid_t busy = fork();
  if (busy == 0) {
    const itimerval soon{{0, 0}, {0, 200000}};
    setitimer(ITIMER_REAL, &soon, nullptr);
    for (volatile bool busy_still = true; busy_still;) {
    }
  }
  rusage usage{};
  CHECK(wait4(busy, &status, 0, &usage) == busy && WTERMSIG(status) == SIGALRM);
  CHECK(timercmp(&usage.ru_utime, &usage.ru_stime, >));
}

// ---- The alternate stack ----

constexpr unsigned kAutoDisarm = 1u << 31;  // SS_AUTODISARM
constexpr size_t kStackBytes = 65536;
alignas(16) char g_stack[kStackBytes];
alignas(16) char g_other_stack[kStackBytes];

stack_t StackNow() {
  stack_t stack{};
  CHECK(sigaltstack(nullptr, &stack) == 0);
  return stack;
}

bool Same(const stack_t& a, const stack_t& b) {
  return a.ss_sp == b.ss_sp && a.ss_size == b.ss_size && a.ss_flags == b.ss_flags;
}

void CatchWithInfo(int signal, void (*handler)(int, siginfo_t*, void*), int flags) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  sigaction(signal, &action, nullptr);
}

stack_t g_inside;                   // sigaltstack's answer in the handler
stack_t g_in_frame;                 // that of the frame
const stack_t* g_wanted = nullptr;  // what the handler writes there

void LookAtStack(int signal, siginfo_t*, void* context) {
  stack_t& in_frame = static_cast<ucontext_t*>(context)->uc_stack;
  g_inside = StackNow();
  g_in_frame = in_frame;
  if (g_wanted) in_frame = *g_wanted;
  g_signal = signal;
}

// Another handler runs on the same stack.
void LookDeeper(int, siginfo_t*, void*) { raise(SIGUSR1); }

void TestAutoDisarm() {
  const stack_t armed{g_stack, static_cast<int>(kAutoDisarm), kStackBytes};
  for (const int flags : {SA_ONSTACK, 0}) {
    CatchWithInfo(SIGUSR1, LookAtStack, flags);
    CHECK(sigaltstack(&armed, nullptr) == 0 && Same(StackNow(), armed));
    raise(SIGUSR1);
    CHECK(g_inside.ss_flags == SS_DISABLE && g_inside.ss_size == 0);
    CHECK(Same(g_in_frame, armed) && Same(StackNow(), armed));
  }
}

void TestStackOfFrame() {
  const stack_t plain{g_stack, 0, kStackBytes};
  const stack_t other{g_other_stack, 0, kStackBytes};
  CHECK(sigaltstack(&plain, nullptr) == 0);
  // What the handler leaves in the frame holds, unless sigaltstack would refuse it.
  CatchWithInfo(SIGUSR1, LookAtStack, 0);
  g_wanted = &other;
  raise(SIGUSR1);
  CHECK(Same(g_in_frame, plain) && Same(g_inside, plain) && Same(StackNow(), other));
  for (const stack_t& wrong : {stack_t{g_stack, 3, kStackBytes}, stack_t{g_stack, 0, 100}}) {
    g_wanted = &wrong;
    raise(SIGUSR1);
    CHECK(Same(g_in_frame, other) && Same(StackNow(), other));
    CHECK(sigaltstack(&wrong, nullptr) == -1 && errno == (wrong.ss_flags ? EINVAL : ENOMEM));
  }
  // Nor does it while the program is on the stack.
  CatchWithInfo(SIGUSR1, LookAtStack, SA_ONSTACK);
  CatchWithInfo(SIGUSR2, LookDeeper, SA_ONSTACK);
  g_wanted = &plain;
  raise(SIGUSR2);
  CHECK(g_inside.ss_flags == SS_ONSTACK && Same(g_in_frame, other) && Same(StackNow(), other));
  g_wanted = nullptr;
}

// Leaves less of the stack than any frame takes.
[[gnu::noinline]] void NearTheEnd(int) {
  char here = 0;
  auto* const room = static_cast<volatile char*>(__builtin_alloca(&here - g_stack - 500));
  room[0] = 0;
  kill(getpid(), SIGUSR2);
  _exit(1);
}

int OverflowStack() {
  const stack_t plain{g_stack, 0, kStackBytes};
  if (sigaltstack(&plain, nullptr) != 0) return 2;
  Catch(SIGUSR1, NearTheEnd, SA_ONSTACK);
  Catch(
      SIGUSR2, [](int) { _exit(0); }, SA_ONSTACK);
  raise(SIGUSR1);
  return 3;
}

void TestAlternateStack() {
  TestAutoDisarm();
  TestStackOfFrame();
  const stack_t too_small{g_stack, 0, 2047};
  CHECK(sigaltstack(&too_small, nullptr) == -1 && errno == ENOMEM);
  const stack_t none{nullptr, SS_DISABLE, 0};
  CHECK(sigaltstack(&none, nullptr) == 0);
  for (const int signal : {SIGUSR1, SIGUSR2}) Catch(signal, SIG_DFL, 0);
}

// A frame that does not fit is not written over what lies below. Linux looks on most CPUs.
void TestStackOverflow() {
  const int status = StatusOfChild(OverflowStack);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

}  // namespace

void SignalGroups(bool strict) {
  Group("masks", TestMasks);
  Group("waits with a mask", TestWaitsWithMask);
  Group("ignored signals", TestIgnored);
  Group("sigtimedwait", TestSigtimedwait);
  Group("children", TestChildren);
  Group("alternate stack", TestAlternateStack);
  if (strict) Group("stack overflow", TestStackOverflow);
}

}  // namespace abi
