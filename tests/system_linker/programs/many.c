/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libmanyN.so, for N from 0 on: a row of libraries that refer to each other's functions and
 * variables. All define `common_name`; the first in the scope is everybody's.
 */
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define OF(name, n) JOIN(name, n)

int common_name = N;
int OF(variable_, N) = N;
int OF(function_, N)(void) { return OF(variable_, N) + common_name; }

#if N > 0
extern int OF(variable_, BEFORE);
int OF(function_, BEFORE)(void);
extern int variable_0;
int function_0(void);
int* const OF(pointers_, N)[] = {&OF(variable_, BEFORE), &variable_0, &common_name,
                                 &OF(variable_, N)};
int (*const OF(functions_, N)[])(void) = {OF(function_, BEFORE), function_0, OF(function_, N)};
int OF(sum_, N)(void) { return OF(function_, BEFORE)() + function_0() + *OF(pointers_, N)[0]; }
#endif
