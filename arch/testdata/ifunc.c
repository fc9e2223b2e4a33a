// SPDX-License-Identifier: BSD-2-Clause
// STT_GNU_IFUNC: `local_choice` is hidden (IRELATIVE), `choice` is exported (a symbolic relocation
// against a definition whose value is a resolver's address).

static long fast(long x) { return x * 2; }

__attribute__((visibility("hidden"), used)) void* local_choice_resolver(void) { return fast; }
__attribute__((visibility("hidden"), used)) void* choice_resolver(void) { return fast; }

// Written in assembly: not every compiler knows the attribute for every CPU. The type
// stands without the usual @, which begins a comment on some CPU.
__asm__(
    ".globl local_choice\n.hidden local_choice\n.type local_choice, STT_GNU_IFUNC\n"
    ".set local_choice, local_choice_resolver\n"
    ".globl choice\n.type choice, STT_GNU_IFUNC\n"
    ".set choice, choice_resolver\n");

__attribute__((visibility("hidden"))) long local_choice(long x);
long choice(long x);

long (*local_word)(long) = local_choice;
long (*word)(long) = choice;

// No direct call of local_choice: without a PLT slot of its own it is the same everywhere.
long entry(long x) { return local_word(x) + choice(x); }
