/* The program, and the command that checks it, between fork and exec. */
#include "init.h"
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct attempt *attempt;
int exec_error;
char *start_folder;
mode_t start_umask;

static void close_from(int first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, (unsigned)first, ~0u, 0) == 0) return;
#endif
  for (int fd = first; fd < 65536; fd++) close(fd);
}

void close_inherited(int first) { close_from(first); }

/* Nothing but 0, 1, 2 (and the readiness pipe as 3) reaches the program. Closed first: else /dev/null may be one too many. */
static void take_standard(bool with_notify) {
  if (capture_log) {
    dup2(log_write[0], 1);
    dup2(log_write[1], 2);
  }
  if (with_notify && notify_pipe[1] == 3) fcntl(3, F_SETFD, 0);
  else if (with_notify) dup2(notify_pipe[1], 3);
  if (state_fd == 0) close(0);
  close_from(with_notify ? 4 : 3);
  int null = open_anyhow("/dev/null", O_RDWR, 0);
  if (null < 0) return; /* an image without: stdin stays what the engine made it */
  if (null == 0) fcntl(0, F_SETFD, 0);
  else dup2(null, 0), close(null);
}

static _Noreturn void fail_attempt(const char *stage, int error) {
  snprintf(attempt->stage, sizeof attempt->stage, "%s", stage);
  attempt->error = error;
  _exit(127);
}

/* Returns the stage, with errno, when it cannot be executed. */
static const char *execute(char **argv, const char *program, bool with_notify) {
  setsid();
  take_standard(with_notify);
  give_back_room();
  umask(start_umask);
  if (chdir(config.cwd) != 0) return "cwd";
  give_back_signals();
  environ = config.envp;
  execvp(program, argv);
  return "exec";
}

/* The parent stands still until the exec, CLONE_VFORK of clone(2), but shares no memory with the child except `attempt`: that an
 * exec has succeeded is then known without a descriptor. */
bool start_main(bool first, char *stage, size_t stage_size, int *error) {
  (void)first;
  *attempt = (struct attempt){0};
  exec_error = 0;
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) {
    const char *failed = execute(config.argv, config.program, config.set.notify);
    fail_attempt(failed, errno);
  }
  if (pid < 0) *attempt = (struct attempt){"fork", errno};
  else if (attempt->error) while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  if (!attempt->error) {
    begin_write(); /* seen while it is not ready, too */
    page->main_start = start_time(pid);
    page->main_pid = pid;
    page->executed = 1;
    end_write();
    return true;
  }
  exec_error = attempt->error;
  snprintf(stage, stage_size, "%s", attempt->stage);
  *error = attempt->error;
  return false;
}

/* The health command runs as the program does. A container whose limit of processes is reached cannot start it: that check fails. */
pid_t start_health_command(void) {
  static bool told;
  pid_t pid = fork();
  if (pid == 0) {
    execute(config.health_argv, config.health_argv[0], false);
    _exit(127);
  }
  if (pid < 0 && !told) {
    char text[128];
    snprintf(text, sizeof text, "the health command cannot be started: %s", strerror(errno));
    told = true;
    complain(text, 0);
    begin_write();
    set_message(text);
    end_write();
  }
  return pid;
}
