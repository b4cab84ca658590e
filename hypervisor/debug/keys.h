/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Console keys: single letters that print the state of the machine. Others
 * register theirs; the console hands over what was typed, also by
 * XEN_SYSCTL_debug_keys.
 */
#pragma once

#include "lib/types.h"

/* @fn runs with interrupts on, no locks held. A letter can be taken once. */
void key_register(char key, void (*fn)(void), const char *help);
/* Notes the key and asks for keys_run(). Any context. */
void key_press(char key);
/* Runs the keys noted: called from a softirq. */
void keys_run(void);
/* How key_press asks: the hook raises the softirq. */
void keys_set_hook(void (*hook)(void));
