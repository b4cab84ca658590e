/* SPDX-License-Identifier: GPL-2.0-only */
/* The forms of `list`, for each other. */
#ifndef XM_LIST_H
#define XM_LIST_H

#include "lib/domain.h"

#define LIST_STATE_LEN 6

/** list_state() - the six letters of a domain's state, and a NUL. */
void list_state(const domain_info_t *info, char *text);

/** list_state_word() - what domstate prints. */
const char *list_state_word(const domain_info_t *info);

/** list_print_long() - all that is known of a domain, as SXP. */
void list_print_long(const domain_info_t *info);

/** list_print_json() - the same as a JSON object, without a newline. */
void list_print_json(const domain_info_t *info);

#endif
