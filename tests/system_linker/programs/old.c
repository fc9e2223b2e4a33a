/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libold.so: linked when libbase.so had no versions yet (it is made against a stand-in for that), so
 * that its references have none: they mean answer@BASE_1, not the default.
 */
#include "base.h"

#ifdef STAND_IN
int answer(void) { return 0; }
#else
int (*const old_answer)(void) = answer;
int call_old_answer(void) { return answer(); }
#endif
