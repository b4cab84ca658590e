// SPDX-License-Identifier: GPL-2.0-only
/*
 * One QEMU process that cannot outlive us, and what stops it.
 *
 * The command channel and the monitor are socket pairs that QEMU inherits, and
 * QEMU dies with its parent, so a run leaves no process, socket or directory
 * behind however it ends.
 */
#define _GNU_SOURCE
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto.h"

#define MAX_ARGS     256
#define QUIT_WAIT_MS 10000
#define END_WAIT_MS  500 /* of one whose channel is closed */
#define TAIL_BYTES   65536
#define TAIL_LINES   40

volatile sig_atomic_t vm_stopped_by;
static volatile pid_t running;

static void on_signal(int sig)
{
	vm_stopped_by = sig;
	if (running > 0)
		kill(running, SIGKILL);
}

static void catch_signals(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction act = { .sa_handler = on_signal };
	size_t i;

	sigemptyset(&act.sa_mask);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		sigaction(sigs[i], &act, NULL);
}

void vm_deadline(unsigned int seconds)
{
	alarm(seconds);
}

struct arg_list {
	char *v[MAX_ARGS];
	int n;
};

__attribute__((format(printf, 2, 3))) static void arg_add(struct arg_list *list,
							  const char *fmt, ...)
{
	va_list ap;

	if (list->n >= MAX_ARGS - 1)
		return;
	va_start(ap, fmt);
	if (vasprintf(&list->v[list->n], fmt, ap) > 0)
		list->n++;
	va_end(ap);
	list->v[list->n] = NULL;
}

static int open_state(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		fprintf(stderr, "lab/run: %s: %s\n", path, strerror(errno));
	return fd;
}

static int build_args(struct arg_list *args, const struct vm_config *config,
		      int chan, int qmp)
{
	int i, fd;

	for (i = 0; config->qemu[i] && args->n < MAX_ARGS - 16; i++)
		args->v[args->n++] = config->qemu[i];
	arg_add(args, "-chardev");
	arg_add(args, "socket,id=lab,fd=%d", chan);
	arg_add(args, "-device");
	arg_add(args, "virtserialport,chardev=lab,name=" LAB_PORT_NAME);
	if (qmp >= 0) {
		arg_add(args, "-chardev");
		arg_add(args, "socket,id=qmp,fd=%d", qmp);
		arg_add(args, "-mon");
		arg_add(args, "chardev=qmp,mode=control");
	}
	if (config->state) {
		fd = open_state(config->state);
		if (fd < 0)
			return -1;
		arg_add(args, "-incoming");
		arg_add(args, "fd:%d", fd);
	}
	return 0;
}

static void become_qemu(char **argv, int errors, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);

	/* the terminal's Ctrl-C is ours to handle */
	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	dup2(null, 0);
	dup2(errors, 1);
	dup2(errors, 2);
	execvp(argv[0], argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int vm_start(struct vm *vm, const struct vm_config *config)
{
	struct arg_list args = { .n = 0 };
	int chan[2], qmp[2] = { -1, -1 };
	pid_t parent = getpid();

	catch_signals();
	signal(SIGPIPE, SIG_IGN);
	vm->errors = memfd_create("qemu-errors", MFD_CLOEXEC);
	if (vm->errors < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, chan) ||
	    (config->save && socketpair(AF_UNIX, SOCK_STREAM, 0, qmp))) {
		perror("lab/run: cannot make a channel");
		return -1;
	}
	fcntl(chan[0], F_SETFD, FD_CLOEXEC);
	if (qmp[0] >= 0)
		fcntl(qmp[0], F_SETFD, FD_CLOEXEC);
	if (build_args(&args, config, chan[1], qmp[1]))
		return -1;
	/* the name reaches the shell that QEMU starts without any quoting */
	if (config->save)
		setenv("LAB_STATE", config->save, 1);
	vm->pid = fork();
	if (vm->pid == 0)
		become_qemu(args.v, vm->errors, parent);
	running = vm->pid;
	close(chan[1]);
	if (qmp[1] >= 0)
		close(qmp[1]);
	vm->chan = chan[0];
	vm->qmp = qmp[0];
	if (vm_stopped_by) /* a signal that came before the fork */
		kill(vm->pid, SIGKILL);
	return 0;
}

/* Has it ended, or does it within that time? */
static bool has_ended(pid_t pid, int ms)
{
	struct pollfd p = { .events = POLLIN };
	bool ended;

	p.fd = syscall(SYS_pidfd_open, pid, 0);
	if (p.fd < 0)
		return false;
	ended = poll(&p, 1, ms) > 0;
	close(p.fd);
	return ended;
}

int vm_stop(struct vm *vm, enum vm_end how)
{
	bool by_itself = false;
	int status = 0;

	/* It writes its disks back on SIGTERM; a stuck one is not waited for */
	if (how == VM_CLEAN) {
		kill(vm->pid, SIGTERM);
		has_ended(vm->pid, QUIT_WAIT_MS);
	}
	if (how == VM_GONE && !vm_stopped_by)
		by_itself = has_ended(vm->pid, END_WAIT_MS);
	kill(vm->pid, SIGKILL);
	while (waitpid(vm->pid, &status, 0) < 0 && errno == EINTR)
		;
	running = 0;
	close(vm->chan);
	if (vm->qmp >= 0)
		close(vm->qmp);
	vm->died_of = 0;
	if (by_itself && WIFSIGNALED(status))
		vm->died_of = WTERMSIG(status);
	return status;
}

/* Read monitor lines until one holds a or b; returns 'a', 'b' or 0. */
static int qmp_wait(FILE *qmp, const char *a, const char *b)
{
	char *line = NULL;
	size_t size = 0;
	int found = 0;

	while (!found && getline(&line, &size, qmp) > 0)
		found = strstr(line, a) ? 'a' : strstr(line, b) ? 'b' : 0;
	if (found != 'a')
		fprintf(stderr, "lab/run: cannot save the machine: %s\n",
			found ? line : "QEMU went away");
	free(line);
	return found;
}

/*
 * The machine is stopped first. While its processors run, emulated as they are
 * here, QEMU may save a page and not see what is written to it a moment later:
 * the machine that is restored then has lost a write, anywhere.
 */
int vm_save(struct vm *vm)
{
	static const char *const commands[] = {
		"{\"execute\":\"qmp_capabilities\"}\n",
		"{\"execute\":\"migrate-set-capabilities\",\"arguments\":"
		"{\"capabilities\":[{\"capability\":\"events\","
		"\"state\":true}]}}\n",
		"{\"execute\":\"migrate-set-parameters\",\"arguments\":"
		"{\"max-bandwidth\":17179869184}}\n",
		"{\"execute\":\"stop\"}\n",
		"{\"execute\":\"migrate\",\"arguments\":"
		"{\"uri\":\"exec:cat >\\\"$LAB_STATE\\\"\"}}\n",
	};
	FILE *qmp = fdopen(vm->qmp, "r+");
	int ok = 'a';
	size_t i;

	if (!qmp)
		return -1;
	for (i = 0; ok == 'a' && i < sizeof(commands) / sizeof(commands[0]);
	     i++) {
		fputs(commands[i], qmp);
		fflush(qmp);
		ok = qmp_wait(qmp, "\"return\"", "\"error\"");
	}
	if (ok == 'a')
		ok = qmp_wait(qmp, "\"completed\"", "\"failed\"");
	if (ok == 'a') {
		fputs("{\"execute\":\"quit\"}\n", qmp);
		fflush(qmp);
		qmp_wait(qmp, "\"return\"", "\"error\"");
	}
	vm->qmp = -1;
	fclose(qmp);
	return ok == 'a' ? 0 : -1;
}

/* The console in plain text: no carriage returns, no escape sequences. */
static size_t clean_text(char *text, size_t len)
{
	size_t in, out = 0;

	for (in = 0; in < len; in++) {
		unsigned char c = text[in];

		if (c == 033 && in + 1 < len && text[in + 1] == '[') {
			for (in += 2; in < len && text[in] < '@'; in++)
				;
			continue;
		}
		if (c == '\n' || c == '\t' || c >= ' ')
			text[out++] = c;
	}
	return out;
}

static bool by_hypervisor(const char *line)
{
	return !strncmp(line, "(hospes) ", 9) || !strncmp(line, "(XEN) ", 6);
}

/*
 * What the hypervisor says last says why it stopped, in the first of its lines:
 * a dump follows that may be longer than what is shown.
 */
static void print_last_words(const char *text, size_t len)
{
	const char *first = NULL, *line = text, *end;

	for (; line < text + len; line = end + 1) {
		end = memchr(line, '\n', text + len - line);
		if (!end)
			break;
		if (!by_hypervisor(line))
			first = NULL;
		else if (!first)
			first = line;
	}
	if (first)
		fprintf(stderr, "lab/run: the hypervisor ended with: %.*s\n",
			(int)strcspn(first, "\n"), first);
}

static void print_tail(const char *path)
{
	static char text[TAIL_BYTES + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t len = -1;
	char *pos;
	int lines = 0;

	if (fd < 0)
		return;
	if (!fstat(fd, &st))
		len = pread(fd, text, TAIL_BYTES,
			    st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES :
						      0);
	close(fd);
	if (len <= 0) {
		fprintf(stderr, "lab/run: the console stayed empty (%s)\n",
			path);
		return;
	}
	len = clean_text(text, len);
	text[len] = '\0';
	print_last_words(text, len);
	fprintf(stderr, "lab/run: the console's last lines (all: %s)\n", path);
	while (len && text[len - 1] == '\n')
		len--;
	for (pos = text + len; pos > text; pos--)
		if (pos[-1] == '\n' && ++lines == TAIL_LINES)
			break;
	fprintf(stderr, "%.*s\n", (int)(text + len - pos), pos);
}

void vm_explain(const struct vm *vm, const char *log)
{
	char text[4096];
	ssize_t len = pread(vm->errors, text, sizeof(text) - 1, 0);

	if (len > 0)
		fprintf(stderr, "lab/run: QEMU says: %.*s\n",
			(int)strcspn(text, "\n"), text);
	if (vm->died_of)
		fprintf(stderr, "lab/run: QEMU was ended by signal %d (%s)\n",
			vm->died_of, strsignal(vm->died_of));
	if (log)
		print_tail(log);
}
