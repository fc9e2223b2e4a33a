// SPDX-License-Identifier: BSD-2-Clause
// Long DT_RELR runs: 200 adjacent words are several bitmaps in a row, the gaps after them make
// bitmaps with holes, single addresses and a run that begins in the middle of nowhere.

static char target[64];

#define P1(n) target + ((n)&63),
#define P4(n) P1(n) P1(n + 1) P1(n + 2) P1(n + 3)
#define P20(n) P4(n) P4(n + 4) P4(n + 8) P4(n + 12) P4(n + 16)
#define P100(n) P20(n) P20(n + 20) P20(n + 40) P20(n + 60) P20(n + 80)

char* run[] = {P100(0) P100(100)};

#define HOLE1(n) {target + (n), 0, 0, n},
#define HOLE4(n) HOLE1(n) HOLE1(n + 1) HOLE1(n + 2) HOLE1(n + 3)
struct Hole {
  char* word;
  long zero[2];
  long number;
};
struct Hole holes[] = {HOLE4(0) HOLE4(4) HOLE4(8) HOLE4(12)};

struct Far {
  char* first;
  long gap[70];
  char* second;
  char* third;
};
struct Far far_words[] = {{target, {0}, target + 1, target + 2},
                          {target + 3, {0}, target + 4, target}};
