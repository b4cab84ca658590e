// SPDX-License-Identifier: GPL-2.0-only
/* xenstore through libxenstore; see store.h. */
#include "lib/store.h"
#include "lib/log.h"
#include "lib/process.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <xenstore.h>

static struct xs_handle *handle;
static pid_t server; /* xenstored, if it is a process of this domain */

/* ---- requests that are not answered ---- */

/*
 * libxenstore waits for ever. So a timer runs while requests are made: when it
 * fires and the request that was under way at its start still is, xenstored
 * hangs if somebody has stopped it; one that is busy gets more time. The timer
 * is not stopped when a request ends, which would be a system call
 * for each; it then fires once for nothing.
 */
static volatile sig_atomic_t asking, asked, asked_at_start, armed;
static bool patient;

static void on_timer(int signal);

static void start_timer(void)
{
	struct sigaction action = { .sa_handler = on_timer,
				    .sa_flags = SA_RESTART };
	const struct itimerval timer = {
		.it_value.tv_sec = STORE_DEADLINE_MS / 1000,
		.it_value.tv_usec = STORE_DEADLINE_MS % 1000 * 1000,
	};

	asked_at_start = asked;
	armed = 1;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/*
 * Only system calls here: this is for the signal's handler. False also when
 * xenstored is not a process of this domain.
 */
static bool is_stopped(void)
{
	char path[32], text[128], *state;
	ssize_t length;
	int fd;

	if (server <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", server);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = 0;
	state = strrchr(text, ')');
	return state && (state[2] == 'T' || state[2] == 't');
}

static void on_timer(int signal)
{
	static const char text[] =
		"Error: xenstored does not answer\n"
		"hint: is it stopped, or very busy? 'ps -C xenstored' shows "
		"its state; kill -CONT lets one that is stopped go on\n";
	static int times;
	int err = errno;

	(void)signal;
	times = asking && asked == asked_at_start ? times + 1 : 0;
	if (times && (is_stopped() || times >= STORE_PATIENCE)) {
		if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
			_exit(2);
		_exit(1);
	}
	armed = 0;
	if (asking)
		start_timer();
	errno = err;
}

/* Around a call that sends a request; its value is that of the call. */
#define ASK(call)                                \
	({                                       \
		store_asks();                    \
		__typeof__(call) result_ = call; \
		store_asked();                   \
		result_;                         \
	})

void store_asks(void)
{
	asked++;
	asking = 1;
	if (!armed && !patient)
		start_timer();
}

void store_asked(void)
{
	asking = 0;
}

void store_be_patient(void)
{
	patient = true;
}

/*
 * Where xenstored has had its socket it is a process of this domain. When it
 * has died libxenstore turns to the kernel, which takes requests and keeps
 * them. One that is stopped takes two connections into its queue; the next
 * would wait. This one does not: it finds out whom others will wait for.
 */
static bool is_dead(void)
{
	int fd = store_connect(SOCK_NONBLOCK), err = errno;
	socklen_t size = sizeof(struct ucred);
	struct ucred peer;

	if (fd >= 0) {
		if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
			server = peer.pid;
		close(fd);
		return false;
	}
	if (err == EAGAIN) {
		server = process_find("xenstored");
		if (server < 0)
			server = process_find("oxenstored");
	}
	errno = err; /* which store_open() tells */
	return err != EAGAIN && err != ENOENT;
}

static void say_why(int err)
{
	if (err == EACCES || err == EPERM) {
		log_error("cannot connect to xenstored: %s: run as root",
			  strerror(err));
		return;
	}
	log_error("cannot connect to xenstored: %s",
		  err == ECONNREFUSED ? "it does not run" : strerror(err));
	log_hint("systemctl start xend; if it has died, only a restart of this "
		 "host brings it back to the guests");
}

int store_open(void)
{
	static bool said;

	if (handle)
		return 0;
	/* Others that nobody has listened to may stand before us. */
	if (!said && !is_dead())
		handle = ASK(xs_open(0));
	if (handle)
		return 0;
	if (!said)
		say_why(errno);
	said = true;
	return -ENOTCONN;
}

/* The path of a format; false when it does not fit. */
static bool path_of(char *path, const char *format, va_list args)
{
	int length = vsnprintf(path, STORE_PATH_MAX, format, args);

	if (length > 0 && length < STORE_PATH_MAX)
		return store_open() == 0;
	errno = ENAMETOOLONG;
	return false;
}

/* Declare `path` and fill it from the arguments after `format`. */
#define PATH_OR_RETURN(failure)               \
	char path[STORE_PATH_MAX];            \
	va_list args;                         \
	bool usable;                          \
	va_start(args, format);               \
	usable = path_of(path, format, args); \
	va_end(args);                         \
	if (!usable)                          \
	return failure

char *store_read(uint32_t tx, const char *format, ...)
{
	PATH_OR_RETURN(NULL);
	return ASK(xs_read(handle, tx, path, NULL));
}

int store_read_number(uint32_t tx, long min, long max, long *value,
		      const char *format, ...)
{
	char *text, *end;
	long number;
	int err = -EINVAL;

	PATH_OR_RETURN(-errno);
	text = ASK(xs_read(handle, tx, path, NULL));
	if (!text)
		return -errno;
	errno = 0;
	number = strtol(text, &end, 10);
	if (end != text && *end == 0 && errno == 0 && number >= min &&
	    number <= max) {
		*value = number;
		err = 0;
	}
	free(text);
	return err;
}

int store_write(uint32_t tx, const char *path, const char *format, ...)
{
	char small[256], *text = small;
	va_list args;
	int length;
	bool done;

	if (store_open())
		return -ENOTCONN;
	va_start(args, format);
	length = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (length >= (int)sizeof(small)) {
		va_start(args, format);
		length = vasprintf(&text, format, args);
		va_end(args);
	}
	if (length < 0)
		return -ENOMEM;
	done = ASK(xs_write(handle, tx, path, text, length));
	if (text != small)
		free(text);
	return done ? 0 : -errno;
}

int store_remove(uint32_t tx, const char *format, ...)
{
	PATH_OR_RETURN(-errno);
	if (ASK(xs_rm(handle, tx, path)) || errno == ENOENT)
		return 0;
	return -errno;
}

char **store_list(uint32_t tx, unsigned int *count, const char *format, ...)
{
	PATH_OR_RETURN(NULL);
	return ASK(xs_directory(handle, tx, path, count));
}

bool store_exists(uint32_t tx, const char *format, ...)
{
	char *value;

	PATH_OR_RETURN(false);
	value = ASK(xs_read(handle, tx, path, NULL));
	free(value);
	return value;
}

int store_make(uint32_t tx, const char *path, uint32_t owner, uint32_t other,
	       enum store_access access)
{
	static const unsigned int types[] = {
		[STORE_PRIVATE] = XS_PERM_NONE,
		[STORE_READ] = XS_PERM_READ,
		[STORE_WRITE] = XS_PERM_READ | XS_PERM_WRITE,
	};
	struct xs_permissions perms[2] = {
		{ .id = owner, .perms = XS_PERM_NONE },
		{ .id = other, .perms = types[access] },
	};

	if (store_open())
		return -ENOTCONN;
	if (!ASK(xs_mkdir(handle, tx, path)))
		return -errno;
	return ASK(xs_set_permissions(handle, tx, path, perms, 2)) ? 0 : -errno;
}

uint32_t store_begin(void)
{
	xs_transaction_t tx;

	if (store_open())
		return STORE_NO_TX;
	tx = ASK(xs_transaction_start(handle));
	return tx == XBT_NULL ? STORE_NO_TX : tx;
}

int store_commit(uint32_t tx)
{
	return ASK(xs_transaction_end(handle, tx, false)) ? 0 : -errno;
}

void store_abort(uint32_t tx)
{
	int err = errno;

	ASK(xs_transaction_end(handle, tx, true));
	errno = err;
}

int store_transaction(int (*fill)(uint32_t tx, void *arg), void *arg)
{
	uint32_t tx;
	int err;

	do {
		tx = store_begin();
		if (tx == STORE_NO_TX)
			return -errno;
		err = fill(tx, arg);
		if (err) {
			store_abort(tx);
			return err;
		}
		err = store_commit(tx);
	} while (err == -EAGAIN);
	return err;
}

int store_introduce(uint32_t domid, unsigned long mfn, unsigned int port)
{
	if (store_open())
		return -ENOTCONN;
	return ASK(xs_introduce_domain(handle, domid, mfn, port)) ? 0 : -errno;
}

int store_watch(const char *path, const char *token)
{
	if (store_open())
		return -ENOTCONN;
	return ASK(xs_watch(handle, path, token)) ? 0 : -errno;
}

void store_unwatch(const char *path, const char *token)
{
	ASK(xs_unwatch(handle, path, token));
}

int store_fd(void)
{
	return handle ? xs_fileno(handle) : -1;
}

/* How long poll() may take to the deadline, in ms. */
static int time_left(int64_t deadline_ms)
{
	int64_t left;

	if (deadline_ms < 0)
		return -1;
	left = deadline_ms - log_now_ms();
	return left < 0 ? 0 : left > 1000000 ? 1000000 : (int)left;
}

/* Events that store_wait_for() came upon: as libxenstore gave them. */
static struct kept {
	struct kept *next;
	char **event;
} * kept_first, **kept_end = &kept_first;

/* The same event twice says no more than once. */
static bool is_kept(char **event)
{
	const struct kept *k;

	for (k = kept_first; k; k = k->next)
		if (!strcmp(k->event[XS_WATCH_PATH], event[XS_WATCH_PATH]) &&
		    !strcmp(k->event[XS_WATCH_TOKEN], event[XS_WATCH_TOKEN]))
			return true;
	return false;
}

static int keep(char **event)
{
	struct kept *k;

	if (is_kept(event)) {
		free(event);
		return 0;
	}
	k = malloc(sizeof(*k));
	if (!k) {
		free(event);
		return -ENOMEM;
	}
	*k = (struct kept){ .event = event };
	*kept_end = k;
	kept_end = &k->next;
	return 0;
}

static char **take_kept(void)
{
	struct kept *k = kept_first;
	char **event;

	if (!k)
		return NULL;
	event = k->event;
	kept_first = k->next;
	if (!kept_first)
		kept_end = &kept_first;
	free(k);
	return event;
}

/* The next event from xenstored; NULL with errno. */
static char **next_event(int64_t deadline_ms)
{
	struct pollfd fd = { .events = POLLIN };
	char **event;
	int ready, left, patience;

	if (store_open()) {
		errno = ENOTCONN;
		return NULL;
	}
	fd.fd = xs_fileno(handle);
	for (;;) {
		event = xs_check_watch(handle);
		if (event)
			return event;
		left = time_left(deadline_ms);
		patience = log_patience_left();
		if (patience >= 0 && (left < 0 || patience < left)) {
			if (poll(&fd, 1, patience) == 0)
				log_patience_ends();
			continue;
		}
		ready = poll(&fd, 1, left);
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready == 0 || (ready < 0 && errno != EINTR))
			return NULL;
	}
}

int store_wait_for(const char *token, int64_t deadline_ms)
{
	char **event;
	int err;

	for (;;) {
		event = next_event(deadline_ms);
		if (!event)
			return -errno;
		if (!strcmp(event[XS_WATCH_TOKEN], token)) {
			free(event);
			return 0;
		}
		err = keep(event);
		if (err)
			return err;
	}
}

char *store_wait(int64_t deadline_ms, char **token)
{
	char **event = take_kept(), *path;

	if (!event)
		event = next_event(deadline_ms);
	if (!event)
		return NULL;
	path = strdup(event[XS_WATCH_PATH]);
	if (token)
		*token = path ? strdup(event[XS_WATCH_TOKEN]) : NULL;
	free(event);
	return path;
}
