// SPDX-License-Identifier: GPL-2.0-only
/* The probe of section.h. CPUs race for the maxima: it is for tests. */
#include "cpu/section.h"

#include "cpu/percpu.h"
#include "cpu/system.h"
#include "lib/string.h"

struct section {
	bool open;
	unsigned int kind;
	u64 detail, start;
};

static DEFINE_PER_CPU(struct section, section);
static struct section_longest longest[SECTION_KINDS];

static void note(const struct section *s, u64 where)
{
	u64 ticks = rdtsc() - s->start;
	struct section_longest *l = &longest[s->kind];

	if (ticks > READ_ONCE(l->ticks))
		*l = (struct section_longest){ ticks, s->detail, where };
}

void section_note_begin(unsigned int kind, u64 detail)
{
	struct section *s = &this_cpu(section);

	*s = (struct section){ kind < SECTION_KINDS, kind, detail, rdtsc() };
}

void section_note_check(void)
{
	struct section *s = &this_cpu(section);

	if (!s->open)
		return;
	note(s, (u64)__builtin_return_address(0));
	s->start = rdtsc();
}

void section_note_end(void)
{
	struct section *s = &this_cpu(section);

	if (s->open)
		note(s, (u64)__builtin_return_address(0));
	s->open = false;
}

struct section_longest section_longest(unsigned int kind)
{
	return kind < SECTION_KINDS ? longest[kind] :
				      (struct section_longest){ 0 };
}

void section_forget_all(void)
{
	memset(longest, 0, sizeof(longest));
}
