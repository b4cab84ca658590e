/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of features and where they stand in CPUID; see the table. A policy
 * is kept as the bits that stay in each word, so that whatever a toolstack
 * sends, no feature can be shown that pv_cpuid() does not offer.
 */
#include "pv/cpu_policy.h"

#include "pv/pv.h"

/*
 * In a policy these two say how many of the hypervisor's own leaves a guest is
 * shown; 0 leaves it to us.
 */
#define LIMIT_XEN      0x40000000
#define LIMIT_VIRIDIAN 0x40000100

#define REG(name) offsetof(struct cpuid_leaf, name)

static const struct {
	u32 leaf, sub;
	size_t reg;
} words[CPU_FEATURE_WORDS] = {
	{ 1, 0, REG(d) },	   { 1, 0, REG(c) },
	{ 0x80000001, 0, REG(d) }, { 0x80000001, 0, REG(c) },
	{ 0xd, 1, REG(a) },	   { 7, 0, REG(b) },
	{ 7, 0, REG(c) },	   { 0x80000007, 0, REG(d) },
	{ 0x80000008, 0, REG(b) }, { 7, 0, REG(d) },
	{ 7, 1, REG(a) },	   { 0x80000021, 0, REG(a) },
};

/* Word 1: OSXSAVE follows XSAVE, and a hypervisor there is. */
#define WORD_1_XSAVE   BIT(26)
#define WORD_1_OSXSAVE BIT(27)
#define WORD_1_ALWAYS  BIT(31)
/* Word 2: without these two no 64-bit kernel runs. */
#define WORD_2_ALWAYS (BIT(11) | BIT(29))

static u32 *leaf_reg(struct cpuid_leaf *l, size_t at)
{
	return (u32 *)((u8 *)l + at);
}

void cpu_policy_init(struct cpu_policy *p)
{
	for (unsigned int i = 0; i < CPU_FEATURE_WORDS; i++)
		p->keep[i] = ~0U;
}

void cpu_policy_apply(const struct cpu_policy *p, u32 leaf, u32 sub,
		      struct cpuid_leaf *l)
{
	for (unsigned int i = 0; i < CPU_FEATURE_WORDS; i++)
		if (words[i].leaf == leaf &&
		    (words[i].sub == sub || leaf >= 0x80000000 || leaf == 1))
			*leaf_reg(l, words[i].reg) &= READ_ONCE(p->keep[i]);
}

static bool has_subleaves(u32 leaf)
{
	return leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd ||
	       leaf == 0x40000003;
}

int cpu_policy_set(struct cpu_policy *p, const struct xen_cpuid_leaf *from)
{
	struct cpuid_leaf l = { from->a, from->b, from->c, from->d };
	u32 sub = from->subleaf;

	if (sub == XEN_CPUID_NO_SUBLEAF)
		sub = 0;
	else if (sub && !has_subleaves(from->leaf))
		return -EINVAL;
	for (unsigned int i = 0; i < CPU_FEATURE_WORDS; i++)
		if (words[i].leaf == from->leaf && words[i].sub == sub)
			p->keep[i] = *leaf_reg(&l, words[i].reg);
	p->keep[1] |= WORD_1_ALWAYS;
	if (p->keep[1] & WORD_1_XSAVE)
		p->keep[1] |= WORD_1_OSXSAVE;
	p->keep[2] |= WORD_2_ALWAYS;
	return 0;
}

static void read_leaf(const struct cpu_policy_walk *w, u32 leaf, u32 sub,
		      struct cpuid_leaf *l)
{
	if (leaf == LIMIT_XEN || leaf == LIMIT_VIRIDIAN)
		*l = (struct cpuid_leaf){ 0 };
	else if (w->kind == CPU_POLICY_HOST)
		*l = cpuid(leaf, sub);
	else
		pv_cpuid(w->d, leaf, sub, l);
}

/* Highest leaf of the range that @leaf is in. */
static u32 range_max(const struct cpu_policy_walk *w, u32 leaf)
{
	struct cpuid_leaf l;
	u32 base = leaf & 0xf0000000;

	read_leaf(w, base, 0, &l);
	return l.a >= base && l.a < base + 0x100 ? l.a : base;
}

/*
 * Last subleaf listed: all that the format has room for, empty ones too. A
 * toolstack writes the same list back into a buffer of the length it was given.
 */
static u32 last_sub(const struct cpu_policy_walk *w, u32 leaf)
{
	struct cpuid_leaf l;

	switch (leaf) {
	case 4:
		return 5;
	case 7:
		read_leaf(w, leaf, 0, &l);
		return MIN(l.a, 1U);
	case 0xb:
		return 1;
	case 0xd:
		return 62;
	default:
		return 0;
	}
}

static bool advance(struct cpu_policy_walk *w)
{
	if (!w->started) {
		w->started = true;
		w->leaf = w->sub = 0;
		return true;
	}
	if (w->sub < last_sub(w, w->leaf)) {
		w->sub++;
		return true;
	}
	w->sub = 0;
	switch (w->leaf) {
	case LIMIT_XEN:
		w->leaf = LIMIT_VIRIDIAN;
		return true;
	case LIMIT_VIRIDIAN:
		w->leaf = 0x80000000;
		return true;
	default:
		break;
	}
	if (w->leaf < range_max(w, w->leaf))
		w->leaf++;
	else if (w->leaf < 0x80000000)
		w->leaf = LIMIT_XEN;
	else
		return false;
	return true;
}

bool cpu_policy_next(struct cpu_policy_walk *w, struct xen_cpuid_leaf *out)
{
	struct cpuid_leaf l;

	if (!advance(w))
		return false;
	read_leaf(w, w->leaf, w->sub, &l);
	*out = (struct xen_cpuid_leaf){
		.leaf = w->leaf,
		.subleaf = has_subleaves(w->leaf) ? w->sub :
						    XEN_CPUID_NO_SUBLEAF,
		.a = l.a,
		.b = l.b,
		.c = l.c,
		.d = l.d,
	};
	return true;
}

void cpu_policy_features(enum cpu_policy_kind kind,
			 u32 features[CPU_FEATURE_WORDS])
{
	struct cpu_policy_walk w = { .kind = kind };

	for (unsigned int i = 0; i < CPU_FEATURE_WORDS; i++) {
		struct cpuid_leaf l = { 0 };

		if (words[i].leaf <= range_max(&w, words[i].leaf))
			read_leaf(&w, words[i].leaf, words[i].sub, &l);
		features[i] = *leaf_reg(&l, words[i].reg);
	}
}
