// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration language through its public interface: what values come
 * out, and what a person reads when something is wrong. Whole files, compared
 * with what Python makes of them, are in the suite `config`.
 */
/* links: ../../userspace/config/?*.c */
/* libs: m */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/cpu_list.h"
#include "config/disk_spec.h"
#include "config/vif_spec.h"
#include "test.h"

static struct config *parse(const char *text)
{
	return config_parse("t.cfg", text, strlen(text), NULL);
}

static struct config *parse_with(const char *text, const char *override)
{
	struct config_options options = { &override, 1, NULL, 0 };

	return config_parse("t.cfg", text, strlen(text), &options);
}

/* All that @text says, as JSON; or the first line of its error. */
static void expect(const char *file, int line, const char *text,
		   const char *wanted)
{
	struct config *config = parse(text);
	const char *error = config_error(config);
	char *got = strdup(error ? error : config_to_json(config));

	if (error && strchr(got, '\n'))
		*strchr(got, '\n') = '\0';
	test_equal_str(file, line, text, "what it means", got, wanted);
	free(got);
	config_free(config);
}

#define MEANS(text, wanted) expect(__FILE__, __LINE__, text, wanted)
/* The value of `extra`, which may be any text, as Python's repr. */
#define GIVES(expression, wanted) \
	MEANS("extra = repr((" expression "))", "{\"extra\": \"" wanted "\"}")
#define FAILS(expression, wanted) \
	MEANS("extra = " expression, "t.cfg:1:" wanted)

TEST(values_of_each_type)
{
	GIVES("0x10", "16");
	GIVES("010", "8");
	GIVES("1_000", "1000");
	GIVES("10L", "10");
	GIVES("1.5e3", "1500.0");
	GIVES("1e16", "1e+16");
	GIVES("'a' \"b\" r'\\n'", "'ab\\\\\\\\n'");
	GIVES("'\\x41\\u00e9\\101'", "'A\xc3\xa9"
				     "A'");
	GIVES("[1, 'a', (), (1,), None, True]",
	      "[1, 'a', (), (1,), None, True]");
	GIVES("{'a': 1, 2: [3]}", "{'a': 1, 2: [3]}");
	GIVES("'''x\ny'''", "'x\\\\ny'");
}

TEST(arithmetic_is_that_of_python)
{
	GIVES("7 // 2, -7 // 2, 7 % -3, -7 % 3", "(3, -4, -2, 2)");
	GIVES("7 / 2, 4 / 2, 2 ** 10, 2 ** -1", "(3.5, 2.0, 1024, 0.5)");
	GIVES("7.5 // 2, -7.5 % 2", "(3.0, 0.5)");
	GIVES("1 + 2 * 3 - -4, (1 + 2) * 3", "(11, 9)");
	GIVES("-2 ** 2, 2 ** 3 ** 2", "(-4, 512)");
	GIVES("6 & 3, 6 | 1, 6 ^ 2, 1 << 4, 255 >> 4, ~5",
	      "(2, 7, 4, 16, 15, -6)");
	GIVES("1 < 2 < 3, 1 < 3 < 2, 'a' in 'cat', 3 not in [1, 2]",
	      "(True, False, True, True)");
	GIVES("0 or 'x', 1 and 0, not '', 5 if [] else 6", "('x', 0, True, 6)");
	GIVES("'ab' * 2, [0] * 3, 2 * (1,)", "('abab', [0, 0, 0], (1, 1))");
	FAILS("9223372036854775807 + 1",
	      "29: the result is too large a number");
	GIVES("pow(2, 3), round(2.5), round(3.14159, 2)", "(8, 2, 3.14)");
	GIVES("'a' is 'a', 5 is 5, [] is [], None is not None",
	      "(True, True, False, False)");
	FAILS("round(1234, -2)", "9: round(): 0 to 20 digits");
	FAILS("1 / 0", "11: a division by zero");
	FAILS("'a' + 1", "13: '+' of a text and a number is not possible");
}

TEST(indexing_and_slices)
{
	GIVES("'hello'[1:3], 'hello'[-3:], 'hello'[::-1], 'hello'[10:]",
	      "('el', 'llo', 'olleh', '')");
	GIVES("[1, 2, 3, 4][1:-1], [1, 2, 3][::2], (1, 2)[0]",
	      "([2, 3], [1, 3], 1)");
	GIVES("'h\xc3\xa9llo'[1], len('h\xc3\xa9llo')", "('\xc3\xa9', 5)");
	GIVES("{'a': {'b': 7}}['a']['b']", "7");
	FAILS("[1][1]", "12: index 1 of 1 entries");
	FAILS("{}['x']", "11: no entry 'x' in the dict");
}

TEST(formats)
{
	GIVES("'%s-%03d-%x-%.2f-%%' % ('a', 7, 255, 1.5)", "'a-007-ff-1.50-%'");
	GIVES("'%(a)s%(b)5d|' % {'a': 1, 'b': 2}", "'1    2|'");
	GIVES("'%-5s|%5s|%+d' % ('a', 'b', 3)", "'a    |    b|+3'");
	GIVES("'{} {1} {0}'.format(1, 2)", "'1 2 1'");
	GIVES("'{a:>4}{b!r}{{}}'.format(a=1, b='x')", "\\\"   1'x'{}\\\"");
	GIVES("'{0[1]} {1[k]}'.format([1, 2], {'k': 3})", "'2 3'");
	GIVES("f'{1 + 1}{\"a\":>3}{255:#x}{3.14159:.2f}{{'", "'2  a0xff3.14{'");
	GIVES("f'{\"x\":{2 + 2}}|'", "'x   |'");
	GIVES("f'{1234567:,} {0.25:%} {5:03}'", "'1,234,567 25.000000% 005'");
	FAILS("'%d' % 'x'", "14: %d needs a number, not a text");
	FAILS("'%s' % (1, 2)",
	      "14: '%' of a text: there are more values than places for them");
}

TEST(comprehensions_and_functions)
{
	GIVES("[i * j for i in range(3) for j in range(2) if i]",
	      "[0, 1, 0, 2]");
	GIVES("{k: v for k, v in [('a', 1)]}", "{'a': 1}");
	GIVES("','.join(str(i) for i in range(3))", "'0,1,2'");
	GIVES("sorted([3, 1, 2], reverse=True), sorted('bca', key=ord)",
	      "([3, 2, 1], ['a', 'b', 'c'])");
	GIVES("min(3, 1), max([1, 5]), sum([1, 2]), hex(255), oct(8), bin(5)",
	      "(1, 5, 3, '0xff', '0o10', '0b101')");
	GIVES("int('0x1f', 16), int('12'), int(3.9), float('2.5'), str(1.0)",
	      "(31, 12, 3, 2.5, '1.0')");
	GIVES("[(i, c) for i, c in enumerate('ab', start=1)]",
	      "[(1, 'a'), (2, 'b')]");
	GIVES("list(zip([1, 2], 'ab')), list(map(str, [1]))",
	      "([(1, 'a'), (2, 'b')], ['1'])");
}

TEST(methods)
{
	GIVES("' a b '.strip(), 'a,b,,c'.split(','), 'a  b'.split()",
	      "('a b', ['a', 'b', '', 'c'], ['a', 'b'])");
	GIVES("'a-b-c'.split('-', 1), 'a-b-c'.rsplit('-', 1)",
	      "(['a', 'b-c'], ['a-b', 'c'])");
	GIVES("'aXbX'.replace('X', 'yy'), 'abc'.upper(), 'ABC'.lower()",
	      "('ayybyy', 'ABC', 'abc')");
	GIVES("'web1'.startswith('web'), 'a.img'.endswith(('.iso', '.img'))",
	      "(True, True)");
	GIVES("'7'.zfill(3), 'a'.center(4, '*'), 'a.b'.partition('.')",
	      "('007', '*a**', ('a', '.', 'b'))");
	GIVES("'abcabc'.find('c'), 'abcabc'.rfind('b'), 'aaa'.count('a')",
	      "(2, 4, 3)");
	GIVES("'abcabc'.index('c'), 'abcabc'.rindex('b')", "(2, 4)");
	GIVES("'A1'.isupper(), '1'.isupper(), 'aB'.islower(), 'a'.islower()",
	      "(True, False, False, True)");
	GIVES("'web1'.removeprefix('web'), 'a.img'.removesuffix('.img'), "
	      "'a'.removeprefix('aa')",
	      "('1', 'a', 'a')");
	MEANS("a = [3, 1]\na.append(2)\na.sort()\na += [9]\nextra = repr(a)",
	      "{\"extra\": \"[1, 2, 3, 9]\"}");
	MEANS("d = {}\nd['x'] = 1\nd.update({'y': 2})\n"
	      "extra = repr((d.get('z', 0), list(d.items())))",
	      "{\"extra\": \"(0, [('x', 1), ('y', 2)])\"}");
}

TEST(statements)
{
	MEANS("n = 0\nfor i in range(5):\n  if i == 3: break\n"
	      "  elif i == 1:\n    continue\n  n += i\nextra = str(n)",
	      "{\"extra\": \"2\"}");
	MEANS("def f(a, b=2):\n\treturn a * b\nmemory = f(3) + f(b=1, a=1)",
	      "{\"memory\": 7}");
	MEANS("a, (b, c) = 1, [2, 3]\nmemory = a + b + c; vcpus = 1",
	      "{\"memory\": 6, \"vcpus\": 1}");
	MEANS("if 1: memory = 5\nelse: memory = 6\n", "{\"memory\": 5}");
	MEANS("while True:\n  memory = 1\n  break", "{\"memory\": 1}");
	MEANS("def f(n):\n  return f(n + 1)\nmemory = f(0)",
	      "t.cfg:2:10: f(): calls are nested too deeply");
}

TEST(unsupported_constructs_are_named)
{
	FAILS("lambda x: x", "9: lambda: this part of Python is not supported "
			     "in a configuration");
	MEANS("import os", "t.cfg:1:1: import: this part of Python is not "
			   "supported in a configuration");
	MEANS("class A: pass", "t.cfg:1:1: class: this part of Python is not "
			       "supported in a configuration");
	MEANS("try:\n  memory = 1\nexcept: pass",
	      "t.cfg:1:1: try: this part of Python is not supported in a "
	      "configuration");
	FAILS("open('x')", "9: open(): this part of Python is not supported in "
			   "a configuration");
	FAILS("{1, 2}", "9: a set: this part of Python is not supported in a "
			"configuration");
}

/* Each by the name that a reader of Python's manual knows it by. */
TEST(every_construct_that_is_missing_has_a_name)
{
	static const struct {
		const char *text, *place, *name;
	} cases[] = {
		{ "from os import path", "1:1", "from" },
		{ "with open('x') as f: pass", "1:1", "with" },
		{ "async def f(): pass", "1:1", "async" },
		{ "await f()", "1:1", "await" },
		{ "def f():\n  yield 1", "2:3", "yield" },
		{ "def f():\n  global a", "2:3", "global" },
		{ "nonlocal a", "1:1", "nonlocal" },
		{ "exec 'a = 1'", "1:1", "exec" },
		{ "execfile('a')", "1:1", "execfile" },
		{ "@wrapped\ndef f(): pass", "1:1", "a decorator" },
		{ "match 5:\n  case 5: pass", "1:1", "match" },
		{ "type a = 5", "1:1", "type" },
		{ "for a in [1]: pass\nelse: pass", "2:1",
		  "else after a loop" },
		{ "def f(*a): pass", "1:7", "* before a parameter" },
		{ "def f(a: int): pass", "1:8", "an annotation" },
		{ "def f(a) -> int: pass", "1:10", "an annotation" },
		{ "memory: int = 5", "1:7", "an annotation" },
		{ "memory = max(*[1])", "1:14", "* before an argument" },
		{ "memory = [*[1]]", "1:11", "unpacking by *" },
		{ "a, *b = [1, 2]", "1:4", "unpacking by *" },
		{ "a = {**{}}", "1:6", "unpacking by **" },
		{ "memory = (a := 5)", "1:13",
		  "an assignment in an expression" },
		{ "memory = 1 @ 2", "1:12", "matrix multiplication" },
		{ "a = ...", "1:5", "an ellipsis" },
		{ "a = [1]\na[0:1] = [2]", "2:2", "assigning to a slice" },
		{ "print >>5, 'x'", "1:7", "print to a file" },
		{ "extra = '\\N{BULLET}'", "1:10", "\\N{...}" },
		{ "a = type(5)", "1:5", "type()" },
		{ "a = set([5])", "1:5", "set()" },
		{ "a = __import__('os')", "1:5", "__import__()" },
		{ "a = getattr([], 'pop')", "1:5", "getattr()" },
	};
	char wanted[160];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(wanted, sizeof(wanted),
			 "t.cfg:%s: %s: this part of Python is not supported "
			 "in a configuration",
			 cases[i].place, cases[i].name);
		MEANS(cases[i].text, wanted);
	}
	MEANS("match = 5\nmemory = match", "{\"memory\": 5}");
	MEANS("type = 'pv'", "{\"type\": \"pv\"}");
	FAILS("`5`", "9: backquotes are not supported");
	FAILS("''.__class__", "12: a text has no '.__class__'");
}

TEST(limits_end_what_does_not_end)
{
	MEANS("while 1:\n  pass", "t.cfg:2:3: the configuration takes more "
				  "than 1000000 steps");
	MEANS("a = 'x' * 1000\nfor i in range(20): a = a + a\nextra = a",
	      "t.cfg:2:21: the configuration needs more than 8 MiB of memory");
	MEANS("a = []\na.append(a)\ndisk = a",
	      "t.cfg:3:1: values are nested too deeply to print");
}

TEST(errors_show_the_line)
{
	struct config *config = parse("name = 'a'\nmemory = 'lots'\n");

	EXPECT_STR(config_error(config),
		   "t.cfg:2:10: memory: 'lots' is not a whole number\n"
		   "    memory = 'lots'\n"
		   "             ^");
	EXPECT_STR(config_error_line(config),
		   "memory: 'lots' is not a whole number");
	EXPECT(!config_get(config, "name"));
	config_free(config);
	MEANS("memory = '512M'", "t.cfg:1:10: memory: '512M' is not a whole "
				 "number");
	MEANS("memory = 0", "t.cfg:1:10: memory: 0 is not between 1 and "
			    "16777216");
	MEANS("name = foo", "t.cfg:1:8: the name 'foo' is not defined");
	MEANS("disk = [ 'a', ", "t.cfg:1:8: this '[' is not closed");
	MEANS("memory = 5\nextra = \"\"\"a\nb\n",
	      "t.cfg:2:9: this text is not closed");
	MEANS("on_crash = 'soft-reset'",
	      "t.cfg:1:12: on_crash: 'soft-reset' is not known");
	MEANS("memory 5", "t.cfg:1:8: '5' cannot stand here");
	MEANS("  memory = 5",
	      "t.cfg:1:3: this line is indented without reason");
	MEANS("builder = 'hvm'", "t.cfg:1:12: HVM guests are not built in");
	MEANS("pci = ['01:00.0']",
	      "t.cfg:1:7: pci: passing PCI devices through is not built in");
	MEANS("on_crash = 'explode'",
	      "t.cfg:1:12: on_crash: 'explode' is not known");
}

TEST(unknown_names_are_refused_unless_read)
{
	struct config *config = parse("memroy = 5");

	EXPECT_STR(config_error(config), "t.cfg:1:1: unknown key 'memroy'\n"
					 "    memroy = 5\n"
					 "    ^\n"
					 "hint: did you mean 'memory'?");
	config_free(config);
	MEANS("m = 5\nmemory = m", "{\"memory\": 5}");
	MEANS("x = 1\nx += 1", "t.cfg:2:1: unknown key 'x'");
	MEANS("pci = []\nvnc = 0", "{\"pci\": [], \"vnc\": 0}");
}

TEST(overrides_win)
{
	static const struct {
		const char *text, *override, *wanted;
	} cases[] = {
		{ "memory = 5", "memory=64", "{\"memory\": 64}" },
		{ "name = 'a'", "name=web-1", "{\"name\": \"web-1\"}" },
		{ "name = 'a'", "name=\"NAME\"", "{\"name\": \"NAME\"}" },
		{ "name = 'a'", "extra=root=/dev/x ro",
		  "{\"name\": \"a\", \"extra\": \"root=/dev/x ro\"}" },
		{ "vif = ['', '']", "vif=bridge=br0",
		  "{\"vif\": [\"bridge=br0\"]}" },
		{ "vif = ['', '']", "vif=['a=b']", "{\"vif\": [\"a=b\"]}" },
		{ "memory = 2 * n", "n=4", "{\"memory\": 8}" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct config *config =
			parse_with(cases[i].text, cases[i].override);

		EXPECT_STR(config_error(config) ? config_error(config) :
						  config_to_json(config),
			   cases[i].wanted);
		config_free(config);
	}
}

TEST(override_errors_point_into_the_command_line)
{
	struct config *config = parse_with("", "memory=lots");

	EXPECT_STR(config_error(config),
		   "command line:1:7: memory: 'lots' is not a whole number\n"
		   "    memory=lots\n"
		   "          ^");
	config_free(config);
	config = parse_with("", "memroy=5");
	EXPECT(strstr(config_error(config), "did you mean 'memory'?"));
	config_free(config);
}

TEST(what_is_written_reads_back)
{
	struct config *config = parse("name = 'a\\'b\"\\n'\nmemory = 0x40\n"
				      "disk = ['file:/x,xvda,w']\ncpus = [1]");
	const char *text = config_to_text(config);
	struct config *again = parse(text);

	EXPECT_STR(config_to_json(again), config_to_json(config));
	config_free(again);
	config_free(config);
}

TEST(sxp_becomes_the_same_keys)
{
	MEANS("(vm (name etch) (memory 64) (vcpus 2)\n"
	      " (image (linux (kernel /boot/vmlinuz) (root '/dev/hda1 ro')\n"
	      "  (args 2)))\n"
	      " (device (vbd (uname file:/x.img) (dev hda1) (mode w)))\n"
	      " (device (vif (mac 00:16:3e:00:00:01) (bridge xenbr0)))\n"
	      " (on_reboot restart) (cpus ((0 1) (2))))",
	      "{\"name\": \"etch\", \"memory\": \"64\", \"vcpus\": \"2\", "
	      "\"builder\": \"linux\", \"kernel\": \"/boot/vmlinuz\", "
	      "\"root\": \"/dev/hda1 ro\", \"extra\": \"2\", "
	      "\"disk\": [\"file:/x.img,hda1,w\"], "
	      "\"vif\": [\"mac=00:16:3e:00:00:01, bridge=xenbr0\"], "
	      "\"on_reboot\": \"restart\", \"cpus\": [\"0,1\", \"2\"]}");
	MEANS("(vm (extra 'a\\n\\'\\x28\\\\b'))",
	      "{\"extra\": \"a\\u000a'(\\\\b\"}");
	MEANS("(vm (memry 64))", "t.cfg:1:5: unknown key 'memry'");
	MEANS("(vm (name a)", "t.cfg:1:1: this list is not closed");
}

/* "backing target vdev devid xvdev mode" or the error of one disk. */
static void expect_disk(int line, const char *text, const char *wanted)
{
	static const char *const backings[] = { "phy", "file", "script" };
	static const char *const modes[] = { "r", "w", "w!" };
	struct config *config = parse("");
	struct disk_spec spec;
	const char *got;

	if (disk_spec_parse_text(config, text, &spec))
		got = config_printf(config, "%s %s %s %u %s %s%s%s%s",
				    backings[spec.backing], spec.target,
				    spec.vdev, spec.devid, spec.xvdev,
				    modes[spec.mode], spec.cdrom ? " cd" : "",
				    spec.script ? " " : "",
				    spec.script ? spec.script : "");
	else
		got = config_error_line(config);
	test_equal_str(__FILE__, line, text, "the disk", got, wanted);
	config_free(config);
}

#define DISK(text, wanted) expect_disk(__LINE__, text, wanted)

TEST(disks_in_the_spelling_of_xm)
{
	DISK("phy:/dev/vg0/a,xvda,w", "phy /dev/vg0/a xvda 51712 xvda w");
	DISK("phy:vg0/a,xvda2,r", "phy /dev/vg0/a xvda2 51714 xvda2 r");
	DISK("file://root/etch.ext3,hda1,w",
	     "file /root/etch.ext3 hda1 51713 xvda1 w");
	DISK("tap:aio:/x.img,sdb1,ro", "file /x.img sdb1 51729 xvdb1 r");
	DISK("tap2:tapdisk:aio:/x,hdc,w!", "file /x hdc 51744 xvdc w!");
	DISK("phy:/dev/a , ioemu:hda , w", "phy /dev/a hda 51712 xvda w");
	DISK("file:/a.iso,hdd:cdrom,r", "file /a.iso hdd 51760 xvdd r cd");
	DISK("phy:/dev/a,/dev/xvdq,w", "phy /dev/a xvdq 268439552 xvdq w");
	DISK("phy:/dev/a,xvdaa1,w", "phy /dev/a xvdaa1 268442113 xvdaa1 w");
	DISK("phy:/dev/a,51712,w", "phy /dev/a 51712 51712 51712 w");
}

/* What a disk says of discards, persistent grants and the cache. */
static void expect_words(int line, const char *text, const char *wanted)
{
	struct config *config = parse("");
	struct disk_spec spec;
	const char *got;

	if (disk_spec_parse_text(config, text, &spec))
		got = config_printf(config, "%d %d %d", spec.discard,
				    (int)spec.persistent, (int)spec.cache);
	else
		got = config_error_line(config);
	test_equal_str(__FILE__, line, text, "its words", got, wanted);
	config_free(config);
}

#define WORDS(text, wanted) expect_words(__LINE__, text, wanted)

/* @text's root= in the command line @cmdline becomes @wanted. */
static void expect_root(int line, const char *text, const char *cmdline,
			const char *wanted)
{
	struct config *config = parse(text);
	const char *got = disk_root_name(config, cmdline);

	test_equal_str(__FILE__, line, text, "its root",
		       config_error(config) ? config_error(config) : got,
		       wanted);
	config_free(config);
}

#define ROOT(text, cmdline, wanted) expect_root(__LINE__, text, cmdline, wanted)

TEST(root_follows_the_name_of_its_disk)
{
	ROOT("disk = ['file://root/etch.ext3,hda1,w']", "root=/dev/hda1 ro 2",
	     "root=/dev/xvda1 ro 2");
	ROOT("disk = ['phy:vg0/a,sdb,w']", "quiet root=/dev/sdb2",
	     "quiet root=/dev/xvdb2");
	ROOT("disk = ['file:/a,xvda1,w']", "root=/dev/xvda1",
	     "root=/dev/xvda1");
	ROOT("disk = ['file:/a,hda1,w']", "root=/dev/hda2", "root=/dev/hda2");
	ROOT("disk = ['file:/a,hda1,w']", "root=/dev/hda10", "root=/dev/hda10");
	ROOT("disk = ['file:/a,hda1,w']", "nfsroot=/dev/hda1",
	     "nfsroot=/dev/hda1");
	ROOT("disk = ['file:/a,hda1,w']\nhd_compat = 'off'", "root=/dev/hda1",
	     "root=/dev/hda1");
	ROOT("", "root=/dev/hda1 ro", "root=/dev/hda1 ro");
}

TEST(disks_say_how_they_are_served)
{
	WORDS("file:/a,xvda,w", "1 0 0");
	WORDS("vdev=xvda,persistent,cache=none,target=/a", "1 1 1");
	WORDS("/a,,xvda,w,no-discard,no-persistent,cache=read", "0 2 2");
	WORDS("vdev=xvda,cache=auto,target=/a", "1 0 0");
}

TEST(disks_in_the_spelling_of_xl)
{
	DISK("/dev/vg/a,raw,xvda,rw", "phy /dev/vg/a xvda 51712 xvda w");
	DISK("/x/a.img,,xvdb", "file /x/a.img xvdb 51728 xvdb w");
	DISK("format=raw, vdev=xvda, access=ro, target=/a b,c.img",
	     "file /a b,c.img xvda 51712 xvda r");
	DISK("/dev/vg/a,hda,w", "phy /dev/vg/a hda 51712 xvda w");
	DISK("vdev=hdc,cdrom,target=", "file  hdc 51744 xvdc r cd");
	DISK("vdev=xvda,script=block-x,target=/z",
	     "script /z xvda 51712 xvda w block-x");
}

TEST(disk_errors_have_their_place)
{
	struct config *config =
		parse("disk = [ 'phy:/dev/x,xvda,w',\n  'phy:/dev/y,xvdb,q' ]");
	struct disk_spec *specs;

	EXPECT_EQ(disk_specs(config, &specs), 0);
	EXPECT_STR(config_error(config),
		   "t.cfg:2:20: disk: unknown mode 'q'\n"
		   "      'phy:/dev/y,xvdb,q' ]\n"
		   "                       ^\n"
		   "hint: modes are r, ro, w, rw and w! (shared)");
	config_free(config);
	config = parse("n = 'z'\ndisk = [ 'phy:/dev/' + n + ',foo,w' ]");
	EXPECT_EQ(disk_specs(config, &specs), 0);
	EXPECT_STR(config_error(config),
		   "t.cfg:2:26: disk: no name of a guest's disk: 'foo'\n"
		   "    phy:/dev/z,foo,w\n"
		   "               ^\n"
		   "hint: a guest's disks are called xvda, xvdb, xvda1, ...");
	config_free(config);
	config = parse("disk = ['file:/a,hda1,w', 'file:/b,xvda1,w']");
	EXPECT_EQ(disk_specs(config, &specs), 0);
	EXPECT(strstr(config_error(config), "two disks have the name 'xvda1'"));
	config_free(config);
	DISK("file:a.img,xvda,w", "disk: not an absolute path: 'a.img'");
	DISK("tap:qcow2:/x,xvda,w", "disk: not built in: 'tap:qcow2:/x'");
	DISK("phy:/dev/x,xvda", "disk: the mode is missing after 'xvda'");
	DISK("/x,qcow2,xvda,w", "disk: not built in: format 'qcow2'");
	DISK("phy:/dev/x,xvda0,w", "disk: no name of a guest's disk: 'xvda0'");
	DISK("vdev=xvda,acces=r,target=/x", "disk: unknown field 'acces'");
}

static void expect_vif(int line, const char *text, const char *wanted)
{
	struct config *config = parse("");
	struct vif_spec spec;
	const char *got;

	if (vif_spec_parse_text(config, text, &spec))
		got = config_printf(config, "%02x:%02x %s %s %s %llu/%u",
				    spec.mac[0], spec.mac[5],
				    spec.bridge ? spec.bridge : "-",
				    spec.ip ? spec.ip : "-",
				    spec.vifname ? spec.vifname : "-",
				    (unsigned long long)spec.rate_bytes,
				    spec.rate_interval_us);
	else
		got = config_error_line(config);
	test_equal_str(__FILE__, line, text, "the interface", got, wanted);
	config_free(config);
}

#define VIF(text, wanted) expect_vif(__LINE__, text, wanted)

TEST(interfaces)
{
	VIF("", "00:00 - - - 0/50000");
	VIF("ip=172.16.30.130 ,mac=00:16:3E:6C:82:F6",
	    "00:f6 - 172.16.30.130 - 0/50000");
	VIF("bridge = xenbr0 , vifname=web0, script=/etc/x, model=e1000",
	    "00:00 xenbr0 - web0 0/50000");
	VIF("type=ioemu,bridge=lan.os10", "00:00 lan.os10 - - 0/50000");
	VIF("rate=10Mb/s", "00:00 - - - 62500/50000");
	VIF("rate=250KB/s@20ms", "00:00 - - - 5000/20000");
	VIF("ip=\"10.0.0.1 10.0.0.2\"", "00:00 - 10.0.0.1 10.0.0.2 - 0/50000");
	VIF("mac=aa:1:2:3:4", "vif: too short an address 'aa:1:2:3:4'");
	VIF("bridge=xenbr0, ip=\"10.0.0.1", "this quote is not closed");
	VIF("mac=01:16:3e:00:00:01", "vif: a group's address cannot be used: "
				     "'01:16:3e:00:00:01'");
	VIF("brige=x", "vif: unknown field 'brige'");
	VIF("rate=fast", "vif: malformed rate 'fast'");
	VIF("vifname=a-name-far-too-long",
	    "vif: no name of an interface: 'a-name-far-too-long'");
}

TEST(interface_errors_have_their_place)
{
	struct config *config = parse("vif = [ 'bridge=a, mac=aa:1:2:3:4' ]");
	struct vif_spec *specs;

	EXPECT_EQ(vif_specs(config, &specs), 0);
	EXPECT_STR(config_error(config),
		   "t.cfg:1:34: vif: too short an address 'aa:1:2:3:4'\n"
		   "    vif = [ 'bridge=a, mac=aa:1:2:3:4' ]\n"
		   "                                     ^\n"
		   "hint: write six parts: mac=00:16:3e:51:89:6a");
	config_free(config);
	config = parse("vif = [ '' ]");
	EXPECT_EQ(vif_specs(config, &specs), 1);
	config_free(config);
}

static void expect_cpus(int line, const char *text, uint64_t wanted)
{
	struct cpu_list list;
	size_t offset;
	const char *wrong = cpu_list_parse_text(text, &list, &offset);

	test_equal(__FILE__, line, text, "the CPUs",
		   wrong ? -(int64_t)offset - 1 : (int64_t)list.bits[0],
		   (int64_t)wanted);
}

#define CPUS(text, wanted) expect_cpus(__LINE__, text, wanted)

TEST(sets_of_cpus)
{
	CPUS("0-3,^1", 0xd);
	CPUS("2", 4);
	CPUS(" 0 , 2 - 3 ", 0xd);
	CPUS("all", ~0ull);
	CPUS("", ~0ull);
	CPUS("^0", ~1ull);
	CPUS("all,^0-1", ~3ull);
	CPUS("3-1", (uint64_t)-1);
	CPUS("0,x", (uint64_t)-3);
	CPUS("0,^0", (uint64_t)-1);
	CPUS("5000", (uint64_t)-1);
}

static void expect_note(int line, const char *text, const char *wanted)
{
	struct config *config = parse(text);
	const char *const *notes;
	size_t n = config_notes(config, &notes);

	test_equal(__FILE__, line, text, "notes", n, wanted ? 1 : 0);
	if (n && wanted)
		test_equal_str(__FILE__, line, text, "the note", notes[0],
			       wanted);
	test_equal_str(__FILE__, line, text, "error",
		       config_error(config) ? config_error(config) : "", "");
	config_free(config);
}

#define NOTE(text, wanted) expect_note(__LINE__, text, wanted)

/* Could be wrong: what is not done as written is not done without a word. */
TEST(what_has_less_effect_than_its_name_is_noted)
{
	NOTE("on_crash = 'coredump-restart'",
	     "t.cfg:1:12: note: on_crash: no core is written; this is restart");
	NOTE("on_watchdog = 'coredump-destroy'",
	     "t.cfg:1:15: note: on_watchdog: no core is written; this is "
	     "destroy");
	NOTE("on_crash = 'rename-restart'", NULL);
	NOTE("period = 10", "t.cfg:1:10: note: period has no effect: the "
			    "scheduler is credit, not rtds: use cpu_weight "
			    "and cpu_cap");
	NOTE("slice = 5", "t.cfg:1:9: note: slice has no effect: the scheduler "
			  "is credit, not sedf: use cpu_weight and cpu_cap");
}
