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
  /* Only a 0 keeps such an engine from starting us again: after a limit, a first run that failed, or a stop that came from Duende. One
   * that the engine has asked for may be its own end, after which the daemon is to come back; who stopped the container by hand is
   * known to the engine. */
  if (engine_restarts) _exit(engine_stop ? code ? code : 128 + SIGTERM : 0);
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

/* What the program said last: a line may have come in several records of the log, its end alone in the last one, and between them those
 * of the other stream. Two of the longest records fit. */
static const char *last_line(void) {
  static char tail[20000], lines[2][400];
  bool part[2] = {false, false};
  const char *last = "";
  char path[40];
  snprintf(path, sizeof path, "log/%010llu", (unsigned long long)page->log_index);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END), from = end < (off_t)sizeof tail ? 0 : end - (off_t)sizeof tail + 1;
  ssize_t got = fd < 0 ? 0 : pread(fd, tail, sizeof tail - 1, from);
  if (fd >= 0) close(fd);
  tail[got > 0 ? got : 0] = 0;
  char *record = from > 0 ? strchr(tail, '\n') : tail;
  if (record && from > 0) record++; /* the first one is cut */
  for (char *next; record && (next = strchr(record, '\n')); record = next + 1) {
    *next = 0;
    char *rest = strchr(record, ' '); /* ` stdout P text` */
    if (!rest || strlen(rest) < 10) continue;
    int stream = rest[4] == 'e';
    char *line = lines[stream];
    size_t filled = part[stream] ? strlen(line) : 0;
    snprintf(line + filled, sizeof *lines - filled, "%s", rest + 10);
    part[stream] = rest[8] == 'P';
    last = line;
  }
  return last;
}

/* The first run has failed, or cannot begin. */
_Noreturn void fail_spawn(const char *stage, int error) {
  const char *text = "";
  char line[600];
  bool timed_out = !strcmp(stage, "timeout"), by_signal = !strcmp(stage, "exited-signal"), ended = !strncmp(stage, "exited", 6);
  kill_everything();
  if (ended || timed_out) {
    drain_logs();
    if (capture_log) text = last_line();
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
