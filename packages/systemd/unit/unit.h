/* duende-unit: what the transient units of the systemd adapter execute. `exec` becomes the program, `stopped` (ExecStopPost) notes how
 * it ended and when the next run may begin. Both have the file `unit` as standard input and output: a page, then frames. */
#ifndef UNIT_H
#define UNIT_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define UNIT_MAGIC "DUENDEs1"
#define UNIT_PAGE 4096
#define EXIT_EXEC 203 /* systemd's own number for a program that cannot be executed */

enum health_type { NO_HEALTH, HEALTH_COMMAND, HEALTH_HTTP, HEALTH_TCP };
enum health { HEALTH_UNKNOWN, HEALTHY, UNHEALTHY };
/* By the stop that was asked for a run has ended; the next one, started by somebody else, knows nothing of it. */
enum stop { NO_STOP, STOP_ASKED, STOP_DONE };
enum limit { NO_LIMIT, LIMIT_REACHED, LIMIT_TOLD };
enum exit_kind { NO_EXIT, EXITED, KILLED, DUMPED };

struct settings {
  int64_t restart_delay, restart_factor_milli, restart_max_delay, restart_window;
  int64_t restart_always;     /* a clean exit too is followed by a restart */
  int64_t readiness_notify;   /* the program itself says READY */
  int64_t keep_notify_socket; /* the program sees NOTIFY_SOCKET */
  int64_t health_type, health_interval, health_timeout, health_retries, health_start_period, health_port;
  int64_t restart_max;        /* restarts within the window; 0: no limit */
};

struct exit_slot {
  uint32_t kind, executed; /* 0: it ended before the program was executed, in the delay, say */
  int64_t time_wall_ms;
  char result[32], invocation[40], status[24];
  int64_t run_begin_wall_ms;
  int32_t exec_errno;
  char rest[132];
};

/* Little endian, as both processors are. Everyone writes single fields, never the whole page. */
struct unit_page {
  char magic[8], rest_1[56];
  char id[40], boot_id[40], name[64], rest_2[48];
  struct settings set;
  char rest_3[144];
  uint32_t stop_asked; /* by the adapter: no restart follows; enum stop */
  uint32_t runs_ended, attempt, unused;
  int64_t not_before_ms; /* monotonic */
  int64_t run_begin_ms;  /* monotonic; 0 until the program is executed */
  uint32_t health;
  int32_t exec_errno;
  char exec_stage[24];
  int64_t not_before_wall_ms, run_begin_wall_ms;
  char created[16];    /* of the adapter */
  uint32_t limit;      /* enum limit */
  int32_t spawner_pid; /* of the adapter */
  uint64_t spawner_start;
  int64_t window_begin_ms; /* monotonic: restarts are counted from here on */
  uint32_t window_count;
  uint32_t oom_kills; /* that the control group had counted when the run began */
  struct exit_slot last, before;
  char rest_5[UNIT_PAGE - 1152];
};
#define AT(field, offset) _Static_assert(offsetof(struct unit_page, field) == offset, #field)
AT(id, 64); AT(boot_id, 104); AT(name, 144); AT(set, 256); AT(set.restart_always, 288); AT(set.health_type, 312);
AT(set.health_port, 352); AT(stop_asked, 512); AT(runs_ended, 516); AT(attempt, 520); AT(not_before_ms, 528);
AT(run_begin_ms, 536); AT(health, 544); AT(exec_errno, 548); AT(exec_stage, 552); AT(not_before_wall_ms, 576);
AT(run_begin_wall_ms, 584); AT(set.restart_max, 360); AT(limit, 608); AT(spawner_pid, 612); AT(window_begin_ms, 624); AT(oom_kills, 636); AT(last, 640); AT(last.time_wall_ms, 648); AT(last.result, 656); AT(last.invocation, 688);
AT(last.status, 728); AT(last.run_begin_wall_ms, 752); AT(last.exec_errno, 760); AT(before, 896);
#undef AT
_Static_assert(sizeof(struct unit_page) == UNIT_PAGE, "page");

struct frames {
  char *program, *identifier, *health_host, *health_request;
  char **argv, **variables, **health_argv;
};

extern struct unit_page page; /* as it was read, with what this process has written since */
extern struct frames frames;
extern int page_fd;

/* page.c */
int64_t now_ms(void);  /* monotonic */
int64_t wall_ms(void); /* Unix time */
bool read_page(void);
void read_frames(void);
void write_field(void *field, size_t size);
#define WRITE(field) write_field(&page.field, sizeof page.field)
void write_run_begin(void);
_Noreturn void fail(const char *stage, int error);
void complain(const char *text);
/* notify.c */
extern int notify_fd;
bool open_notify(void);
bool notify(const char *text);
void notify_barrier(void);
/* journal.c */
extern int journal_fd[2]; /* for stdout and stderr; -1: what systemd gave as stderr */
void open_journal(void);
void settle_journal(void);
/* environment.c */
char **make_environment(void);
/* check.c */
bool will_execute(const char *program, char **argv, char **envp);
/* watcher.c */
bool start_watcher(bool say_ready, char **envp);
extern int watcher_pipe; /* write end, close-on-exec: a byte says that execve has failed */
/* health.c */
_Noreturn void check_health(int main_pidfd, pid_t main_pid, char **envp);
/* oom.c */
uint32_t count_oom_kills(void);
/* run.c, stopped.c */
_Noreturn void run(void);
void default_signals(void);
void stopped(void);
/* drain.c */
int drain(long milliseconds);
#endif
