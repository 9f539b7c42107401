/* A second process that learns when the program has been executed: from the end of a pipe that execve closes. It says READY then,
 * when that could not be said before, and stays as the health checker. */
#include "unit.h"
#include <sched.h>
#include <sys/syscall.h>

int watcher_pipe = -1;

static int self_pidfd(void) {
#ifdef SYS_pidfd_open
  return (int)syscall(SYS_pidfd_open, getpid(), 0); /* close-on-exec by itself */
#else
  return -1;
#endif
}

static void close_from(unsigned first, unsigned last) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, last, 0) == 0) return;
#endif
  for (unsigned fd = first; fd <= last && fd < 1024; fd++) close((int)fd);
}

/* Of what the program has open, nothing may stay open here, else it lives as long as the checker. */
static void keep_only(int pidfd) {
  int keep[] = {page_fd, pidfd, notify_fd}, last = 2;
  if (page.set.health_type != HEALTH_COMMAND) dup2(0, 1), dup2(0, 2); /* only a command writes to the log */
  for (;;) {
    int next = -1;
    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
      if (keep[i] > last && (next < 0 || keep[i] < next)) next = keep[i];
    if (next < 0) return close_from(last + 1, ~0u);
    if (next > last + 1) close_from(last + 1, (unsigned)next - 1);
    last = next;
  }
}

static _Noreturn void watch(int read_end, bool say_ready, pid_t main_pid, int main_pidfd, char **envp) {
  char byte;
  ssize_t got;
  close(watcher_pipe);
  do got = read(read_end, &byte, 1);
  while (got < 0 && errno == EINTR);
  if (got != 0) _exit(0); /* execve has failed */
  close(read_end);
  if (say_ready) {
    write_run_begin();
    notify("READY=1");
  }
  if (page.set.health_type != NO_HEALTH) keep_only(main_pidfd), check_health(main_pidfd, main_pid, envp);
  notify_barrier();
  _exit(0);
}

/* False when there is none: no task is left (TasksMax=1), say. CLONE_PARENT: it is a child of the manager, which reaps it, and not of
 * the program, which knows nothing of it. Process 1 of a PID namespace has no such parent (EINVAL). */
bool start_watcher(bool say_ready, char **envp) {
  int ends[2], main_pidfd = -1;
  pid_t main_pid = getpid();
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  watcher_pipe = ends[1];
  if (page.set.health_type != NO_HEALTH) main_pidfd = self_pidfd();
  long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0 && errno == EINVAL) pid = fork();
  if (pid == 0) watch(ends[0], say_ready, main_pid, main_pidfd, envp);
  close(ends[0]);
  if (main_pidfd >= 0) close(main_pidfd);
  if (pid > 0) return true;
  close(watcher_pipe);
  watcher_pipe = -1;
  return false;
}
