/* The end of the machine: after that of the daemon, when the host has all of it; or when the host wants it. */
#include "agent.h"

enum { PATIENCE = 30000, PATIENCE_ASKED = 5000, PATIENCE_SPARE = 3000 };
int ending = -1;
bool is_spare;
static bool acked;
static int64_t alone_since, progress_at;
static uint64_t progress;

/* A machine that is to be left by a restart has no other end: one that is switched off stands still there (Firecracker). */
static int how(void) { return !strcmp(machine.after, "reboot") ? REBOOT : ending >= 0 ? ending : POWER_OFF; }
static bool stays(void) { return ending < 0 && !strcmp(machine.after, "stay"); }

void ask_shutdown(int way, int64_t timeout) {
  ending = way;
  alone_since = progress_at = now_ms();
  if (init_pid <= 0) return;
  char line[100];
  struct state_page now;
  char path[4096];
  snprintf(path, sizeof path, "%s/state", run_folder);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  bool there = fd >= 0 && pread(fd, &now, sizeof now, 0) > 0;
  if (fd >= 0) close(fd);
  if (!there) return;
  int length = snprintf(line, sizeof line, "stop %.39s %lld", now.id, (long long)timeout);
  relay_line(0, line, (size_t)length);
}

void exit_acked(void) { acked = run_over; }

/* How long the host may take for its word. */
int64_t end_next(void) {
  if (is_spare && !run_begun && ending < 0) {
    alone_since = channel.session ? 0 : alone_since ? alone_since : now_ms();
    return alone_since ? alone_since + PATIENCE_SPARE : -1;
  }
  if (init_pid > 0 || (!run_over && ending < 0) || stays()) return -1;
  if (acked || !run_begun) return 0;
  if (alone_since == 0) alone_since = progress_at = now_ms();
  if (channel.session) {
    if (SEEN(acked) != progress) progress = SEEN(acked), progress_at = now_ms();
    alone_since = now_ms();
    return progress_at + (ending >= 0 ? PATIENCE_ASKED : PATIENCE);
  }
  progress_at = now_ms();
  if (machine.linger < 0 && ending < 0) return -1;
  return alone_since + (ending >= 0 ? PATIENCE_ASKED : machine.linger * 1000);
}

void end_tick(void) {
  int64_t at = end_next();
  if (at >= 0 && now_ms() >= at) leave_machine(how());
}
