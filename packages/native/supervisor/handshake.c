/* The answers to the client that spawns: `ok PID START_TIME` or `error STAGE ERRNO [LAST LINE OF THE LOG]`, one line each. */
#include "supervise.h"

int handshake_fd = 3;

static void answer(const char *line) {
  if (handshake_fd >= 0) write_all(handshake_fd, line, strlen(line));
}

_Noreturn void fail_spawn(const char *stage, int error) {
  char line[600], text[400] = "";
  int failed = error;
  if (report_fd >= 0) { /* on the way to an exec: the supervisor takes everything back */
    hear_out();
    fail_child(stage, failed);
  }
  adopt_settings();
  if (state_fd >= 0) { /* else nothing has been made yet */
    kill_tree();
    drop_cgroups();
    if (page->main_pid || !strncmp(stage, "exited", 6) || !strcmp(stage, "timeout")) {
      drain_logs();
      last_log_line(text, sizeof text);
    }
    begin_write();
    page->state = FAILED;
    page->reason = SPAWN;
    end_write();
  }
  roll_back();
  snprintf(line, sizeof line, "error %s %d %s\n", stage, failed, text);
  answer(line);
  _exit(1);
}

void report_started(void) {
  char line[80];
  snprintf(line, sizeof line, "ok %d %llu\n", (int)page->main_pid, (unsigned long long)page->main_start);
  answer(line);
  if (getppid() == page->guardian_pid) kill(page->guardian_pid, SIGUSR1);
}
