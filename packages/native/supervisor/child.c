/* From fork to exec of the daemon's own processes. */
#include "supervise.h"
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct failure {
  char stage[28];
  int error;
};

static int failure_fd = -1;

static _Noreturn void fail_child(const char *stage, int error) {
  struct failure failure = {.error = error};
  strncpy(failure.stage, stage, sizeof failure.stage - 1);
  if (failure_fd >= 0) write_all(failure_fd, &failure, sizeof failure);
  _exit(127);
}

static void limit(int resource, int64_t value, const char *stage) {
  if (value < 0) return;
  struct rlimit limits = {(rlim_t)value, (rlim_t)value};
  if (setrlimit(resource, &limits) != 0) fail_child(stage, errno);
}

/* Everything that the spec asks of the process itself. Order: what needs root first, then who, then where. */
static void child_setup(void) {
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
  for (int number = 1; number < 65; number++) sigaction(number, &action, NULL);
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
static void close_above(int last) { close_from(last + 1, 4); }

static void connect_standard(void) {
  int null = open("/dev/null", O_RDWR);
  if (null < 0) fail_child("fork", errno);
  dup2(null, 0);
  dup2(log_write[0], 1);
  dup2(log_write[1], 2);
}

static void run_daemon(void) {
  setsid();
  /* The page is shared: whoever takes over after a kill between fork and here still learns the pid. */
  page->main_pid = getpid();
  page->main_start = start_time(getpid());
  connect_standard();
  if (config.set.notify) {
    if (notify_pipe[1] != 3) dup2(notify_pipe[1], 3);
    else fcntl(3, F_SETFD, 0);
  }
  close_above(config.set.notify ? 3 : 2);
  child_setup();
  execve(config.program, config.argv, config.envp);
  fail_child("exec", errno);
}

/* Forks and executes the program. False with the stage and errno when it could not be executed; nothing runs then. */
bool start_main(char *stage, size_t stage_size, int *error) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    snprintf(stage, stage_size, "fork");
    *error = errno;
    return false;
  }
  /* Above every number that the child gives away. */
  failure_fd = fcntl(ends[1], F_DUPFD_CLOEXEC, 64);
  close(ends[1]);
  pid_t pid = fork();
  if (pid == 0) run_daemon();
  int fork_error = errno;
  close(failure_fd);
  failure_fd = -1;
  struct failure failure = {"fork", fork_error};
  bool failed = pid < 0;
  if (!failed) {
    /* While the other processor executes the program. */
    open_control();
    ensure_log();
    struct pollfd ready = {.fd = ends[0], .events = POLLIN};
    int64_t until = now_ms() + config.set.start_timeout;
    int got;
    do {
      int64_t left = until - now_ms();
      got = poll(&ready, 1, left > 0 ? (int)left : 0);
    } while (got < 0 && errno == EINTR);
    /* End of file: exec has closed the pipe. */
    if (got == 0) failed = true, failure = (struct failure){"timeout", ETIMEDOUT};
    else failed = read(ends[0], &failure, sizeof failure) == (ssize_t)sizeof failure;
    if (failed) {
      kill(pid, SIGKILL);
      while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    }
  }
  close(ends[0]);
  if (!failed) return true;
  begin_write();
  page->main_pid = 0;
  page->main_start = 0;
  end_write();
  snprintf(stage, stage_size, "%s", failure.stage);
  *error = failure.error;
  return false;
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
