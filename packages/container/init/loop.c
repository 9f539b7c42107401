/* Native's timers and reaping, driven by what comes to PID 1. */
#include "init.h"
#define supervise native_supervise
#include "../../native/supervisor/supervise.c"
#undef supervise
#include <sys/stat.h>

bool engine_stop;

static void obey_signal(int number) {
  if (number != config.set.stop_signal) {
    send_main(number);
    return;
  }
  engine_stop = true;
  begin_stop(-1);
}

/* Whoever has no descriptor left for a client would otherwise be woken by it for ever. */
static void take_client(void) {
  errno = 0;
  accept_client();
  if (errno != EMFILE && errno != ENFILE) return;
  drop_clients();
  usleep(10000);
}

/* The reader on the host may be another user than ours. */
static void share_log(void) {
  static uint64_t shared;
  char path[40];
  if (page->log_index == shared) return;
  shared = page->log_index;
  snprintf(path, sizeof path, "log/%010llu", (unsigned long long)shared);
  chmod(path, 0644);
}

void supervise(enum mode mode, bool guarded) {
  guarded_now = guarded;
  start_run(mode == FIRST);
  if (capture_log) ensure_log();
  for (;;) {
    struct pollfd set[6 + MAX_CLIENTS] = {{control_fd, POLLIN, 0},
        {log_blocked() ? -1 : log_read[0], POLLIN, 0}, {log_blocked() ? -1 : log_read[1], POLLIN, 0},
        {notify_socket, POLLIN, 0}, {notify_pipe[0], POLLIN, 0}};
    int count = 5;
    for (int i = 0; i < MAX_CLIENTS; i++) set[count++] = (struct pollfd){clients[i].fd, POLLIN, 0};
    int health_at = count;
    count += health_poll(&set[count]);
    share_log();
    if (wait_for(set, count, timeout()) < 0 && errno != EINTR) usleep(10000);
    for (int number; (number = next_signal()) > 0;) obey_signal(number);
    if (set[1].revents) pump_log(0);
    if (set[2].revents) pump_log(1);
    if (set[3].revents) read_notify(notify_socket);
    if (set[4].revents) read_notify(notify_pipe[0]);
    for (int i = 0; i < MAX_CLIENTS; i++)
      if (set[5 + i].revents && clients[i].fd == set[5 + i].fd) serve_client(&clients[i]);
    if (set[0].revents) take_client();
    if (health_at < count && set[health_at].revents) health_ready();
    reap();
    timers();
  }
}
