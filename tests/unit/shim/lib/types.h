/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one access of READ_ONCE and WRITE_ONCE as atomics: ThreadSanitizer takes
 * a volatile access for an ordinary one.
 */
#ifndef SHIM_LIB_TYPES_H
#define SHIM_LIB_TYPES_H

#include_next "lib/types.h"

#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x)	 __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#endif
