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

/* To itself or to a child. 0 only asks whether there is such a process: ESRCH. */
int wos_kill(int pid, int signal);

/* Copies a message into the mailbox of a process. EAGAIN: it is full; EMSGSIZE: it never fits; ESRCH: there is no such process. */
int wos_send(int pid, const void *message, size_t length);

/* Takes the first message out of the mailbox. Waits for one at most `timeout` milliseconds: 0 not at all (EAGAIN), negative for
 * ever; ETIMEDOUT, EINTR. A message that is longer than the buffer stays (EMSGSIZE); `length` says how long it is. `from` is the
 * sender, 0 the host. */
int wos_receive(void *buffer, size_t size, int64_t timeout, int *from, size_t *length);

/* TCP, "host:port": a descriptor for accept(), or for read(), write(), recv(), send(). ENOTCAPABLE: it was not granted. */
int wos_listen(const char *address, int *fd);
int wos_connect(const char *address, int *fd);

#ifdef __cplusplus
}
#endif
#endif
