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
  if (page.set.health_type != NO_HEALTH) check_health(main_pidfd, main_pid, envp);
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
