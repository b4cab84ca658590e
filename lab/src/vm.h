/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One QEMU process that cannot outlive us, and what stops it.
 */
#ifndef LAB_VM_H
#define LAB_VM_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct vm_config {
	char **qemu; /* program and arguments, NULL terminated */
	const char *log; /* the console, written by QEMU; may be NULL */
	const char *state; /* start from this saved state; NULL: boot */
	const char *save; /* a state will be saved to this file; or NULL */
};

struct vm {
	pid_t pid;
	int chan; /* the command channel */
	int qmp; /* QEMU's monitor; -1 unless a state is to be saved */
	int errors; /* a file that holds what QEMU complained about */
	int died_of; /* after vm_stop(): the signal that QEMU died of, or 0 */
};

enum vm_end {
	VM_NOW,
	VM_CLEAN, /* QEMU is asked to close its disks */
	VM_GONE, /* its channel is closed: why it ended is wanted */
};

/*
 * The signal that ended the machine before its time (SIGALRM for a deadline),
 * or 0.  Its handler kills QEMU, so every read and write on the machine's
 * sockets fails at once and the callers unwind in the ordinary way.
 */
extern volatile sig_atomic_t vm_stopped_by;

/* 0, or -1 after a line on stderr. */
int vm_start(struct vm *vm, const struct vm_config *config);

/* However it goes, QEMU is gone then; returns its wait status. */
int vm_stop(struct vm *vm, enum vm_end how);

/* Write the machine's state to config->save.  0, or -1 after a line. */
int vm_save(struct vm *vm);

/* What QEMU itself said, or the tail of the console, on stderr. */
void vm_explain(const struct vm *vm, const char *log);

/* Kill the machine seconds from now; 0: never. */
void vm_deadline(unsigned int seconds);

#endif /* LAB_VM_H */
