/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab's command channel, spoken over one virtio-serial port.
 *
 * Both sides send frames: a head, then len bytes.  Numbers are little endian
 * (both ends are x86-64).  The host asks and dom0 answers; dom0 sends HELLO
 * when its first process runs and READY when its services are up, and repeats
 * READY for each PING so that a restored machine can be greeted too.
 */
#ifndef LAB_PROTO_H
#define LAB_PROTO_H

#include <stdint.h>

#define LAB_PORT_NAME	"hospes.lab"
#define LAB_MAX_PAYLOAD 65536

struct lab_head {
	uint8_t type;
	uint8_t pad[3];
	uint32_t len;
};

enum lab_type {
	/* host to dom0 */
	LAB_PING = 'P', /* struct lab_ping */
	LAB_FILE = 'F', /* struct lab_file, then the path */
	LAB_DATA = 'D', /* struct lab_data, then the bytes */
	LAB_CLOSE = 'E', /* end of file; answered by DONE */
	LAB_EXEC = 'X', /* struct lab_exec, then the script */
	LAB_INPUT = 'I', /* bytes for stdin; none at all means end of file */
	LAB_WINSZ = 'W', /* struct lab_winsz */
	/* dom0 to host */
	LAB_HELLO = 'H', /* nothing */
	LAB_READY = 'R', /* what did not come up, as text; empty is good */
	LAB_DONE = 'A', /* what went wrong with the file, as text */
	LAB_OUT = '1', /* bytes of stdout */
	LAB_ERR = '2', /* bytes of stderr */
	LAB_EXIT = 'Q', /* struct lab_exit */
};

struct lab_ping {
	uint64_t realtime_ns; /* what dom0's clock should be, 0: leave it */
};

struct lab_file {
	uint64_t size_bytes;
	uint32_t mode;
	uint32_t pad;
};

struct lab_data {
	uint64_t offset_bytes;
};

enum lab_exec_flags {
	LAB_EXEC_STDIN = 1, /* stdin is fed by INPUT frames, else /dev/null */
	LAB_EXEC_TTY = 2, /* run on a terminal; stderr joins stdout */
};

struct lab_winsz {
	uint16_t rows;
	uint16_t cols;
};

struct lab_exec {
	uint32_t flags;
	struct lab_winsz size;
};

struct lab_exit {
	uint32_t status; /* as a shell would say it: 0-255 */
};

#endif /* LAB_PROTO_H */
