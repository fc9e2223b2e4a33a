// SPDX-License-Identifier: BSD-2-Clause
//
// Every Linux system call that the kernel implements, by name. Each has one handler
//
//   int64_t Sys<Name>(Arguments& arguments);
//
// in kernel/syscall, which returns the result or a negated errno. arch/<cpu>/kernel/linux_abi.cc
// gives the CPU's numbers for them. A CPU need not have all (newer ones have no Fork); the numbers of
// the private calls (kernel/kpi/kld_abi.h) are the same everywhere and not listed here.
#pragma once

#include <cstddef>
#include <cstdint>

// X(Name)
#define DYNLINK_FILE_CALLS(X) \
  X(Read)                     \
  X(Write)                    \
  X(Readv)                    \
  X(Writev)                   \
  X(Pread64)                  \
  X(Pwrite64)                 \
  X(Preadv)                   \
  X(Pwritev)                  \
  X(Open)                     \
  X(Openat)                   \
  X(Creat)                    \
  X(Close)                    \
  X(CloseRange)               \
  X(Lseek)                    \
  X(Ftruncate)                \
  X(Truncate)                 \
  X(Fallocate)                \
  X(Sendfile)                 \
  X(Fsync)                    \
  X(Fdatasync)                \
  X(Sync)                     \
  X(Fadvise64)                \
  X(Getdents64)               \
  X(Dup)                      \
  X(Dup2)                     \
  X(Dup3)                     \
  X(Pipe)                     \
  X(Pipe2)                    \
  X(Fcntl)                    \
  X(Ioctl)                    \
  X(Poll)                     \
  X(Ppoll)                    \
  X(Select)                   \
  X(Pselect6)

#define DYNLINK_PATH_CALLS(X) \
  X(Stat)                     \
  X(Lstat)                    \
  X(Fstat)                    \
  X(Newfstatat)               \
  X(Statx)                    \
  X(Statfs)                   \
  X(Fstatfs)                  \
  X(Access)                   \
  X(Faccessat)                \
  X(Faccessat2)               \
  X(Readlink)                 \
  X(Readlinkat)               \
  X(Getcwd)                   \
  X(Chdir)                    \
  X(Fchdir)                   \
  X(Chroot)                   \
  X(Mkdir)                    \
  X(Mkdirat)                  \
  X(Rmdir)                    \
  X(Mknod)                    \
  X(Mknodat)                  \
  X(Unlink)                   \
  X(Unlinkat)                 \
  X(Link)                     \
  X(Linkat)                   \
  X(Symlink)                  \
  X(Symlinkat)                \
  X(Rename)                   \
  X(Renameat)                 \
  X(Renameat2)                \
  X(Chmod)                    \
  X(Fchmod)                   \
  X(Fchmodat)                 \
  X(Chown)                    \
  X(Lchown)                   \
  X(Fchown)                   \
  X(Fchownat)                 \
  X(Utime)                    \
  X(Utimes)                   \
  X(Utimensat)                \
  X(Futimesat)                \
  X(Umask)                    \
  X(Mount)                    \
  X(Umount2)

#define DYNLINK_MEMORY_CALLS(X) \
  X(Brk)                        \
  X(Mmap)                       \
  X(Munmap)                     \
  X(Mremap)                     \
  X(Mprotect)                   \
  X(Madvise)

#define DYNLINK_PROCESS_CALLS(X) \
  X(Fork)                        \
  X(Vfork)                       \
  X(Clone)                       \
  X(Execve)                      \
  X(Exit)                        \
  X(ExitGroup)                   \
  X(Wait4)                       \
  X(Waitid)                      \
  X(Kill)                        \
  X(Tkill)                       \
  X(Tgkill)                      \
  X(RtSigaction)                 \
  X(RtSigprocmask)               \
  X(RtSigreturn)                 \
  X(RtSigpending)                \
  X(RtSigsuspend)                \
  X(RtSigtimedwait)              \
  X(Sigaltstack)                 \
  X(Pause)                       \
  X(Alarm)                       \
  X(Setitimer)                   \
  X(Getitimer)                   \
  X(Getpid)                      \
  X(Gettid)                      \
  X(Getppid)                     \
  X(Getpgid)                     \
  X(Getpgrp)                     \
  X(Setpgid)                     \
  X(Getsid)                      \
  X(Setsid)                      \
  X(SetTidAddress)               \
  X(SetRobustList)               \
  X(Rseq)                        \
  X(Futex)                       \
  X(Prctl)                       \
  X(SchedYield)                  \
  X(SchedGetaffinity)

#define DYNLINK_SYSTEM_CALLS(X) \
  X(Getuid)                     \
  X(Geteuid)                    \
  X(Getgid)                     \
  X(Getegid)                    \
  X(Setuid)                     \
  X(Setgid)                     \
  X(Setreuid)                   \
  X(Setregid)                   \
  X(Setresuid)                  \
  X(Getresuid)                  \
  X(Setresgid)                  \
  X(Getresgid)                  \
  X(Getgroups)                  \
  X(Setgroups)                  \
  X(Uname)                      \
  X(Sethostname)                \
  X(Sysinfo)                    \
  X(Syslog)                     \
  X(Reboot)                     \
  X(Getrandom)                  \
  X(Getrlimit)                  \
  X(Setrlimit)                  \
  X(Prlimit64)                  \
  X(Getrusage)                  \
  X(Times)                      \
  X(Time)                       \
  X(Gettimeofday)               \
  X(Settimeofday)               \
  X(ClockGettime)               \
  X(ClockGetres)                \
  X(ClockSettime)               \
  X(ClockNanosleep)             \
  X(Nanosleep)

// What only CPUs with words of 32 bits have: 64-bit offsets, sizes and times, where the call without
// the number has words.
#define DYNLINK_SHORT_WORD_CALLS(X) \
  X(Llseek)                         \
  X(OldMmap)                        \
  X(Mmap2)                          \
  X(Truncate64)                     \
  X(Ftruncate64)                    \
  X(Sendfile64)                     \
  X(Statfs64)                       \
  X(Fstatfs64)                      \
  X(OldSelect)                      \
  X(Waitpid)                        \
  X(Sigreturn)                      \
  X(ClockGettime64)                 \
  X(ClockSettime64)                 \
  X(ClockGetres64)                  \
  X(ClockNanosleep64)               \
  X(Utimensat64)                    \
  X(Pselect6Time64)                 \
  X(Ppoll64)                        \
  X(RtSigtimedwait64)               \
  X(Futex64)

#define DYNLINK_SYSTEM_CALLS_ALL(X) \
  DYNLINK_FILE_CALLS(X)             \
  DYNLINK_PATH_CALLS(X)             \
  DYNLINK_MEMORY_CALLS(X)           \
  DYNLINK_PROCESS_CALLS(X)          \
  DYNLINK_SYSTEM_CALLS(X)           \
  DYNLINK_SHORT_WORD_CALLS(X)

namespace syscalls {

enum class Call : uint16_t {
#define DYNLINK_X(name) k##name,
  DYNLINK_SYSTEM_CALLS_ALL(DYNLINK_X)
#undef DYNLINK_X
};

inline constexpr const char* kCallNames[] = {
#define DYNLINK_X(name) #name,
    DYNLINK_SYSTEM_CALLS_ALL(DYNLINK_X)
#undef DYNLINK_X
};
inline constexpr size_t kCallCount = sizeof kCallNames / sizeof kCallNames[0];

}  // namespace syscalls
