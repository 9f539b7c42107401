/* What the daemon's own processes need between fork and exec. */
#include "supervise.h"
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int report_fd = -1; /* to the supervisor, in a process on its way to an exec; the exec closes it */

_Noreturn void fail_child(const char *stage, int error) {
  struct report failure = {.error = error};
  strncpy(failure.stage, stage, sizeof failure.stage - 1);
  if (report_fd >= 0) write_all(report_fd, &failure, sizeof failure);
  _exit(127);
}

/* Whoever started us may have ignored some; a program expects every signal as the kernel gives it. A pipe or socket without a reader
 * must not end the supervisor. */
void default_signals(void) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int number = 1; number < 65; number++) sigaction(number, &action, NULL);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
}

static void limit(int resource, int64_t value, const char *stage) {
  if (value < 0) return;
  struct rlimit limits = {(rlim_t)value, (rlim_t)value};
  if (setrlimit(resource, &limits) != 0) fail_child(stage, errno);
}

/* Everything that the spec asks of the process itself. Order: what needs root first, then who, then where. */
void child_setup(void) {
  struct settings *set = &config.set;
  for (int i = 0; i < config.cgroup_count; i++) {
    int fd = open(config.cgroup_procs[i], O_WRONLY | O_CLOEXEC);
    if (fd < 0 || !write_all(fd, "0", 1)) fail_child("resources", errno);
    close(fd);
  }
  limit(RLIMIT_NOFILE, set->open_files, "resources.openFilesMax");
  limit(RLIMIT_MEMLOCK, set->lock_memory, "resources.lockMemory");
  umask(022);
  if (set->gid >= 0 || set->uid >= 0) {
    if (geteuid() == 0 && setgroups((size_t)config.group_count, config.groups) != 0) fail_child("group", errno);
    if (set->gid >= 0 && setgid((gid_t)set->gid) != 0) fail_child("group", errno);
    if (set->uid >= 0 && setuid((uid_t)set->uid) != 0) fail_child("user", errno);
  }
  if (set->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    fail_child("sandbox.noNewPrivileges", errno);
  if (chdir(config.cwd) != 0) fail_child("cwd", errno);
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigaction(SIGPIPE, &action, NULL); /* the only one that is not as it should be */
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* close_range(2) with the given flags from a number on, one by one on kernels that lack it. */
static void close_from(int first, unsigned flags) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, (unsigned)first, ~0u, flags) == 0) return;
#endif
  for (int fd = first; fd < 65536; fd++) {
    if (flags) fcntl(fd, F_SETFD, FD_CLOEXEC);
    else close(fd);
  }
}

/* What a careless client left open must not stay open as long as the daemon lives. */
void close_inherited(int first) { close_from(first, 0); }

/* Nothing but 0, 1, 2 (and the readiness pipe as 3) reaches the program. CLOSE_RANGE_CLOEXEC is 4, Linux 5.11. */
void close_above(int last) { close_from(last + 1, 4); }

void connect_standard(void) {
  int null = open("/dev/null", O_RDWR);
  if (null < 0) fail_child("fork", errno);
  dup2(null, 0);
  dup2(log_write[0], 1);
  dup2(log_write[1], 2);
}

/* The health command runs as the daemon does, its output in the daemon's log. */
pid_t start_health_command(void) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  setsid();
  connect_standard();
  close_above(2);
  child_setup();
  execve(config.health_argv[0], config.health_argv, config.envp);
  _exit(127);
}
