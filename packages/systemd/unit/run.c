/* `exec`: from what systemd prepared to the program. */
#include "unit.h"
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

/* CLOSE_RANGE_CLOEXEC is 4, Linux 5.11. Without it: systemd leaves nothing else open, and all that is opened here closes at execve. */
static void close_at_exec(unsigned first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, ~0u, 4) == 0) return;
#endif
  for (int fd = (int)first; fd < 1024; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void default_signals(void) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int number = 1; number < 65; number++) sigaction(number, &action, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The delay between two runs. It is the main process that waits, so a stop ends it at once. The manager's timeout for the start is
 * put off again and again rather than once: a manager that is executed anew forgets. */
static void wait_for_turn(void) {
  int64_t begin = now_ms(), until = page.not_before_ms;
  if (until > begin + page.set.restart_max_delay) until = begin + page.set.restart_max_delay;
  for (int64_t now = begin; now < until; now = now_ms()) {
    char text[64];
    snprintf(text, sizeof text, "EXTEND_TIMEOUT_USEC=%lld", (long long)(until - now < 20000 ? until - now + 5000 : 25000) * 1000);
    notify(text);
    int64_t step = until - now < 10000 ? until - now : 10000;
    struct timespec time = {step / 1000, step % 1000 * 1000000};
    nanosleep(&time, NULL);
  }
}

/* sd_listen_fds(3): these belong to the program. */
static int listen_fds(void) {
  const char *pid = getenv("LISTEN_PID"), *number = getenv("LISTEN_FDS");
  if (!pid || !number || strtol(pid, NULL, 10) != getpid()) return 0;
  long fds = strtol(number, NULL, 10);
  return fds > 0 && fds < 4096 ? (int)fds : 0;
}

static void move_fd(int from, int to) {
  if (from < 0 || dup2(from, to) < 0) fail("stdio", errno);
  if (from > 2) close(from); /* the limit of open files may be low */
}

static void connect_standard(void) {
  if (journal_fd[0] < 0) return move_fd(2, 1);
  for (int stream = 0; stream < 2; stream++) {
    move_fd(journal_fd[stream], 1 + stream);
    journal_fd[stream] = 1 + stream;
  }
}

/* What earlier runs have left. */
static void reset_run(void) {
  page.run_begin_ms = page.run_begin_wall_ms = 0;
  WRITE(run_begin_ms);
  WRITE(run_begin_wall_ms);
  page.health = HEALTH_UNKNOWN;
  WRITE(health);
  page.exec_errno = 0;
  WRITE(exec_errno);
  if (page.stop_asked == STOP_DONE) {
    page.stop_asked = NO_STOP;
    WRITE(stop_asked);
  }
  page.oom_kills = count_oom_kills();
  WRITE(oom_kills);
  memset(page.exec_stage, 0, sizeof page.exec_stage);
  WRITE(exec_stage);
}

static void clear_limit(void) {
  page.limit = NO_LIMIT;
  WRITE(limit);
  page.window_count = page.attempt = 0;
  WRITE(window_count);
  WRITE(attempt);
}

/* One restart too many. RestartPreventExitStatus has this signal: no further one follows. Somebody who starts it later, may. */
static void refuse_run(void) {
  bool again = page.limit == LIMIT_TOLD || now_ms() - page.window_begin_ms > page.set.restart_window;
  if (again) return clear_limit();
  complain("restarted too often");
  kill(getpid(), SIGRTMAX);
  _exit(EXIT_EXEC);
}

_Noreturn void run(void) {
  /* Neither a core file nor other processes of the user get at the secrets and the page; execve ends this, the watcher keeps it. */
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  bool can_notify = open_notify();
  int notify_error = errno;
  if (!read_page()) {
    complain("standard input is not the file of a unit");
    _exit(EXIT_EXEC);
  }
  reset_run();
  if (!can_notify) fail("notify", notify_error); /* told at once, not by a timeout */
  if (page.limit != NO_LIMIT) refuse_run();
  wait_for_turn();
  read_frames();
  page_fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
  if (page_fd < 0) {
    page_fd = 0;
    fail("stdio", errno);
  }
  move_fd(open("/dev/null", O_RDWR | O_CLOEXEC), 0);
  open_journal();
  char **envp = make_environment();
  connect_standard();
  close_at_exec(3 + (unsigned)listen_fds());
  default_signals();
  bool by_us = !page.set.readiness_notify, sure = by_us && will_execute(frames.program, frames.argv, envp), watched = true;
  if ((by_us && !sure) || page.set.health_type != NO_HEALTH) watched = start_watcher(by_us && !sure, envp);
  if (!watched && page.set.health_type != NO_HEALTH) complain("no process is left for the health checks");
  settle_journal();
  if (sure || !by_us || !watched) write_run_begin();
  if (sure || (by_us && !watched)) notify("READY=1");
  execve(frames.program, frames.argv, envp);
  int error = errno;
  if (watcher_pipe >= 0 && write(watcher_pipe, "", 1) < 0) error = errno;
  page.run_begin_ms = page.run_begin_wall_ms = 0;
  WRITE(run_begin_ms);
  WRITE(run_begin_wall_ms);
  fail("exec", error);
}
