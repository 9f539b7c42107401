/* duende-init: PID 1 of a container of Duende. It runs one program as the native supervisor does, with that one's sources wherever they
 * fit: its page, its restart policy, health checks, readiness, log and control socket. What is not there: a guardian and heirs (when PID 1
 * ends, the kernel ends the container), the claim of a name and control groups (the engine's), a client that waits (it reads the folder).
 * Its folder is a folder of the host, $DUENDE_RUN or /run/duende, and its working directory. */
#ifndef INIT_H
#define INIT_H
#include "../../native/supervisor/supervise.h"

/* How the program could not be executed: written by the child into memory that both see, since a descriptor may be one too many. */
struct attempt { char stage[32]; int error; };
extern struct attempt *attempt;
extern int exec_error;     /* errno of the last run if it could not be executed, else 0 */
extern int capture_log;    /* 1: the output of the program goes into log/, 2: and a copy to the engine; 0: only there */
extern int engine_restarts; /* the engine starts a container again whose end was a failure */
extern bool engine_stop;   /* it was the engine that asked for the end */
extern char *start_folder; /* where the engine started us */
extern mode_t start_umask;

/* config.c */
void read_config(void);
void use_config(void);
/* state.c */
void open_state(void);
bool goes_on(void);
void begin_page(bool again);
/* room.c */
void make_room(void);
void have_standard(void);
void give_back_room(void);
int open_anyhow(const char *path, int flags, mode_t mode);
void open_rest(void);
/* signals.c */
void take_signals(void);
void give_back_signals(void);
struct pollfd;
int wait_for(struct pollfd *set, int count, int timeout);
int next_signal(void);
/* tree.c */
void kill_everything(void);
/* loopback.c */
int loopback_main(void);
/* report.c */
void complain(const char *text, int error);
_Noreturn void end_init(void);
#endif
