// SPDX-License-Identifier: GPL-2.0-only
/* xenstore through libxenstore; see store.h. */
#include "lib/store.h"
#include "lib/log.h"
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

static struct xs_handle *handle;

int store_open(void)
{
	if (handle)
		return 0;
	handle = xs_open(0);
	if (handle)
		return 0;
	log_error("cannot connect to xenstored: %s", strerror(errno));
	log_hint("systemctl start xend");
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
	return xs_read(handle, tx, path, NULL);
}

int store_read_number(uint32_t tx, long min, long max, long *value,
		      const char *format, ...)
{
	char *text, *end;
	long number;
	int err = -EINVAL;

	PATH_OR_RETURN(-errno);
	text = xs_read(handle, tx, path, NULL);
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
	done = xs_write(handle, tx, path, text, length);
	if (text != small)
		free(text);
	return done ? 0 : -errno;
}

int store_remove(uint32_t tx, const char *format, ...)
{
	PATH_OR_RETURN(-errno);
	if (xs_rm(handle, tx, path) || errno == ENOENT)
		return 0;
	return -errno;
}

char **store_list(uint32_t tx, unsigned int *count, const char *format, ...)
{
	PATH_OR_RETURN(NULL);
	return xs_directory(handle, tx, path, count);
}

bool store_exists(uint32_t tx, const char *format, ...)
{
	char *value;

	PATH_OR_RETURN(false);
	value = xs_read(handle, tx, path, NULL);
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
	if (!xs_mkdir(handle, tx, path))
		return -errno;
	return xs_set_permissions(handle, tx, path, perms, 2) ? 0 : -errno;
}

uint32_t store_begin(void)
{
	xs_transaction_t tx;

	if (store_open())
		return STORE_NO_TX;
	tx = xs_transaction_start(handle);
	return tx == XBT_NULL ? STORE_NO_TX : tx;
}

int store_commit(uint32_t tx)
{
	return xs_transaction_end(handle, tx, false) ? 0 : -errno;
}

void store_abort(uint32_t tx)
{
	int err = errno;

	xs_transaction_end(handle, tx, true);
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
	return xs_introduce_domain(handle, domid, mfn, port) ? 0 : -errno;
}

int store_watch(const char *path, const char *token)
{
	if (store_open())
		return -ENOTCONN;
	return xs_watch(handle, path, token) ? 0 : -errno;
}

void store_unwatch(const char *path, const char *token)
{
	xs_unwatch(handle, path, token);
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
