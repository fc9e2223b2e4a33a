/* SPDX-License-Identifier: BSD-2-Clause */

__attribute__((visibility("default"))) int dma_map(void);
int dma_map(void) { return 1; }
