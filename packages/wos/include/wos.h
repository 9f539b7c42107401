/* What a process of WOS can do beyond WASI preview1. Compile wos.c together with the program:
 *
 *   clang --target=wasm32-wasi --sysroot=/usr -O2 -D_WASI_EMULATED_SIGNAL -I include program.c include/wos.c \
 *     -lwasi-emulated-signal -Wl,--export-table -o program.wasm
 *
 * With wos.c, handlers installed by signal() are called for the signals TERM, INT, QUIT, HUP, USR1, USR2 and CONT, also while the
 * program computes; calls that wait then fail with EINTR. A signal without a handler ends the program, as everywhere.
 *
 * All functions return 0, or a number of <errno.h>.
 */
#ifndef WOS_H
#define WOS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

int wos_pid(void);
int wos_parent(void);

/* Lists end with NULL. What is 0 or NULL is not given. */
struct wos_spawn {
  const char *module;      /* A path in a directory that this process may read; NULL: its own module again. */
  const char *name;        /* For the process table; NULL: this process's own. */
  const char *const *args; /* The first is what it calls itself; NULL: its name alone. */
  const char *const *env;  /* "NAME=VALUE"; NULL: no environment. */
  const char *const *caps; /* What it may do, at most what this process may: "net", "net:connect=HOST:PORT", "net:listen=HOST:PORT",
                            * "fs:read=DIR[:NAME]", "fs:write=DIR[:NAME]", "spawn", or "*" for all that this process may. NULL: nothing. */
  const char *cwd;         /* Where its relative paths begin; in one of its directories. */
  int lower;               /* Levels of priority below this process's own. */
};

/* Starts a process: a child of this one, which writes where this one writes, has the same limits, and whose standard input is empty.
 * Its own children become init's when it ends; nothing else happens to them then. ENOTCAPABLE: "spawn" was not granted, or what the
 * child is to have is more than this process has; EAGAIN: there are as many processes as may be; ENOEXEC: it cannot be run;
 * ENOENT; EINVAL; E2BIG; EFBIG: a module of more than 64 MiB. */
int wos_spawn(const struct wos_spawn *what, int *pid);

/* How a process ended: by a signal if that is not 0 (SIGABRT, SIGSEGV, SIGFPE, SIGILL for traps), else with the code. */
struct wos_end {
  int pid;
  unsigned code;
  int signal;
};

/* Waits until a child has ended, which it stays in the process table for, at most `timeout` milliseconds: 0 not at all (EAGAIN),
 * negative for ever. `pid` 0 is any child. ECHILD: there is no such child; ETIMEDOUT, EINTR. */
int wos_wait(int pid, int64_t timeout, struct wos_end *end);

/* To itself or to a descendant: a child, a child's child. 0 only asks whether there is such a process: ESRCH. */
int wos_kill(int pid, int signal);

/* Copies a message into the mailbox of a process. EAGAIN: it is full; EMSGSIZE: it never fits; ESRCH: there is no such process. */
int wos_send(int pid, const void *message, size_t length);

/* Takes the first message out of the mailbox. Waits for one at most `timeout` milliseconds: 0 not at all (EAGAIN), negative for
 * ever; ETIMEDOUT, EINTR. A message that is longer than the buffer stays (EMSGSIZE); `length` says how long it is. `from` is the
 * sender, 0 the host. */
int wos_receive(void *buffer, size_t size, int64_t timeout, int *from, size_t *length);

/* Tells whoever supervises the process about it, in lines of sd_notify(3): "READY=1", "STATUS=reading the index". At most 4096 bytes
 * (EMSGSIZE). Takes a millisecond. Does nothing where nobody listens. */
int wos_notify(const char *text);

/* TCP, "host:port": a descriptor for accept(), or for read(), write(), recv(), send(). ENOTCAPABLE: it was not granted. */
int wos_listen(const char *address, int *fd);
int wos_connect(const char *address, int *fd);

#ifdef __cplusplus
}
#endif
#endif
