/* Watching one daemon: the processes that end, the clients that ask, the pipes that fill, the times that come. */
#include "supervise.h"
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

static int64_t log_retry_at;

static void reap(void) {
  int status, main_status = 0;
  bool ended = false;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
    bool is_main = pid == page->main_pid;
    if (is_main && (WIFSTOPPED(status) || WIFCONTINUED(status))) {
      begin_write();
      page->stopped_by_signal = WIFSTOPPED(status);
      if (page->state == RUNNING || page->state == PAUSED) page->state = WIFSTOPPED(status) ? PAUSED : RUNNING;
      end_write();
    } else if (is_main) {
      main_status = status;
      ended = true;
    } else if (!WIFSTOPPED(status) && !WIFCONTINUED(status)) {
      health_reaped(pid, status);
    }
  }
  if (ended) main_ended(main_status, true);
}

static void timers(void) {
  int64_t now = now_ms();
  if (page->restart_at && now >= page->restart_at && page->main_pid <= 0 && !hand_over) {
    begin_write();
    page->restarts++;
    end_write();
    start_run(false);
  }
  if (page->ready_by && now >= page->ready_by) {
    page->ready_by = 0;
    page->timed_out = 1;
    signal_tree(SIGKILL);
  }
  if (page->kill_at && now >= page->kill_at) {
    page->kill_at = now + 1000;
    signal_tree(SIGKILL);
  }
  if (log_blocked() && now >= log_retry_at) {
    log_retry_at = now + 200;
    for (int stream = 0; stream < 2; stream++) pump_log(stream);
  }
  health_tick();
}

static int timeout(void) {
  int64_t ends[] = {page->restart_at, page->ready_by, page->kill_at, log_blocked() ? log_retry_at : 0, health_next()};
  int64_t first = -1, now = now_ms();
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (ends[i] > 0 && (first < 0 || ends[i] < first)) first = ends[i];
  return first < 0 ? -1 : first <= now ? 0 : first - now > 60000 ? 60000 : (int)(first - now);
}

static int open_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR1);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void read_signals(int fd) {
  struct signalfd_siginfo info;
  while (read(fd, &info, sizeof info) == (ssize_t)sizeof info) {
    if (info.ssi_signo == SIGTERM) begin_stop(-1);
    if (info.ssi_signo == SIGUSR1 && getppid() != page->guardian_pid) guarded_now = false;
  }
}

static void take_over(void) {
  adopt_settings();
  if (page->committed) {
    if (handshake_fd >= 0) close(handshake_fd);
    handshake_fd = -1;
  } else if (page->main_pid <= 0 || !page->executed) {
    fail_spawn("supervisor", ECANCELED);
  }
  open_control();
  /* Whether it was said before is not known; the client hears the first time only. */
  if (handshake_fd >= 0 && page->ready) report_started();
  begin_write(); /* whoever was killed may have been in the middle of a write */
  end_write();
  if (page->state == STARTING && !config.set.notify) became_ready(); /* a kill between an exec and the word about it */
  reap();
  /* Reaped by the one that was killed, and not yet written down. */
  int status;
  pid_t pid = page->main_pid;
  pid_t ended = pid > 0 ? waitpid(pid, &status, WNOHANG) : 0;
  if (ended != 0) main_ended(ended > 0 ? status : 0, ended > 0);
  else if (pid <= 0 && !page->restart_at && page->state < STOPPED) main_ended(0, false);
  if (!hand_over) have_heir();
}

/* Comes back only when the next run should begin under a new guardian. */
void supervise(enum mode mode, bool guarded) {
  guarded_now = guarded;
  hand_over = false;
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  if (guarded) prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
  begin_write();
  page->supervisor_pid = getpid();
  page->supervisor_start = start_time(getpid());
  end_write();
  if (guarded && getppid() != page->guardian_pid) guarded_now = false;
  int signal_fd = open_signals();
  if (mode == FIRST) start_run(true), ensure_log(); /* the client need not wait for the log */
  else if (mode == TAKEOVER) take_over();
  while (!hand_over) {
    struct pollfd set[12 + MAX_CLIENTS] = {{signal_fd, POLLIN, 0}, {control_fd, POLLIN, 0},
        {log_blocked() ? -1 : log_read[0], POLLIN, 0}, {log_blocked() ? -1 : log_read[1], POLLIN, 0},
        {notify_socket, POLLIN, 0}, {notify_pipe[0], POLLIN, 0}, {page->ready || handshake_fd >= 0 ? handshake_fd : -1, POLLIN, 0}};
    int count = 7;
    for (int i = 0; i < MAX_CLIENTS; i++) set[count++] = (struct pollfd){clients[i].fd, POLLIN, 0};
    int adopted_at = count;
    if (adopted_fd >= 0) set[count++] = (struct pollfd){adopted_fd, POLLIN, 0};
    int health_at = count;
    count += health_poll(&set[count]);
    if (poll(set, (nfds_t)count, timeout()) < 0 && errno != EINTR) usleep(10000);
    if (set[2].revents) pump_log(0);
    if (set[3].revents) pump_log(1);
    if (set[4].revents) read_notify(notify_socket);
    if (set[5].revents) read_notify(notify_pipe[0]);
    if (set[6].revents) await_client();
    for (int i = 0; i < MAX_CLIENTS; i++)
      if (set[7 + i].revents && clients[i].fd == set[7 + i].fd) serve_client(&clients[i]);
    if (set[1].revents) accept_client();
    if (health_at < count && set[health_at].revents) health_ready();
    if (set[0].revents) read_signals(signal_fd);
    reap();
    int status;
    if (adopted_at < health_at && set[adopted_at].revents && adopted_fd >= 0) {
      bool known = adopted_exit(&status);
      main_ended(status, known);
    }
    if (!hand_over) timers();
  }
  close(signal_fd);
}
