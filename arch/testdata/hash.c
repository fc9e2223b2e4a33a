// SPDX-License-Identifier: BSD-2-Clause
// 64 symbols, so that the hash tables have chains of several, and names that are each other's
// prefixes or anagrams, so that nothing less than the whole name tells them apart.

#define D1(name) char name = sizeof #name;
#define D4(name) D1(name##a) D1(name##b) D1(name##ab) D1(name##ba)
#define D16(name) D4(name##_) D4(name##x) D4(name##_x) D4(name##x_)

D16(sym)
D16(sy)
D16(mys)
D16(s)
