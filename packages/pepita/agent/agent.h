/* duende-agent: PID 1 of a microVM. It sets the machine up, runs the daemon through duende-init (../../container/init) as a child, and
 * mirrors that one's folder, /run/duende, to the host. */
#ifndef AGENT_H
#define AGENT_H
#include "../../native/supervisor/supervise.h"
#include "protocol.h"
#include <poll.h>

/* Kernel command line (duende.NAME=VALUE, pepita.vm=ID), /etc/duende/agent.conf (NAME=VALUE), the configuration of a daemon (tag 100). */
struct machine {
  char vm[80], hostname[65], root[128], rootfs[32], net[200], after[16], mount[16], vsock[12];
  bool overlay, readonly;
  int64_t linger, log_bound; /* seconds; bytes */
};
extern struct machine machine;
extern bool in_vm;          /* PID 1 of a machine: what else there is is ours */
extern const char *run_folder;

/* What the agent and the daemon's init both see. */
struct shared {
  uint64_t written; /* bytes of the log, of all its files */
  uint64_t acked;
  uint64_t bound;
  uint32_t writing; /* `written` is about to change: whoever was woken by the write looks again */
};
extern struct shared *shared;
#define SEEN(field) __atomic_load_n(&shared->field, __ATOMIC_SEQ_CST)
#define SHOW(field, value) __atomic_store_n(&shared->field, value, __ATOMIC_SEQ_CST)

/* settings.c */
void read_machine_settings(void);
void apply_setting(const char *name, const char *value);
void apply_line(char *line);
/* mounts.c */
void mount_basics(void);
void make_parents(const char *path);
bool put_text(const char *path, const char *text);
/* groups.c */
void mount_groups(void);
void make_group(int64_t pids_max, int64_t memory_max);
void limit_cpu(int64_t max, int64_t weight);
void join_group(pid_t pid);
void renew_group(void);
bool group_number(const char *file, const char *name, uint64_t *value);
/* modules.c */
void load_modules(void);
void load_file_system(const char *type);
/* root.c */
int ensure_root(const char **stage);
int ready_folders(const char **stage);
void add_writable(const char *path);
extern bool root_mounted;
/* net.c */
void bring_up_loopback(void);
void configure_net(void);
/* clock.c */
void set_clock(uint64_t ns, int64_t small);
void reseed(const void *random, size_t size);
/* power.c */
_Noreturn void leave_machine(int how);
/* link.c, vsock.c: the host's end of the channel */
extern struct channel channel;
extern int listen_fd;
void open_port(void);
void open_vsock(void);
void use_descriptor(int fd);
int link_poll(struct pollfd *set);
void link_ready(const struct pollfd *set, int count);
void link_tick(void);
int link_timeout(void);
void send_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* frames.c */
take_frame obey_frame;
void greet(const struct hello *hello);
/* run.c */
extern pid_t init_pid;
extern bool run_begun, run_over;
extern unsigned char run_id[16];
void take_run(const char *data, uint32_t length);
void init_ended(int status);
void fail_run(const char *stage, int error);
/* rehearse.c */
void rehearse(void (*begin)(void));
bool rehearsed(pid_t pid, int status);
int read_files(char **paths);
/* child.c, init.c */
_Noreturn void become_init(void);
int init_main(int argc, char **argv);
/* mirror.c */
extern int watch_fd;
void watch_run(void);
void start_mirror(const unsigned char *their_run, uint64_t offset);
void log_acked(uint64_t offset);
void look_at_run(void);
void mirror(void);
bool mirror_is_behind(void);
void patch_page(void (*change)(struct state_page *));
bool all_sent(void);
/* relay.c: lines to the control socket of the daemon's init */
int relay_poll(struct pollfd *entry);
void relay_ready(void);
void relay_line(uint32_t id, const char *line, size_t length);
void relay_closed(void);
bool relay_is_waiting(void);
/* end.c */
extern bool is_spare; /* nobody has it but whoever keeps it ready */
extern int ending; /* POWER_OFF or REBOOT asked for, -1: not */
void ask_shutdown(int how, int64_t timeout);
void exit_acked(void);
void end_tick(void);
int64_t end_next(void);
/* exec.c, exec-io.c, files.c, stats.c, kmsg.c */
#define MAX_EXECS 64
struct exec {
  uint32_t id;
  bool used, exited, abandoned, input_ends;
  int status, in, out[2];
  pid_t pid;
  uint32_t unacked;
  int64_t kill_at;
  char *input;
  size_t input_length;
};
extern struct exec execs[MAX_EXECS];
void take_exec(const char *data, uint32_t length);
void take_stdin(const char *data, uint32_t length);
void take_exec_signal(const char *data, uint32_t length);
void take_out_ack(const char *data, uint32_t length);
bool exec_reaped(pid_t pid, int status);
void abandon_execs(void);
int exec_poll(struct pollfd *set);
void exec_ready(const struct pollfd *set, int count);
void exec_tick(void);
int64_t exec_next(void);
void take_file(const char *data, uint32_t length);
void take_stats(const char *data, uint32_t length);
bool memory_number(const char *line, uint64_t *value);
extern int kmsg_fd;
void open_kmsg(void);
void read_kmsg(void);
#endif
