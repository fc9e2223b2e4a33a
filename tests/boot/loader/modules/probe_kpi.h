// SPDX-License-Identifier: BSD-2-Clause
// What the probe kernel exports (kernel/dynamic/testing/probe.map).
#pragma once

unsigned probe_add(unsigned a, unsigned b);
extern unsigned probe_calls;
