/* SPDX-License-Identifier: GPL-2.0-only */
/* Printing S-expressions as xend did: what `create -n` and `list -l` answer. */
#ifndef XM_SXP_H
#define XM_SXP_H

#include <stdio.h>

struct config;
struct config_value;

/** sxp_print_atom() - a word; quoted when it would not read back as one. */
void sxp_print_atom(FILE *to, const char *text);

/** sxp_print_value() - a value of a configuration. */
void sxp_print_value(FILE *to, const struct config_value *value);

/** sxp_print_keys() - "    (key value)" lines for all keys that are set. */
void sxp_print_keys(FILE *to, struct config *config);

/** sxp_print_config() - "(domain (key value) ...)". */
void sxp_print_config(FILE *to, struct config *config);

#endif
