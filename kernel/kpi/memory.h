/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The kernel heap. Null when there is no memory, which a module must expect; never sleeps; not from
 * interrupt handlers. What a file has allocated is its own business: the kernel does not give it
 * back when the file leaves.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
/* `bytes` aligned to 16, contents undefined. 0 bytes are a block too. */
void* kmalloc(size_t bytes);
/* Zeroed; null too when count * bytes is more than a size_t. */
void* kcalloc(size_t count, size_t bytes);
/* `align` is a power of two, at most 4096. */
void* kmalloc_aligned(size_t bytes, size_t align);
/* Null is allowed. */
void kfree(void* block);
#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
