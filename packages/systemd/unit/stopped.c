/* `stopped`, after every run: how it ended, and when the next one may begin. */
#include "unit.h"

/* The value of a variable of systemd.exec(5), padded with NULs, always with one at its end. */
static void take(char *field, size_t size, const char *name) {
  const char *value = getenv(name);
  memset(field, 0, size);
  if (value) memcpy(field, value, strnlen(value, size - 1));
}

static uint32_t exit_kind(const char *code) {
  static const char *const names[] = {[EXITED] = "exited", [KILLED] = "killed", [DUMPED] = "dumped"};
  for (uint32_t kind = EXITED; code && kind <= DUMPED; kind++)
    if (!strcmp(code, names[kind])) return kind;
  return NO_EXIT; /* unset: nothing ran */
}

static int64_t next_delay(void) {
  int64_t delay = page.set.restart_delay, most = page.set.restart_max_delay, factor = page.set.restart_factor_milli;
  for (uint32_t i = 0; i < page.attempt && i < 1000 && delay < most && factor > 1000; i++)
    delay = delay > INT64_MAX / factor ? most : delay * factor / 1000;
  return delay < most ? delay : most;
}

/* systemd counts too (StartLimitBurst), and forgets it when it is executed anew. */
static void count_restart(int64_t now) {
  if (page.window_begin_ms == 0 || now - page.window_begin_ms > page.set.restart_window) {
    page.window_begin_ms = now;
    page.window_count = 0;
  }
  page.window_count++;
  WRITE(window_begin_ms);
  WRITE(window_count);
  if (page.set.restart_max <= 0 || page.window_count <= page.set.restart_max) return;
  page.limit = LIMIT_REACHED;
  WRITE(limit);
}

static void plan_next(bool success) {
  int64_t now = now_ms();
  /* run_begin is 0 when the program was not executed: such a run never counts as a long one. */
  if (page.run_begin_ms > 0 && now - page.run_begin_ms >= page.set.restart_window) page.attempt = 0;
  if ((success && !page.set.restart_always) || page.stop_asked == STOP_ASKED) {
    page.not_before_ms = page.not_before_wall_ms = 0;
  } else {
    int64_t delay = next_delay();
    page.not_before_ms = now + delay;
    page.not_before_wall_ms = wall_ms() + delay;
    page.attempt++;
    count_restart(now);
  }
  WRITE(not_before_wall_ms);
  WRITE(not_before_ms);
  WRITE(attempt);
}

/* A manager that is reloaded or executed anew forgets that its timeout was put off, and ends a start that waits for its turn. The delay
 * goes on in the next start then, as if nothing had been. */
static bool ended_in_delay(const char *result) {
  return result && !strcmp(result, "timeout") && page.run_begin_ms == 0 && page.exec_errno == 0 && !page.stop_asked &&
         page.not_before_ms > now_ms();
}

/* runs_ended is written last: a reader that sees it risen sees the rest too, and one that does not sees the run going on. */
void stopped(void) {
  if (!read_page()) return complain("standard input is not the file of a unit");
  if (ended_in_delay(getenv("SERVICE_RESULT"))) return;
  if (page.limit == LIMIT_REACHED && page.run_begin_ms == 0) { /* that was the run that `exec` has refused */
    page.limit = LIMIT_TOLD;
    return WRITE(limit);
  }
  if (page.runs_ended > 0) {
    page.before = page.last;
    WRITE(before);
  }
  struct exit_slot *slot = &page.last;
  slot->kind = exit_kind(getenv("EXIT_CODE"));
  slot->executed = page.run_begin_ms > 0;
  slot->time_wall_ms = wall_ms();
  slot->run_begin_wall_ms = page.run_begin_wall_ms;
  slot->exec_errno = page.exec_errno;
  take(slot->result, sizeof slot->result, "SERVICE_RESULT");
  take(slot->invocation, sizeof slot->invocation, "INVOCATION_ID");
  take(slot->status, sizeof slot->status, "EXIT_STATUS");
  /* With cgroup v1 systemd sees only the signal. */
  if (!strcmp(slot->result, "signal") && !strcmp(slot->status, "KILL") && count_oom_kills() > page.oom_kills)
    memcpy(slot->result, "oom-kill", sizeof "oom-kill");
  WRITE(last);
  plan_next(!strcmp(slot->result, "success"));
  page.health = HEALTH_UNKNOWN;
  WRITE(health);
  if (page.stop_asked == STOP_ASKED) {
    page.stop_asked = STOP_DONE;
    WRITE(stop_asked);
  }
  page.runs_ended++;
  WRITE(runs_ended);
}
