/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netif ABI for the sources that are also built on the host: the kernel's
 * header there, Xen's public one here. They differ in names, and each has an
 * extra info that the other has not.
 */
#ifndef NETBACK_ABI_H
#define NETBACK_ABI_H

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#include <xen/interface/io/netif.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <xen/xen.h>
#include <xen/io/netif.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;

#define xen_netif_tx_request	  netif_tx_request
#define xen_netif_extra_info	  netif_extra_info
#define XEN_NETTXF_csum_blank	  NETTXF_csum_blank
#define XEN_NETTXF_data_validated NETTXF_data_validated
#define XEN_NETTXF_more_data	  NETTXF_more_data
#define XEN_NETTXF_extra_info	  NETTXF_extra_info
#define XEN_NETIF_EXTRA_TYPE_XDP  5
#define READ_ONCE(x)		  (*(const volatile __typeof__(x) *)&(x))
#endif

#endif
