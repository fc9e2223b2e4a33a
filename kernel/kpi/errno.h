// SPDX-License-Identifier: BSD-2-Clause
//
// Error numbers. The values are those of the Linux system-call ABI (asm-generic), which every CPU
// that boots shares, so that unmodified user programs print the right words. In the kernel they are
// positive; only the system-call return path negates them.
//
// A C library's header may have others (some CPUs' Linux has its own numbers), and comes with C++
// headers. It is taken first, so that it cannot come later.
#pragma once

#if __has_include(<errno.h>)
#include <errno.h>
#endif

// From 35 on they differ.
#undef EDEADLK
#undef ENAMETOOLONG
#undef ENOSYS
#undef ENOTEMPTY
#undef ELOOP
#undef ENODATA
#undef ENOLINK
#undef EPROTO
#undef EOVERFLOW
#undef ENOTUNIQ
#undef ELIBACC
#undef ELIBBAD
#undef EPROTONOSUPPORT
#undef EOPNOTSUPP
#undef ETIMEDOUT
#undef ESTALE
#undef ECANCELED
#undef EKEYREJECTED

#define EPERM 1
#define ENOENT 2
#define ESRCH 3
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define ENOEXEC 8
#define EBADF 9
#define ECHILD 10
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define EXDEV 18
#define ENODEV 19
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define ENFILE 23
#define EMFILE 24
#define ENOTTY 25
#define ETXTBSY 26
#define EFBIG 27
#define ENOSPC 28
#define ESPIPE 29
#define EROFS 30
#define EMLINK 31
#define EPIPE 32
#define EDOM 33
#define ERANGE 34
#define EDEADLK 35
#define ENAMETOOLONG 36
#define ENOSYS 38
#define ENOTEMPTY 39
#define ELOOP 40
#define ENODATA 61
#define ENOLINK 67
#define EPROTO 71
#define EOVERFLOW 75
#define ENOTUNIQ 76
#define ELIBACC 79
#define ELIBBAD 80
#define EPROTONOSUPPORT 93
#define EOPNOTSUPP 95
#define ETIMEDOUT 110
#define ESTALE 116
#define ECANCELED 125
#define EKEYREJECTED 129
