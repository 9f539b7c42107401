/* What others hear: the file `failure`, the exit code, a line on stderr. Nobody waits for an answer; as long as the first run may still
 * be refused, handshake_fd is not -1. */
#include "init.h"

int handshake_fd = -1;

void complain(const char *text, int error) {
  if (error) dprintf(2, "duende-init: %s: %s\n", text, strerror(error));
  else dprintf(2, "duende-init: %s\n", text);
}

static _Noreturn void leave(void) {
  int code = page->exit_kind == BY_CODE ? page->exit_value : page->exit_kind == BY_SIGNAL ? 128 + page->exit_value : 0;
  if (exec_error && page->state == FAILED) code = exec_error == ENOENT && !strcmp(attempt->stage, "exec") ? 127 : 126;
  /* A failure is never told to the engine as a success. */
  _exit(page->state == FAILED && code == 0 ? 1 : code);
}

_Noreturn void end_init(void) { leave(); }

/* With all descriptors taken, those of the program's output are free by now. */
static void write_failure(const char *line) {
  int fd = open("failure", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0 && errno == EMFILE) {
    close(1);
    fd = open("failure", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  }
  if (fd < 0) return complain("the failure cannot be written", errno);
  write_all(fd, line, strlen(line));
  close(fd);
}

/* The first run has failed, or cannot begin. */
_Noreturn void fail_spawn(const char *stage, int error) {
  char line[600], text[400] = "";
  bool timed_out = !strcmp(stage, "timeout"), by_signal = !strcmp(stage, "exited-signal"), ended = !strncmp(stage, "exited", 6);
  kill_everything();
  if (ended || timed_out) {
    drain_logs();
    if (capture_log) last_log_line(text, sizeof text);
  } else {
    exec_error = error ? error : EINVAL;
    snprintf(attempt->stage, sizeof attempt->stage, "%s", stage);
    complain(stage, error);
  }
  snprintf(line, sizeof line, "%s %d %s\n", stage, error, text);
  write_failure(line);
  begin_write();
  page->state = FAILED;
  page->reason = timed_out ? START_TIMEOUT : SPAWN;
  page->exit_kind = timed_out || by_signal ? BY_SIGNAL : ended ? BY_CODE : NO_EXIT;
  page->exit_value = timed_out ? SIGKILL : ended ? error : 0;
  page->main_pid = 0;
  page->main_start = 0;
  page->finished_ms = wall_ms();
  end_write();
  unlink("control");
  leave();
}

void report_started(void) { handshake_fd = -1; }
