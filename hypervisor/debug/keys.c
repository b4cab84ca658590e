/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A key is noted as a bit, so that an interrupt handler may do it, and run
 * later in a softirq, where long printing is allowed.
 */
#include "debug/keys.h"

#include "debug/log.h"
#include "lib/bitmap.h"

#define NR_KEYS 128

static struct {
	void (*fn)(void);
	const char *help;
} keys[NR_KEYS];
static u64 pressed[BITMAP_LONGS(NR_KEYS)];
static void (*keys_hook)(void);

static void show_help(void)
{
	for (unsigned int i = 0; i < NR_KEYS; i++)
		if (keys[i].fn)
			pr_err("key '%c': %s", i, keys[i].help);
}

void key_register(char key, void (*fn)(void), const char *help)
{
	unsigned int i = (u8)key % NR_KEYS;

	BUG_ON(keys[i].fn);
	keys[i].help = help;
	keys[i].fn = fn;
	if (!keys['h'].fn)
		key_register('h', show_help, "this list");
}

void key_press(char key)
{
	unsigned int i = (u8)key;

	if (i >= NR_KEYS || !keys[i].fn)
		i = 'h';
	set_bit(pressed, i);
	if (keys_hook)
		keys_hook();
}

void keys_run(void)
{
	unsigned int i;

	bitmap_for_each(i, pressed, NR_KEYS) {
		clear_bit(pressed, i);
		if (keys[i].fn)
			keys[i].fn();
	}
}

void keys_set_hook(void (*hook)(void))
{
	keys_hook = hook;
}
