/* Starting the program, and knowing that it has been executed. */
#include "supervise.h"
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void run_daemon(uint64_t start) {
  /* The page is shared: whoever takes over after a kill between fork and here still learns the pid. */
  page->main_start = start;
  page->main_pid = getpid();
  if (config.set.notify) {
    if (notify_pipe[1] != 3) dup2(notify_pipe[1], 3);
    else fcntl(3, F_SETFD, 0);
  }
  close_above(config.set.notify ? 3 : 2);
  child_setup();
  execve(config.program, config.argv, config.envp);
  fail_child("exec", errno);
}

/* False when the child has failed, or has not come to its exec in time. */
static bool await_exec(int child, struct report *failure) {
  struct pollfd ready = {.fd = child, .events = POLLIN};
  int64_t until = now_ms() + config.set.start_timeout;
  int got;
  do {
    int64_t left = until - now_ms();
    got = poll(&ready, 1, left > 0 ? (int)left : 0);
  } while (got < 0 && errno == EINTR);
  /* End of file: exec has closed it. */
  if (got > 0) return read(child, failure, sizeof *failure) != (ssize_t)sizeof *failure;
  *failure = (struct report){"timeout", ETIMEDOUT};
  return false;
}

/* Forks and executes the program; what the first run needs is made by the child on its way (first.c). False with the stage and errno
 * when it could not be executed; nothing runs then. */
bool start_main(bool first, char *stage, size_t stage_size, int *error) {
  int ends[2], child_end = -1;
  struct report failure = {"fork", 0};
  pid_t pid = -1, parent = getpid();
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
    /* Above every number that the child gives away. */
    child_end = fcntl(ends[1], F_DUPFD_CLOEXEC, 64);
    close(ends[1]);
    pid = child_end < 0 ? -1 : fork();
  }
  if (pid == 0) {
    report_fd = child_end;
    setsid();
    connect_standard();
    uint64_t start = start_time(getpid());
    if (first) prepare_run(parent);
    run_daemon(start);
  }
  failure.error = errno;
  if (child_end >= 0) close(child_end);
  bool started = pid > 0 && (!first || await_claim(ends[0], &failure));
  if (started) {
    /* While the other processor executes the program. */
    open_control();
    started = await_exec(ends[0], &failure);
  }
  if (!started && pid > 0) {
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  }
  close(ends[0]);
  page->executed = started;
  if (started) return true;
  begin_write();
  page->main_pid = 0;
  page->main_start = 0;
  end_write();
  snprintf(stage, stage_size, "%s", failure.stage);
  *error = failure.error;
  return false;
}
