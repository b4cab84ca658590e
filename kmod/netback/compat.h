/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that netback is built for: 6.1 and 6.12. */
#ifndef NETBACK_COMPAT_H
#define NETBACK_COMPAT_H

#include <linux/skbuff.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#include <net/page_pool.h>
#define UEVENT_CONST
#else
#include <net/page_pool/helpers.h>
#define UEVENT_CONST const /* the device that a uevent is about */
#endif

/* Parts of pages need no flag since 6.7. */
#ifndef PP_FLAG_PAGE_FRAG
#define PP_FLAG_PAGE_FRAG 0
#endif

/* FN is called when a packet of somebody's pages is done with. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define DEFINE_UBUF_DONE(name, fn)                      \
	static inline void name(struct ubuf_info *ubuf) \
	{                                               \
		ubuf->callback = fn;                    \
	}
#else
#define DEFINE_UBUF_DONE(name, fn)                        \
	static inline void name(struct ubuf_info *ubuf)   \
	{                                                 \
		static const struct ubuf_info_ops ops = { \
			.complete = fn,                   \
		};                                        \
		ubuf->ops = &ops;                         \
	}
#endif

#endif
