/* Other programs that the host runs in the machine: `pepita exec`, strace. Streams and their windows are in exec-io.c. */
#include "agent.h"
#include <grp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct exec execs[MAX_EXECS];

static void send_exit(uint32_t id, uint32_t kind, int value) {
  struct exec_exit end = {id, kind, value, 0};
  put_bytes(&channel, EXEC_EXIT, &end, sizeof end);
}

static void close_pair(int *pair) {
  for (int i = 0; i < 2; i++)
    if (pair[i] >= 0) close(pair[i]), pair[i] = -1;
}

/* cwd, argv, env: strings one after the other. */
static bool split(const char *at, const char *end, uint32_t count, char **list, const char **rest) {
  for (uint32_t i = 0; i < count; i++) {
    const char *zero = memchr(at, 0, (size_t)(end - at));
    if (!zero) return false;
    list[i] = (char *)at;
    at = zero + 1;
  }
  list[count] = NULL;
  *rest = at;
  return true;
}

struct program { char *cwd, **argv, **envp; const struct exec_start *start; int in, out, err; int *error; };

static int become(const struct program *program) {
  setsid();
  dup2(program->in, 0), dup2(program->out, 1), dup2(program->err, 2);
  close_inherited(3);
  for (int number = 1; number < 65; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  umask(022);
  gid_t gid = program->start->gid;
  if (geteuid() == 0 && (setgroups(1, &gid) != 0 || setgid(gid) != 0 || setuid(program->start->uid) != 0)) return errno;
  if (chdir(program->cwd[0] ? program->cwd : "/") != 0) return errno;
  environ = program->envp;
  execvp(program->argv[0], program->argv);
  return errno;
}

/* The parent stands still until the exec, CLONE_VFORK of clone(2), and shares nothing but `error`. */
static pid_t launch(const struct program *program) {
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
  if (pid != 0) return pid;
  *program->error = become(program);
  _exit(127);
}

static bool open_streams(int in[2], int out[2], int err[2], uint32_t flags) {
  if (flags & EXEC_STDIN ? pipe2(in, O_CLOEXEC) != 0 : (in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0) return false;
  if (pipe2(out, O_CLOEXEC) != 0 || (!(flags & EXEC_MERGE) && pipe2(err, O_CLOEXEC) != 0)) return false;
  int ours[] = {in[1], out[0], err[0]};
  for (int i = 0; i < 3; i++)
    if (ours[i] >= 0) fcntl(ours[i], F_SETFL, O_NONBLOCK);
  return true;
}

void take_exec(const char *data, uint32_t length) {
  struct exec_start start;
  if (length < sizeof start) return;
  memcpy(&start, data, sizeof start);
  struct exec *exec = NULL;
  for (int i = 0; i < MAX_EXECS && !exec; i++)
    if (!execs[i].used) exec = &execs[i];
  static int *error;
  if (!error) error = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (start.argc == 0 || start.argc > length || start.envc > length) return send_exit(start.id, EXIT_NO_EXEC, EINVAL);
  char **strings = malloc(((size_t)start.argc + start.envc + 3) * sizeof *strings), *cwd[2];
  const char *at = data + sizeof start, *end = data + length, *stage;
  bool whole = strings && split(at, end, 1, cwd, &at) && split(at, end, start.argc, strings, &at) &&
               split(at, end, start.envc, strings + start.argc + 1, &at);
  int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, failed = !exec ? EAGAIN : !whole ? EINVAL : ensure_root(&stage);
  if (!failed && !open_streams(in, out, err, start.flags)) failed = errno;
  pid_t pid = -1;
  if (!failed) {
    *error = 0;
    pid = launch(&(struct program){cwd[0], strings, strings + start.argc + 1, &start, in[0], out[1], err[1] >= 0 ? err[1] : out[1], error});
    failed = pid < 0 ? errno : *error;
  }
  free(strings);
  if (failed) {
    if (pid > 0) waitpid(pid, NULL, 0);
    close_pair(in), close_pair(out), close_pair(err);
    return send_exit(start.id, EXIT_NO_EXEC, failed);
  }
  close(in[0]), close(out[1]);
  if (err[1] >= 0) close(err[1]);
  *exec = (struct exec){.id = start.id, .used = true, .pid = pid, .in = in[1], .out = {out[0], err[0]}};
  if (start.flags & EXEC_IN_GROUP) join_group(pid);
}

static struct exec *find(uint32_t id) {
  for (int i = 0; i < MAX_EXECS; i++)
    if (execs[i].used && execs[i].id == id && !execs[i].abandoned) return &execs[i];
  return NULL;
}

static void abandon(struct exec *exec) {
  exec->abandoned = true;
  exec->kill_at = now_ms() + 2000;
  if (!exec->exited) kill(-exec->pid, SIGHUP), kill(-exec->pid, SIGCONT);
  if (exec->in >= 0) close(exec->in);
  exec->in = -1;
}

/* Whoever wanted them is gone. */
void abandon_execs(void) {
  for (int i = 0; i < MAX_EXECS; i++)
    if (execs[i].used && !execs[i].abandoned) abandon(&execs[i]);
}

void take_exec_signal(const char *data, uint32_t length) {
  struct exec_signal order;
  if (length < sizeof order) return;
  memcpy(&order, data, sizeof order);
  struct exec *exec = find(order.id);
  if (!exec) return;
  if (order.flags & SIGNAL_ABANDON) abandon(exec);
  else if (!exec->exited) kill(order.flags & SIGNAL_GROUP ? -exec->pid : exec->pid, (int)order.signal);
}

bool exec_reaped(pid_t pid, int status) {
  for (int i = 0; i < MAX_EXECS; i++) {
    if (!execs[i].used || execs[i].pid != pid || execs[i].exited) continue;
    execs[i].exited = true;
    execs[i].status = status;
    return true;
  }
  return false;
}
