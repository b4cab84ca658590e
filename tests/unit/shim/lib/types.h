/* SPDX-License-Identifier: GPL-2.0-only */
/* READ_ONCE and WRITE_ONCE in the words that ThreadSanitizer understands. */
#ifndef SHIM_LIB_TYPES_H
#define SHIM_LIB_TYPES_H

#include_next "lib/types.h"

#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x)	 __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#endif
