// SPDX-License-Identifier: GPL-2.0-only
/*
 * labvm: start a machine, run one command in its dom0, be that command.
 *
 * lab/run works out the QEMU command line; this is the process that stays.  It
 * copies files in, passes on the command's output and returns its exit status:
 * 124 when it took too long, 125 when dom0 did not come up or went away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "proto.h"
#include "vm.h"

enum {
	STATUS_TIMEOUT = 124,
	STATUS_NO_DOM0 = 125
};

struct options {
	struct vm_config vm;
	unsigned int boot_timeout_s;
	unsigned int timeout_s;
	bool retry; /* start a hung boot once more */
	bool keep_clock; /* dom0's time is part of a repeatable run */
	bool clean; /* disks of the user: write everything back */
	bool interactive;
	const char *script; /* NULL: an interactive shell */
	const char **files; /* SOURCE and DESTINATION in turn */
	int nr_files;
	char **otherwise; /* what to become when the state does not answer */
};

static struct termios saved_terminal;
static bool terminal_is_raw;
static volatile sig_atomic_t window_changed;

static void complain(const char *fmt, const char *arg)
{
	fputs("lab/run: ", stderr);
	fprintf(stderr, fmt, arg);
	fputc('\n', stderr);
}

static void on_winch(int sig)
{
	(void)sig;
	window_changed = 1;
}

static void terminal_raw(void)
{
	struct termios t;
	struct sigaction act = { .sa_handler = on_winch };

	sigaction(SIGWINCH, &act, NULL);
	if (tcgetattr(0, &saved_terminal))
		return;
	t = saved_terminal;
	cfmakeraw(&t);
	terminal_is_raw = !tcsetattr(0, TCSADRAIN, &t);
}

static void terminal_restore(void)
{
	if (terminal_is_raw)
		tcsetattr(0, TCSADRAIN, &saved_terminal);
	terminal_is_raw = false;
}

static struct lab_winsz window_size(void)
{
	struct winsize w = { .ws_row = 24, .ws_col = 80 };
	struct lab_winsz size;

	ioctl(0, TIOCGWINSZ, &w);
	size.rows = w.ws_row;
	size.cols = w.ws_col;
	return size;
}

static int ping(const struct vm *vm, bool set_clock)
{
	struct lab_ping p = { 0 };
	struct timespec t;

	if (set_clock) {
		clock_gettime(CLOCK_REALTIME, &t);
		p.realtime_ns = t.tv_sec * 1000000000ull + t.tv_nsec;
	}
	return frame_send(vm->chan, LAB_PING, &p, sizeof(p), NULL, 0);
}

/* Receive until a frame of that type is there. */
static ssize_t expect(const struct vm *vm, enum lab_type type, char *buf)
{
	struct lab_head head;
	ssize_t len;

	do {
		len = frame_recv(vm->chan, &head, buf);
	} while (len >= 0 && head.type != type);
	return len;
}

static int wait_until_up(const struct vm *vm, const struct options *opt)
{
	static char buf[LAB_MAX_PAYLOAD + 1];

	if (opt->vm.state && ping(vm, !opt->keep_clock))
		return -1;
	return expect(vm, LAB_READY, buf) < 0 ? -1 : 0;
}

static int send_bytes(const struct vm *vm, int fd, const char *from)
{
	char buf[LAB_MAX_PAYLOAD - sizeof(struct lab_data)];
	struct lab_data head = { 0 };
	off_t data = 0, hole = 0;
	ssize_t n;

	for (;;) {
		if (data >= hole) {
			/* skip what reads as zeros; a disk image is full of it
			 */
			data = lseek(fd, hole, SEEK_DATA);
			if (data < 0)
				return 0;
			hole = lseek(fd, data, SEEK_HOLE);
		}
		n = hole - data < (off_t)sizeof(buf) ? hole - data :
						       (off_t)sizeof(buf);
		n = pread(fd, buf, n, data);
		if (n < 0)
			complain("cannot read %s", from);
		if (n <= 0)
			return n;
		head.offset_bytes = data;
		if (frame_send(vm->chan, LAB_DATA, &head, sizeof(head), buf, n))
			return -1;
		data += n;
	}
}

static int send_file(const struct vm *vm, const char *from, const char *to)
{
	static char buf[LAB_MAX_PAYLOAD + 1];
	struct lab_file head = { 0 };
	struct stat st;
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	int err = -1;

	if (fd < 0 || fstat(fd, &st)) {
		complain("cannot read %s", from);
		goto out;
	}
	head.size_bytes = st.st_size;
	head.mode = st.st_mode & 07777;
	if (frame_send(vm->chan, LAB_FILE, &head, sizeof(head), to,
		       strlen(to) + 1) ||
	    send_bytes(vm, fd, from) ||
	    frame_send(vm->chan, LAB_CLOSE, NULL, 0, NULL, 0))
		goto out;
	if (expect(vm, LAB_DONE, buf) < 0)
		goto out;
	err = buf[0] ? -1 : 0;
	if (err)
		complain("dom0 could not take a file: %s", buf);
out:
	if (fd >= 0)
		close(fd);
	return err;
}

static int start_command(const struct vm *vm, const struct options *opt)
{
	struct lab_exec ask = { 0 };
	const char *script = opt->script ? opt->script : "";

	if (opt->interactive) {
		ask.flags = LAB_EXEC_STDIN;
		if (isatty(0)) {
			ask.flags |= LAB_EXEC_TTY;
			ask.size = window_size();
			terminal_raw();
		}
	}
	return frame_send(vm->chan, LAB_EXEC, &ask, sizeof(ask), script,
			  strlen(script) + 1);
}

/* Pass on stdin.  False at its end. */
static bool pass_input(const struct vm *vm)
{
	char buf[4096];
	ssize_t n = read(0, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return true;
	frame_send(vm->chan, LAB_INPUT, buf, n > 0 ? n : 0, NULL, 0);
	return n > 0;
}

static void pass_window_size(const struct vm *vm)
{
	struct lab_winsz size = window_size();

	window_changed = 0;
	frame_send(vm->chan, LAB_WINSZ, &size, sizeof(size), NULL, 0);
}

/* Handle one frame; false when the command has ended or dom0 is gone. */
static bool pass_output(const struct vm *vm, int *status)
{
	static char buf[LAB_MAX_PAYLOAD + 1] __attribute__((aligned(8)));
	struct lab_head head;
	ssize_t len = frame_recv(vm->chan, &head, buf);

	if (len < 0)
		return false;
	switch (head.type) {
	case LAB_OUT:
		return !io_write_all(1, buf, len);
	case LAB_ERR:
		return !io_write_all(2, buf, len);
	case LAB_EXIT:
		*status = ((struct lab_exit *)buf)->status;
		return false;
	default:
		return true;
	}
}

/* The command's exit status, or -1. */
static int run_command(const struct vm *vm, const struct options *opt)
{
	struct pollfd p[] = {
		{ .fd = vm->chan, .events = POLLIN },
		{ .fd = opt->interactive ? 0 : -1, .events = POLLIN },
	};
	int status = -1;

	if (start_command(vm, opt))
		return -1;
	for (;;) {
		if (window_changed)
			pass_window_size(vm);
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents && !pass_input(vm))
			p[1].fd = -1;
		if (p[0].revents && !pass_output(vm, &status))
			return status;
	}
}

/* Everything after the boot.  The exit status, or -1. */
static int use_machine(struct vm *vm, const struct options *opt)
{
	int i, status;

	vm_deadline(opt->timeout_s);
	if (opt->vm.save)
		return vm_save(vm);
	for (i = 0; i < opt->nr_files; i += 2)
		if (send_file(vm, opt->files[i], opt->files[i + 1]))
			return -1;
	status = run_command(vm, opt);
	terminal_restore();
	return status;
}

static int lost(const struct vm *vm, const struct options *opt, bool was_up)
{
	switch (vm_stopped_by) {
	case 0:
		complain(was_up ? "dom0 went away before the command ended" :
				  "the machine stopped before dom0 was up%s",
			 "");
		break;
	case SIGALRM:
		if (was_up) {
			complain("%s",
				 "the commands took too long (--timeout)");
			return STATUS_TIMEOUT;
		}
		fprintf(stderr, "lab/run: dom0 was not up after %u s\n",
			opt->boot_timeout_s);
		break;
	default:
		return 128 + vm_stopped_by;
	}
	vm_explain(vm, opt->vm.log);
	return STATUS_NO_DOM0;
}

/* A state that does not come back is no reason to fail: boot instead. */
static void boot_instead(const struct options *opt)
{
	if (!opt->otherwise || (vm_stopped_by && vm_stopped_by != SIGALRM))
		return;
	complain("%s", "the saved state does not answer; booting anew");
	execvp(opt->otherwise[0], opt->otherwise);
	complain("cannot run %s", opt->otherwise[0]);
}

/*
 * Is the failed boot worth another try?  A hung one, if we are told so.  And
 * one in which QEMU crashed: when a CPU changes where a PCI device has its
 * memory, as all kernels do that look for devices, QEMU before 8.2 swaps the
 * table of regions at once, but the other CPUs go on for a moment with numbers
 * of the old one, and a store to the local APIC then hits another region or
 * none at all. The log tells of it.
 */
static bool try_again(const struct options *opt, const struct vm *vm)
{
	FILE *log;

	if (opt->retry && vm_stopped_by == SIGALRM) {
		fprintf(stderr,
			"lab/run: the boot hung for %u s; trying once more\n",
			opt->boot_timeout_s);
		return true;
	}
	if (vm_stopped_by || vm->died_of != SIGSEGV)
		return false;
	log = opt->vm.log ? fopen(opt->vm.log, "a") : NULL;
	if (log) {
		fputs("\nlab/run: QEMU crashed; trying once more\n", log);
		fclose(log);
	}
	return true;
}

/* One attempt.  again: it has failed, but another may do better. */
static int attempt(const struct options *opt, bool last, bool *again)
{
	struct vm vm = { .pid = 0, .chan = -1, .qmp = -1 };
	bool up;
	int status = -1;

	vm_stopped_by = 0;
	vm_deadline(opt->boot_timeout_s);
	if (vm_start(&vm, &opt->vm))
		return STATUS_NO_DOM0;
	up = !wait_until_up(&vm, opt);
	if (up)
		status = use_machine(&vm, opt);
	vm_deadline(0);
	vm_stop(&vm, status < 0 ? VM_GONE : opt->clean ? VM_CLEAN : VM_NOW);
	if (!up)
		boot_instead(opt);
	*again = !up && !last && try_again(opt, &vm);
	if (status < 0 && !*again)
		status = lost(&vm, opt, up);
	close(vm.errors);
	return status;
}

static void usage(void)
{
	fputs("usage: labvm [options] -- QEMU [args]; see lab/run\n", stderr);
	exit(2);
}

static unsigned int number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n > 1000000)
		usage();
	return n;
}

static void add_file(struct options *opt, const char *from, char **argv)
{
	if (!argv[optind])
		usage();
	opt->files =
		realloc(opt->files, (opt->nr_files + 2) * sizeof(*opt->files));
	if (!opt->files)
		abort();
	opt->files[opt->nr_files++] = from;
	opt->files[opt->nr_files++] = argv[optind++];
}

static char **copy_words(char **words)
{
	size_t n = 0;
	char **copy;

	while (words[n])
		n++;
	copy = malloc((n + 1) * sizeof(*copy));
	if (!copy)
		abort();
	memcpy(copy, words, (n + 1) * sizeof(*copy));
	return copy;
}

static void parse(struct options *opt, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "log", required_argument, NULL, 'l' },
		{ "boot-timeout", required_argument, NULL, 'b' },
		{ "timeout", required_argument, NULL, 't' },
		{ "retry", no_argument, NULL, 'r' },
		{ "keep-clock", no_argument, NULL, 'k' },
		{ "clean", no_argument, NULL, 'c' },
		{ "interactive", no_argument, NULL, 'i' },
		{ "state", required_argument, NULL, 's' },
		{ "save", required_argument, NULL, 'w' },
		{ "file", required_argument, NULL, 'f' }, /* FROM TO */
		{ "exec", required_argument, NULL, 'x' },
		/* how many words are QEMU's; the rest: see otherwise */
		{ "qemu-words", required_argument, NULL, 'q' },
		{ 0 },
	};
	unsigned int qemu_words = 0;
	int c;

	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (c) {
		case 'l':
			opt->vm.log = optarg;
			break;
		case 'b':
			opt->boot_timeout_s = number(optarg);
			break;
		case 't':
			opt->timeout_s = number(optarg);
			break;
		case 'r':
			opt->retry = true;
			break;
		case 'k':
			opt->keep_clock = true;
			break;
		case 'c':
			opt->clean = true;
			break;
		case 'i':
			opt->interactive = true;
			break;
		case 's':
			opt->vm.state = optarg;
			break;
		case 'w':
			opt->vm.save = optarg;
			break;
		case 'f':
			add_file(opt, optarg, argv);
			break;
		case 'x':
			opt->script = optarg;
			break;
		case 'q':
			qemu_words = number(optarg);
			break;
		default:
			usage();
		}
	}
	opt->vm.qemu = argv + optind;
	if (!opt->vm.qemu[0] || qemu_words > (unsigned int)(argc - optind))
		usage();
	if (qemu_words && argv[optind + qemu_words]) {
		opt->otherwise = copy_words(argv + optind + qemu_words);
		argv[optind + qemu_words] = NULL;
	}
}

int main(int argc, char **argv)
{
	struct options opt = { .boot_timeout_s = 90 };
	bool again = false;
	int status;

	parse(&opt, argc, argv);
	status = attempt(&opt, false, &again);
	if (again)
		status = attempt(&opt, true, &again);
	return status;
}
