/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xenstore through libxenstore. The connection is opened at the first use.
 *
 * Paths are printf formats. @tx is a transaction of store_begin() or STORE_NOW.
 * What is read is hostile (a guest may have written it): strings are bounded
 * and numbers are parsed whole. Functions return 0 or a negative errno unless
 * they say otherwise.
 */
#ifndef LIB_STORE_H
#define LIB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_NOW	   0u
#define STORE_NO_TX	   (~0u) /* what store_begin() returns on failure */
#define STORE_PATH_MAX	   512
#define STORE_PRINTF(a, b) __attribute__((format(printf, a, b)))

/*
 * How long xenstored may take to answer one request, ms, before the command
 * looks whether it is stopped; and how often it looks. Then it says so and
 * ends: what it has begun is undone as if it had been killed.
 */
#define STORE_DEADLINE_MS 1500
#define STORE_PATIENCE	  20

/**
 * store_open() - 0, or -errno after saying, once, that xenstored does not run.
 */
int store_open(void);

/**
 * store_connect() - to xenstored's socket, for who speaks the protocol himself.
 * @flags: SOCK_NONBLOCK, or 0: a full queue of connections is waited for.
 * Return: a descriptor to close, or -1 with errno (EAGAIN: a full queue).
 */
int store_connect(int flags);

/** store_asks(), store_asked() - around what waits for xenstored elsewhere. */
void store_asks(void);
void store_asked(void);

/** store_be_patient() - no deadline for requests, from now on. */
void store_be_patient(void);

/**
 * store_read() - the value at a path.
 * Return: a string that the caller frees, or NULL with errno set.
 */
char *store_read(uint32_t tx, const char *format, ...) STORE_PRINTF(2, 3);

/**
 * store_read_many() - the values of many nodes in one exchange.
 * @values: as store_read() gives each; NULL where there is none.
 * Return: false when it cannot be had that way: what is there is to be freed,
 * the rest to be asked for one by one.
 */
bool store_read_many(char *const *paths, char **values, unsigned int count);

/** store_read_number() - a decimal number, whole, from @min to @max. */
int store_read_number(uint32_t tx, long min, long max, long *value,
		      const char *format, ...) STORE_PRINTF(5, 6);

/** store_write() - the value's format and arguments come after @path. */
int store_write(uint32_t tx, const char *path, const char *format, ...)
	STORE_PRINTF(3, 4);

/** store_remove() - a node and all below it; absent is fine. */
int store_remove(uint32_t tx, const char *format, ...) STORE_PRINTF(2, 3);

/**
 * store_list() - the names below a path.
 * @count: how many.
 * Return: one block that the caller frees, or NULL with errno set.
 */
char **store_list(uint32_t tx, unsigned int *count, const char *format, ...)
	STORE_PRINTF(3, 4);

/** store_exists() - whether a node is there. */
bool store_exists(uint32_t tx, const char *format, ...) STORE_PRINTF(2, 3);

enum store_access {
	STORE_PRIVATE,
	STORE_READ,
	STORE_WRITE
};

/**
 * store_make() - a directory node with its permissions, which what is written
 * below it inherits.
 * @owner: domain that may do all.
 * @other: domain that gets @access.
 */
int store_make(uint32_t tx, const char *path, uint32_t owner, uint32_t other,
	       enum store_access access);

/** store_begin() - a transaction, or STORE_NO_TX with errno set. */
uint32_t store_begin(void);

/** store_commit() - -EAGAIN when somebody else was faster: do it all again. */
int store_commit(uint32_t tx);
void store_abort(uint32_t tx);

/**
 * store_transaction() - all that @fill does with its @tx, or nothing of it.
 * @fill: 0, or an error that ends it; is called anew, with the same @arg, when
 *	somebody else was faster.
 * Return: 0 or -errno.
 */
int store_transaction(int (*fill)(uint32_t tx, void *arg), void *arg);

/** store_introduce() - tell xenstored of a domain and its ring. */
int store_introduce(uint32_t domid, unsigned long mfn, unsigned int port);

/** store_watch() - events of @path, and below, come with @token. */
int store_watch(const char *path, const char *token);
void store_unwatch(const char *path, const char *token);

/** store_fd() - readable when a watch fired. */
int store_fd(void);

/**
 * store_wait() - the next watch event.
 * @deadline_ms: on the clock of log_now_ms(); negative waits for ever; 0 looks
 *	without waiting.
 * @token: if not NULL, a string for the caller to free.
 * Return: the path that changed (the caller frees it), or NULL with errno
 * (ETIMEDOUT).
 */
char *store_wait(int64_t deadline_ms, char **token);

/**
 * store_wait_for() - until a watch of @token fires. Other watches' events are
 * kept for store_wait(), in order, so that who waits for one thing takes
 * nothing away from who minds others. Return: 0, -ETIMEDOUT, or -errno.
 */
int store_wait_for(const char *token, int64_t deadline_ms);

#endif
