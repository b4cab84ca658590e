// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor's command line, which comes from whoever edits the menu. */
/* links: boot/cmdline.c lib/string.c lib/bitmap.c */
/* renames: memcpy memmove memset memcmp memchr strlen strnlen strcmp strncmp
 * strchr strstr strlcpy */
#include <stdlib.h>

#include "boot/boot.h"
#include "lib/string.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);

	memcpy(line, data, size);
	line[size] = '\0';
	cmdline_parse(line);
	free(line);
	return 0;
}
