/* The life of one daemon: start, restart, stop, end. What drives it is in supervise.c. */
#include "supervise.h"
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

bool guarded_now, hand_over;

void await_client(void) {
  char byte;
  ssize_t got;
  /* Looked at, not taken: whoever takes over between here and the next line must find it too. */
  while ((got = recv(handshake_fd, &byte, 1, MSG_PEEK)) < 0 && errno == EINTR) continue;
  if (got != 1) fail_spawn("client", ECONNRESET);
  page->committed = 1;
  close(handshake_fd);
  handshake_fd = -1;
  commit_claim();
}

/* The end: publish it, then write what a full disk has kept back for as long as that may help, then go. */
static _Noreturn void finish(enum state state, enum reason reason) {
  drop_heir();
  drop_cgroups();
  begin_write();
  page->state = state;
  page->reason = reason;
  page->main_pid = 0;
  page->main_start = 0;
  page->restart_at = page->restart_at_ms = 0;
  page->finished_ms = wall_ms();
  end_write();
  if (handshake_fd >= 0) await_client();
  for (int64_t until = now_ms() + 30000; log_blocked() && now_ms() < until && access("state", F_OK) == 0; drain_logs())
    usleep(200000);
  unlink("control");
  _exit(0);
}

/* The restart policy, after a run has ended or could not begin. Comes back only when there is another run. */
static void next_run(bool failure, enum reason reason) {
  struct settings *set = &config.set;
  bool wanted = set->restart_policy >= ALWAYS || (set->restart_policy == ON_FAILURE && failure);
  if (page->stop_asked || !wanted) finish(failure ? FAILED : STOPPED, failure ? reason : NONE);
  int64_t now = now_ms();
  if (now - page->run_begin >= set->restart_window) page->attempt = 0;
  if (page->window_count == 0 || now - page->window_begin >= set->restart_window) {
    page->window_begin = now;
    page->window_count = 0;
  }
  if (set->restart_max > 0 && page->window_count >= set->restart_max) finish(FAILED, RESTART_LIMIT);
  page->window_count++;
  double delay = (double)set->restart_delay;
  for (uint32_t i = 0; i < page->attempt && delay < (double)set->restart_max_delay; i++)
    delay = delay * (double)set->restart_factor_milli / 1000;
  if (delay > (double)set->restart_max_delay) delay = (double)set->restart_max_delay;
  page->attempt++;
  begin_write();
  page->state = STARTING;
  page->main_pid = 0;
  page->main_start = 0;
  page->ready = 0;
  page->health = 0;
  page->restart_at = now + (int64_t)delay;
  page->restart_at_ms = wall_ms() + (int64_t)delay;
  end_write();
  if (!guarded_now) hand_over = true; /* before the next run there is a chance to have a guardian again */
}

void became_ready(void) {
  if (page->ready || page->main_pid <= 0) return;
  begin_write();
  page->ready = 1;
  if (!page->first_pid) page->first_pid = page->main_pid;
  if (page->state == STARTING) page->state = page->stopped_by_signal ? PAUSED : RUNNING;
  page->ready_by = 0;
  end_write();
  if (handshake_fd >= 0) report_started();
}

void start_run(bool first) {
  char stage[32], text[96];
  int error;
  adopted = false;
  page->unhealthy_kill = page->timed_out = page->stopped_by_signal = 0;
  page->kill_at = page->restart_at = 0;
  page->oom_before = oom_count();
  page->run_begin = now_ms();
  begin_write();
  page->state = STARTING;
  page->started_ms = wall_ms();
  page->restart_at_ms = 0;
  end_write();
  if (!start_main(first, stage, sizeof stage, &error)) {
    if (handshake_fd >= 0) fail_spawn(stage, error);
    snprintf(text, sizeof text, "could not be started: %s: %s", stage, strerror(error));
    begin_write();
    set_message(text);
    end_write();
    return next_run(true, SPAWN);
  }
  health_reset();
  if (!config.set.notify) return became_ready();
  page->ready_by = now_ms() + config.set.start_timeout;
}

void main_ended(int status, bool known) {
  drop_heir();
  kill_tree();
  health_reset();
  if (notify_pipe[0] >= 0) read_notify(notify_pipe[0]);
  drain_logs();
  bool by_signal = known && WIFSIGNALED(status);
  int value = by_signal ? WTERMSIG(status) : WEXITSTATUS(status);
  bool oom = by_signal && value == SIGKILL && oom_count() > page->oom_before;
  bool clean = known && (by_signal ? value == SIGTERM || value == SIGINT : value == 0);
  if (page->stop_asked && by_signal) clean = clean || value == SIGKILL || value == config.set.stop_signal;
  enum reason reason = !known ? LOST : page->timed_out ? START_TIMEOUT : page->unhealthy_kill ? WATCHDOG
                     : oom ? OOM : by_signal ? SIGNALED : EXIT_CODE;
  if (handshake_fd >= 0 && !page->ready)
    fail_spawn(page->timed_out ? "timeout" : by_signal ? "exited-signal" : "exited-code", page->timed_out ? ETIMEDOUT : value);
  /* Published together with what comes next: the next run, or the end. */
  page->last_exit_kind = page->exit_kind;
  page->last_exit_value = page->exit_value;
  page->exit_kind = !known ? NO_EXIT : by_signal ? BY_SIGNAL : BY_CODE;
  page->exit_value = value;
  page->exit_core = by_signal && WCOREDUMP(status);
  bool failure = !clean || page->timed_out || page->unhealthy_kill || (oom && !page->stop_asked);
  next_run(failure, reason);
}

/* A child's PID is its own until it is reaped; of an adopted process only the pidfd says the same. */
static int signal_process(pid_t pid, int signal) {
  if (!adopted) return kill(pid, signal);
  return (int)syscall(SYS_pidfd_send_signal, adopted_fd, signal, NULL, 0);
}

bool send_main(int signal) {
  errno = ESRCH;
  if (page->main_pid <= 0) return false;
  if (signal == SIGSTOP || signal == SIGCONT) signal_tree(signal);
  else if (signal_process(page->main_pid, signal) != 0) return false;
  if (signal == SIGSTOP || signal == SIGCONT) {
    begin_write();
    page->stopped_by_signal = signal == SIGSTOP;
    if (page->state == RUNNING && signal == SIGSTOP) page->state = PAUSED;
    if (page->state == PAUSED && signal == SIGCONT) page->state = RUNNING;
    end_write();
  }
  return true;
}

void begin_stop(int64_t timeout) {
  bool again = page->stop_asked;
  int64_t kill_at = now_ms() + (timeout < 0 ? config.set.stop_timeout : timeout);
  page->stop_asked = 1;
  /* Between two runs: nothing is there to be signalled, and the last exit stays what is known. */
  if (page->main_pid <= 0) finish(STOPPED, NONE);
  begin_write();
  page->state = STOPPING;
  page->kill_at = again && page->kill_at && page->kill_at < kill_at ? page->kill_at : kill_at;
  end_write();
  if (again) return;
  bool was_paused = page->stopped_by_signal;
  send_main((int)config.set.stop_signal);
  if (was_paused) send_main(SIGCONT); /* a stopped process cannot handle its stop signal */
}
