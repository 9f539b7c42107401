/* duende-supervise: the parent of one daemon. See docs/native.md for the files, the state page and the protocol. */
#ifndef SUPERVISE_H
#define SUPERVISE_H
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum state { CREATED, STARTING, RUNNING, PAUSED, STOPPING, STOPPED, FAILED };
enum reason { NONE, EXIT_CODE, SIGNALED, OOM, START_TIMEOUT, WATCHDOG, RESTART_LIMIT, SPAWN, LOST };
enum exit_kind { NO_EXIT, BY_CODE, BY_SIGNAL };
enum policy { NEVER, ON_FAILURE, ALWAYS, UNLESS_STOPPED };
enum health_type { NO_HEALTH, HEALTH_COMMAND, HEALTH_HTTP, HEALTH_TCP };

#define STATE_SIZE 4096
#define STATE_MAGIC "DUENDEn1"

/* The state of a daemon. Guardian and supervisor share it in memory that is no file, so that nothing outside can damage what they
 * act on. Up to `committed` it is exported to the first STATE_SIZE bytes of the file `state`, behind which the spec stands as JSON.
 * The space of that file is taken beforehand, so that a full disk cannot lose a status. src/state-page.ts has the same offsets. */
struct state_page {
  char magic[8];
  uint32_t sequence; /* odd while it is being written */
  uint32_t state;
  int32_t main_pid;
  int32_t supervisor_pid;
  uint64_t main_start; /* kernel start time, clock ticks since boot: proc(5) stat field 22 */
  uint64_t supervisor_start;
  int32_t guardian_pid;
  uint32_t restarts;
  uint64_t guardian_start;
  int64_t started_ms; /* Unix time */
  int64_t finished_ms;
  int64_t restart_at_ms;
  uint32_t exit_kind;
  int32_t exit_value;
  uint32_t exit_core;
  uint32_t reason;
  uint32_t health; /* 0 none or unknown, 1 healthy, 2 unhealthy */
  uint32_t log_errno; /* why the log cannot be written now; 0: it can */
  uint32_t last_exit_kind;
  int32_t last_exit_value;
  uint32_t ready;
  uint32_t stop_asked;
  char id[40];
  char boot_id[40];
  char name[64];
  char message[256];
  int32_t first_pid; /* of the spawn: what handles carry */
  /* From here on for guardian and supervisor only. */
  uint32_t committed; /* the client has been told, and it has heard */
  uint32_t executed;  /* the supervisor has seen the exec of the first run */
  uint32_t log_moved; /* the log of the daemon before may have been moved here */
  uint64_t settings_length; /* of the configuration in shared memory, 0 before it is whole */
  uint32_t unhealthy_kill;
  uint32_t timed_out;
  uint32_t attempt; /* of the backoff */
  uint32_t window_count;
  uint32_t stopped_by_signal;
  int64_t window_begin; /* these are monotonic milliseconds */
  int64_t run_begin;
  int64_t restart_at;
  int64_t kill_at;
  int64_t ready_by;
  uint64_t log_index;
  uint64_t oom_before;
};

/* Numbers of the configuration, all int64_t; names in config.c. */
struct settings {
  int64_t uid, gid, open_files, lock_memory, no_new_privileges;
  int64_t restart_policy, restart_delay, restart_factor_milli, restart_max_delay, restart_max, restart_window;
  int64_t stop_signal, stop_timeout, start_timeout, notify;
  int64_t log_max_size, log_files, keep_log;
  int64_t health_type, health_interval, health_timeout, health_retries, health_start_period, health_port;
};

struct config {
  struct settings set;
  char *base, *name, *id, *program, *cwd, *boot_id, *oom_file, *health_host, *health_request;
  char *spec;
  size_t spec_length;
  char **argv, **envp, **health_argv;
  gid_t groups[256];
  int group_count;
  char *cgroup_procs[16];
  int cgroup_count;
  char *cgroup_steps[64]; /* field NUL path NUL value NUL; an empty value makes the folder */
  int cgroup_step_count;
};

extern struct config config;
extern struct state_page *page;
extern int base_fd;      /* the folder of all daemons; the working directory is this daemon's own */
extern int folder_fd;    /* this daemon's own; it carries the lock that guardian and supervisor hold together */
extern int state_fd;
extern int settings_fd;  /* memory with the second block of the configuration */
extern int handshake_fd; /* the client that is being served by the spawn, -1 afterwards */

/* util.c */
int64_t now_ms(void);  /* monotonic */
int64_t wall_ms(void); /* Unix time */
uint64_t start_time(pid_t pid);
bool same_process(pid_t pid, uint64_t start);
void begin_write(void);
void end_write(void);
void set_message(const char *text);
bool write_all(int fd, const void *data, size_t length);
ssize_t read_text(const char *path, char *buffer, size_t size);
void remove_tree(int at, const char *name);
int signal_number(const char *name);

/* config.c */
void open_settings(void);
void read_place(int fd);
void read_settings(int fd);
void hear_out(void);
void adopt_settings(void);
/* claim.c */
void make_directory(void);
void write_state(void);
void claim_name(void);
void commit_claim(void);
void roll_back(void);
/* names.c */
struct stat;
int base_lock(int at);
bool taken(int at, const char *name);
int command_remove(const char *base, const char *name, const char *id);
int command_sweep(const char *base);
/* first.c */
struct report { /* what a process on its way to its exec tells: `claimed`, else a failure */
  char stage[28];
  int error;
};
void open_inheritance(void);
void inherit(void);
void prepare_run(int parent);
bool await_claim(int child, struct report *failure);
/* handshake.c */
_Noreturn void fail_spawn(const char *stage, int error);
size_t last_log_line(char *text, size_t size);
void report_started(void);
/* child.c */
extern int report_fd;
void connect_standard(void);
void close_above(int last);
void child_setup(void);
_Noreturn void fail_child(const char *stage, int error);
void default_signals(void);
void close_inherited(int first);
pid_t start_health_command(void);
/* start.c */
bool start_main(bool first, char *stage, size_t stage_size, int *error);
/* tree.c */
void signal_tree(int signal);
void kill_tree(void);
/* heir.c */
extern bool adopted;   /* the daemon is not our child */
extern int adopted_fd; /* its pidfd then */
extern pid_t heir_pid;
void have_heir(void);
void drop_heir(void);
bool adopted_exit(int *status);
/* logs.c */
void open_log_pipes(void);
void give_log_pipes(void);
void open_log(void);
bool ensure_log(void);
extern int log_read[2], log_write[2];
bool pump_log(int stream);
void drain_logs(void);
bool log_blocked(void);
/* notify.c */
void open_notify(void);
extern int notify_socket, notify_pipe[2];
void read_notify(int fd);
/* control.c */
#define MAX_CLIENTS 16
struct client {
  int fd;
  size_t length;
  char line[128];
};
extern struct client clients[MAX_CLIENTS];
extern int control_fd;
void open_control(void);
void accept_client(void);
void drop_clients(void);
void serve_client(struct client *client);
/* health.c */
struct pollfd;
void health_reset(void);
int64_t health_next(void);
int health_poll(struct pollfd *entry);
void health_tick(void);
void health_ready(void);
bool health_reaped(pid_t pid, int status);
/* life.c */
extern bool guarded_now, hand_over;
void await_client(void);
void start_run(bool first);
void main_ended(int status, bool known);
void begin_stop(int64_t timeout);
bool send_main(int signal);
void became_ready(void);
/* supervise.c */
enum mode { FIRST, RESUME, TAKEOVER };
void supervise(enum mode mode, bool guarded);
/* cgroup.c */
uint64_t oom_count(void);
void make_cgroups(void);
void drop_cgroups(void);
#endif
