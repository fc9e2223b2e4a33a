// SPDX-License-Identifier: BSD-2-Clause
//
// A static program that tries the Linux interface from the user's side. It runs on Linux too, which
// says whether what it expects is right. Prints one line a group: "NAME: ok", or what was wrong.

#include "kernel/testing/user/abi.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "arch/contract/user/vector_registers.h"

namespace abi {

// ---- Signals ----

volatile sig_atomic_t g_signal = 0;

void Note(int signal) { g_signal = signal; }

void Catch(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(signal, &action, nullptr);
}

pid_t SendLater(int signal) {
  const pid_t child = fork();
  if (child == 0) {
    usleep(60000);
    kill(getppid(), signal);
    _exit(0);
  }
  return child;
}

namespace {

void* volatile g_address = nullptr;
sigjmp_buf g_back;

void NoteFault(int signal, siginfo_t* info, void*) {
  g_signal = signal;
  g_address = info->si_addr;
  siglongjmp(g_back, 1);
}

void TestFaults() {
  struct sigaction action {};
  action.sa_sigaction = NoteFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  static char stack[65536];
  const stack_t alternate{stack, 0, sizeof stack};
  CHECK(sigaltstack(&alternate, nullptr) == 0);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigaction(signal, &action, nullptr);
  volatile uintptr_t address = 0x1234;
  auto* const nowhere = reinterpret_cast<volatile int*>(address);
  for (int round = 0; round < 3; ++round) {
    g_signal = 0;
    if (sigsetjmp(g_back, 1) == 0) *nowhere = 1;
    CHECK(g_signal == SIGSEGV);
    CHECK(g_address == reinterpret_cast<void*>(uintptr_t{0x1234}));
  }
  // Data is not executable.
  static unsigned char code[64];
  g_signal = 0;
  if (sigsetjmp(g_back, 1) == 0) reinterpret_cast<void (*)()> (&code[0])();
  CHECK(g_signal == SIGSEGV);
  // Text is not writable.
  g_signal = 0;
  if (sigsetjmp(g_back, 1) == 0) {
    *reinterpret_cast<volatile unsigned char*>(reinterpret_cast<uintptr_t>(&TestFaults)) = 0;
  }
  CHECK(g_signal == SIGSEGV);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) Catch(signal, SIG_DFL, 0);
}

void TestInterruptedCalls() {
  int pipe_ends[2];
  char byte = 0;
  CHECK(pipe(pipe_ends) == 0);
  // Without SA_RESTART a blocked read ends.
  Catch(SIGUSR1, Note, 0);
  g_signal = 0;
  pid_t child = SendLater(SIGUSR1);
  CHECK(read(pipe_ends[0], &byte, 1) == -1 && errno == EINTR && g_signal == SIGUSR1);
  waitpid(child, nullptr, 0);
  // With it the read goes on.
  Catch(SIGUSR1, Note, SA_RESTART);
  g_signal = 0;
  child = fork();
  if (child == 0) {
    usleep(60000);
    kill(getppid(), SIGUSR1);
    usleep(60000);
    _exit(write(pipe_ends[1], "x", 1) == 1 ? 0 : 1);
  }
  CHECK(read(pipe_ends[0], &byte, 1) == 1 && byte == 'x' && g_signal == SIGUSR1);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  // poll never goes on after a handler.
  child = SendLater(SIGUSR1);
  pollfd entry{pipe_ends[0], POLLIN, 0};
  CHECK(poll(&entry, 1, 10000) == -1 && errno == EINTR);
  waitpid(child, nullptr, 0);
  // An ignored signal does not end it.
  Catch(SIGUSR2, SIG_IGN, 0);
  child = SendLater(SIGUSR2);
  CHECK(poll(&entry, 1, 200) == 0);
  waitpid(child, nullptr, 0);
  // nanosleep says what is left.
  child = SendLater(SIGUSR1);
  timespec wanted{10, 0}, left{};
  CHECK(nanosleep(&wanted, &left) == -1 && errno == EINTR && left.tv_sec == 9);
  waitpid(child, nullptr, 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

// ---- Vector state ----

volatile long g_turns = 0;
volatile sig_atomic_t g_lost = 0;
unsigned long g_seed = 1;

// With values of its own in every register, which the interrupted program must not notice.
void TakeTurn(int) {
  if (!arch::KeepVectorRegisters(&g_turns, g_turns, g_seed + 1, nullptr)) g_lost = 1;
  g_turns = g_turns + 1;
}

// What each of two programs does, with values of its own in the registers: it waits for the other's
// signal, which comes when the other has looked at its own ones. Where there is one processor only,
// a program that waits in vain is interrupted by the clock, or yields by `call`, and the other's
// values take the place of its own: so many times, and not by luck. One `begins`.
bool Alternate(pid_t other, unsigned long seed, bool begins, long turns, arch::RepeatedCall* call) {
  bool kept = true;
  g_seed = seed;
  for (long turn = 1; turn <= turns; ++turn) {
    if (begins) kill(other, SIGUSR1);
    kept = arch::KeepVectorRegisters(&g_turns, turn, seed, call) && kept;
    if (!begins) kill(other, SIGUSR1);
  }
  return kept && g_turns == turns && !g_lost;
}

void TestTwoPrograms(long turns, arch::RepeatedCall* call) {
  g_turns = 0;
  Catch(SIGUSR1, TakeTurn, SA_RESTART);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) _exit(Alternate(parent, 4, false, turns, call) ? 0 : 1);
  CHECK(Alternate(child, 1, true, turns, call));
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

void TestVectorState() {
  // Signals of the clock, to a program that is alone.
  Catch(SIGALRM, TakeTurn, SA_RESTART);
  g_turns = 0;
  const itimerval often{{0, 5000}, {0, 5000}};
  CHECK(setitimer(ITIMER_REAL, &often, nullptr) == 0);
  CHECK(arch::KeepVectorRegisters(&g_turns, 5, g_seed, nullptr));
  const itimerval never{};
  CHECK(setitimer(ITIMER_REAL, &never, nullptr) == 0);
  CHECK(!g_lost);
  // Two at once, first without a system call.
  TestTwoPrograms(20, nullptr);
  arch::RepeatedCall yield{SYS_sched_yield, 0, -1};
  TestTwoPrograms(100, &yield);
  CHECK(yield.result == 0);
  // A child goes on with its parent's registers.
  arch::RepeatedCall fork_call{SYS_clone, SIGCHLD, -1};
  const bool kept = arch::KeepVectorRegisters(&g_turns, 0, 1, &fork_call);
  if (fork_call.result == 0) _exit(kept ? 0 : 1);
  CHECK(kept);
  int status = 0;
  CHECK(waitpid(fork_call.result, &status, 0) == fork_call.result && status == 0);
}

// ---- Processes ----

void TestVfork() {
  volatile int shared = 1;
  const pid_t child = vfork();
  if (child == 0) {
    shared = 2;
    _exit(3);
  }
  int status = 0;
  CHECK(shared == 2);
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
  volatile int own = 1;
  const pid_t copy = fork();
  if (copy == 0) {
    own = 2;
    _exit(0);
  }
  waitpid(copy, &status, 0);
  CHECK(own == 1);
  CHECK(std::system("exit 5") == 5 << 8);
}

// Addresses that no user program can have: they harm the program that gives them, nobody else.
void TestImpossibleAddresses() {
  // Between user and kernel; where words have 32 bits nothing is, and it is the kernel's.
  constexpr auto kImpossible =
      static_cast<uintptr_t>(sizeof(uintptr_t) == 8 ? 0x8000000000000000 : 0xf0000000);
  constexpr long kSetTls = 0x80000;  // CLONE_SETTLS
  errno = 0;
  // Some CPUs have the thread pointer fourth, some fifth.
  CHECK(syscall(SYS_clone, kSetTls | SIGCHLD, 0L, 0L, kImpossible, kImpossible) == -1);
  CHECK(errno == EPERM || errno == EFAULT);  // the latter where it is the address of a description
  const pid_t child = fork();
  if (child == 0) {
    Catch(SIGUSR1, reinterpret_cast<void (*)(int)>(kImpossible), 0);
    raise(SIGUSR1);
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

void TestWaiting() {
  int status = 0;
  CHECK(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
  pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  CHECK(waitpid(child, &status, WNOHANG) == 0);
  kill(child, SIGSTOP);
  CHECK(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) &&
        WSTOPSIG(status) == SIGSTOP);
  kill(child, SIGCONT);
  CHECK(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
  kill(child, SIGKILL);
  siginfo_t info{};
  CHECK(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0 && info.si_code == CLD_KILLED &&
        info.si_status == SIGKILL);
  CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  CHECK(kill(child, 0) == -1 && errno == ESRCH);
  // Children that nobody wants leave no zombie.
  Catch(SIGCHLD, SIG_IGN, 0);
  child = fork();
  if (child == 0) _exit(0);
  CHECK(waitpid(child, &status, 0) == -1 && errno == ECHILD);
  Catch(SIGCHLD, SIG_DFL, 0);
  // Groups.
  child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  CHECK(setpgid(child, child) == 0 && getpgid(child) == child);
  CHECK(kill(-child, SIGTERM) == 0);
  CHECK(waitpid(-child, &status, 0) == child && WTERMSIG(status) == SIGTERM);
}

// ---- Memory ----

void TestMemory() {
  constexpr size_t kPage = 4096;
  const auto map = [](size_t bytes, int protection) {
    return static_cast<char*>(mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  };
  char* memory = map(3 * kPage, PROT_READ | PROT_WRITE);
  CHECK(memory != MAP_FAILED && memory[0] == 0 && memory[3 * kPage - 1] == 0);
  std::memset(memory, 7, 3 * kPage);
  CHECK(munmap(memory + kPage, kPage) == 0 && memory[0] == 7 && memory[2 * kPage] == 7);
  // A system call with an address that is gone.
  int pipe_ends[2];
  CHECK(pipe(pipe_ends) == 0);
  CHECK(write(pipe_ends[1], memory + kPage, 1) == -1 && errno == EFAULT);
  CHECK(write(pipe_ends[1], memory, 1) == 1);
  CHECK(mprotect(memory, kPage, PROT_READ) == 0);
  CHECK(read(pipe_ends[0], memory, 1) == -1 && errno == EFAULT);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  char* bigger = static_cast<char*>(mremap(memory + 2 * kPage, kPage, 40 * kPage, MREMAP_MAYMOVE));
  CHECK(bigger != MAP_FAILED && bigger[0] == 7 && bigger[39 * kPage] == 0);
  CHECK(madvise(bigger, kPage, MADV_DONTNEED) == 0 && bigger[0] == 0);
  CHECK(mmap(nullptr, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
        errno == EINVAL);
  char* const before = static_cast<char*>(sbrk(0));
  CHECK(sbrk(5 * kPage) == before && before[4 * kPage] == 0);
  CHECK(sbrk(-5 * static_cast<intptr_t>(kPage)) != reinterpret_cast<void*>(-1));
  // A private file mapping.
  const int file = open("/tmp/mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
  CHECK(write(file, "hello", 5) == 5);
  char* const mapped =
      static_cast<char*>(mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0));
  CHECK(mapped != MAP_FAILED && std::memcmp(mapped, "hello\0", 6) == 0);
  mapped[0] = 'J';
  char first = 0;
  CHECK(pread(file, &first, 1, 0) == 1 && first == 'h');
  close(file);
  unlink("/tmp/mapped");
}

// Only where the kernel forbids it: Linux does not.
void TestWriteXorExecute() {
  constexpr int kBoth = PROT_READ | PROT_WRITE | PROT_EXEC;
  CHECK(mmap(nullptr, 4096, kBoth, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
        errno == EACCES);
  void* const memory =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mprotect(memory, 4096, kBoth) == -1 && errno == EACCES);
  CHECK(mprotect(memory, 4096, PROT_READ | PROT_EXEC) == 0);
  CHECK(mprotect(memory, 4096, PROT_READ | PROT_WRITE) == 0);
}

// ---- Files ----

// Stricter than Linux: messages hold addresses, which are not for everybody.
void TestMessagesArePrivate() {
  constexpr int kReadAll = 3;
  char text[1024];
  CHECK(klogctl(kReadAll, text, sizeof text) > 0);
  const pid_t child = fork();
  if (child == 0) {
    if (setuid(1000) != 0) _exit(2);
    _exit(klogctl(kReadAll, text, sizeof text) == -1 && errno == EPERM ? 0 : 1);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

void TestFiles() {
  const int file = open("/tmp/abi", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  CHECK(file >= 0 && fcntl(file, F_GETFD) == FD_CLOEXEC);
  CHECK(pwrite(file, "0123456789", 10, 5) == 10 && lseek(file, 0, SEEK_CUR) == 0);
  char text[16] = {};
  CHECK(read(file, text, 16) == 15 && std::memcmp(text,
                                                  "\0\0\0\0\0"
                                                  "0123456789",
                                                  15) == 0);
  struct stat status;
  CHECK(fstat(file, &status) == 0 && status.st_size == 15 && S_ISREG(status.st_mode) &&
        (status.st_mode & 0777) == 0640 && status.st_nlink == 1);
  CHECK(fcntl(file, F_SETFL, O_APPEND) == 0 && (fcntl(file, F_GETFL) & O_APPEND));
  CHECK(lseek(file, 0, SEEK_SET) == 0 && write(file, "end", 3) == 3 &&
        lseek(file, 0, SEEK_CUR) == 18);
  CHECK(ftruncate(file, 6) == 0 && fstat(file, &status) == 0 && status.st_size == 6);
  const int other = dup(file);
  CHECK(lseek(other, 2, SEEK_SET) == 2 && lseek(file, 0, SEEK_CUR) == 2);
  CHECK(fcntl(other, F_GETFD) == 0);
  int pipe_ends[2];
  CHECK(pipe2(pipe_ends, O_NONBLOCK) == 0);
  CHECK(read(pipe_ends[0], text, 1) == -1 && errno == EAGAIN);
  off_t at = 1;
  CHECK(sendfile(pipe_ends[1], file, &at, 100) == 5 && at == 6);
  CHECK(lseek(pipe_ends[0], 0, SEEK_SET) == -1 && errno == ESPIPE);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pipe_ends[0], &set);
  timeval zero{};
  CHECK(select(pipe_ends[0] + 1, &set, nullptr, nullptr, &zero) == 1 &&
        FD_ISSET(pipe_ends[0], &set));
  close(pipe_ends[1]);
  pollfd entry{pipe_ends[0], POLLIN, 0};
  CHECK(poll(&entry, 1, 0) == 1 && entry.revents == (POLLIN | POLLHUP));
  CHECK(read(pipe_ends[0], text, 16) == 5 && read(pipe_ends[0], text, 16) == 0);
  close(pipe_ends[0]);
  Catch(SIGPIPE, SIG_IGN, 0);
  CHECK(pipe(pipe_ends) == 0 && close(pipe_ends[0]) == 0);
  CHECK(write(pipe_ends[1], "x", 1) == -1 && errno == EPIPE);
  Catch(SIGPIPE, SIG_DFL, 0);
  close(pipe_ends[1]);
  close(other);
  close(file);
  CHECK(unlink("/tmp/abi") == 0 && access("/tmp/abi", F_OK) == -1 && errno == ENOENT);
  CHECK(close(file) == -1 && errno == EBADF);
}

// ---- Program start ----

void TestExec(const char* self) {
  CHECK(getauxval(AT_PAGESZ) == 4096);
  CHECK(getauxval(AT_PHNUM) > 0 && getauxval(AT_PHDR) != 0 && getauxval(AT_SECURE) == 0);
  CHECK(getauxval(AT_RANDOM) != 0 && getauxval(AT_CLKTCK) == 100);
  CHECK(getauxval(AT_UID) == getuid());
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    char name[] = "abi";
    char check[] = "check-arguments";
    char empty[] = "";
    char variable[] = "ONLY=this";
    char* arguments[] = {name, check, empty, nullptr};
    char* environment[] = {variable, nullptr};
    execve(self, arguments, environment);
    _exit(127);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  char* none[] = {nullptr};
  CHECK(execve("/nonexistent", none, none) == -1 && errno == ENOENT);
  CHECK(execve("/tmp", none, none) == -1 && errno == EACCES);
  // More than any list of arguments may be.
  std::string huge(4 << 20, 'x');
  char* too_much[] = {huge.data(), nullptr};
  CHECK(execve(self, too_much, none) == -1 && errno == E2BIG);
}

const char* g_self = nullptr;

int CheckArguments(int argc, char** argv) {
  const bool good = argc == 3 && !std::strcmp(argv[0], "abi") && argv[2][0] == '\0' && !argv[3] &&
                    ::environ[0] && !std::strcmp(::environ[0], "ONLY=this") && !::environ[1];
  return good ? 0 : 1;
}

[[noreturn]] void Fault(const char* how) {
  // The address is hidden from the compiler, which knows better than to store there.
  volatile uintptr_t address = 0x10;
  if (!std::strcmp(how, "null")) *reinterpret_cast<volatile int*>(address) = 1;
  if (!std::strcmp(how, "abort")) std::abort();
  std::exit(9);
}

int Main(int argc, char** argv) {
  if (argc == 3 && !std::strcmp(argv[1], "check-arguments")) return CheckArguments(argc, argv);
  if (argc == 4 && !std::strcmp(argv[1], "check-length")) return CheckLength(argv[2], argv[3]);
  if (argc == 3 && !std::strcmp(argv[1], "fault")) Fault(argv[2]);
  const bool strict = argc == 2 && !std::strcmp(argv[1], "strict");
  g_self = argv[0];
  Group("faults", TestFaults);
  Group("interrupted calls", TestInterruptedCalls);
  SignalGroups(strict);
  TimeoutGroups();
  Group("vector state", TestVectorState);
  Group("vfork", TestVfork);
  Group("impossible addresses", TestImpossibleAddresses);
  RegisterGroups();
  Group("waiting", TestWaiting);
  Group("memory", TestMemory);
  if (strict) {
    Group("w^x", TestWriteXorExecute);
    Group("private messages", TestMessagesArePrivate);
  }
  Group("files", TestFiles);
  Group("exec", [] { TestExec(g_self); });
  ExecGroups();
  return GroupsAreGood() ? 0 : 1;
}

}  // namespace
}  // namespace abi

int main(int argc, char** argv) { return abi::Main(argc, argv); }
