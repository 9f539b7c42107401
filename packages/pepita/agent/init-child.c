/* The program, and the command that checks it, between fork and exec: as duende-init's child.c, and here it becomes another user. */
#include "agent.h"
#include "../../container/init/init.h"
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

/* Nothing but 0, 1, 2 (and the readiness pipe as 3) reaches the program. */
static void take_standard(bool with_notify) {
  dup2(log_write[0], 1);
  dup2(log_write[1], 2);
  if (with_notify && notify_pipe[1] == 3) fcntl(3, F_SETFD, 0);
  else if (with_notify) dup2(notify_pipe[1], 3);
  close_from(with_notify ? 4 : 3);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) null = open("/", O_RDONLY | O_CLOEXEC);
  if (null == 0) fcntl(0, F_SETFD, 0);
  else if (null > 0) dup2(null, 0), close(null);
}

static bool limit(int resource, int64_t value) {
  struct rlimit limits = {(rlim_t)value, (rlim_t)value};
  return value < 0 || setrlimit(resource, &limits) == 0;
}

/* The stage at which it failed, else NULL. Root keeps its capabilities, nobody else gets any. */
static const char *become_user(void) {
  const struct settings *set = &config.set;
  if (!limit(RLIMIT_NOFILE, set->open_files)) return "resources.openFilesMax";
  if (!limit(RLIMIT_MEMLOCK, set->lock_memory)) return "resources.lockMemory";
  if (set->gid >= 0 || set->uid >= 0) {
    gid_t own = set->gid >= 0 ? (gid_t)set->gid : getgid();
    bool given = config.group_count > 0;
    if (geteuid() == 0 && setgroups(given ? (size_t)config.group_count : 1, given ? config.groups : &own) != 0) return "group";
    if (set->gid >= 0 && setgid(own) != 0) return "group";
    if (set->uid >= 0 && setuid((uid_t)set->uid) != 0) return "user";
  }
  if (set->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "sandbox.noNewPrivileges";
  return NULL;
}

/* Returns the stage, with errno, when it cannot be executed. */
static const char *execute(char **argv, const char *program, bool with_notify) {
  setsid();
  take_standard(with_notify);
  give_back_room();
  if (in_vm) put_text("/proc/self/oom_score_adj", "0");
  umask(start_umask);
  const char *failed = become_user();
  if (failed) return failed;
  if (chdir(config.cwd) != 0) return "cwd";
  give_back_signals();
  environ = config.envp;
  execvp(program, argv);
  return "exec";
}

/* The parent stands still until the exec, CLONE_VFORK of clone(2), but shares no memory with the child except `attempt`. */
bool start_main(bool first, char *stage, size_t stage_size, int *error) {
  (void)first;
  *attempt = (struct attempt){0};
  exec_error = 0;
  for (int i = 0; i < 2; i++) /* else opening /dev/stdout would be denied to another user */
    if (config.set.uid >= 0 && fchown(log_read[i], (uid_t)config.set.uid, (gid_t)-1) != 0 && errno != EPERM)
      *attempt = (struct attempt){"log", errno};
  pid_t pid = attempt->error ? 0 : (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0 && !attempt->error) {
    const char *failed = execute(config.argv, config.program, config.set.notify);
    int number = errno;
    snprintf(attempt->stage, sizeof attempt->stage, "%s", failed);
    attempt->error = number;
    _exit(127);
  }
  if (pid < 0) *attempt = (struct attempt){"fork", errno};
  else if (attempt->error) while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
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

pid_t start_health_command(void) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  execute(config.health_argv, config.health_argv[0], false);
  _exit(127);
}
