/* The file `unit`. The frames behind the page hold secrets: they are read into memory, and the file is not inherited by the program. */
#include "unit.h"
#include <time.h>

enum tag { PROGRAM = 5, ARGUMENT = 6, VARIABLE = 7, HEALTH_ARGUMENT = 13, HEALTH_HOST = 14, HEALTH_REQUEST = 15, IDENTIFIER = 20 };

struct unit_page page;
struct frames frames;
int page_fd = 0;

static int64_t clock_ms(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}
int64_t now_ms(void) { return clock_ms(CLOCK_MONOTONIC); }
int64_t wall_ms(void) { return clock_ms(CLOCK_REALTIME); }

static bool read_at(void *data, size_t length, off_t offset) {
  for (char *at = data; length > 0;) {
    ssize_t done = pread(page_fd, at, length, offset);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    at += done;
    offset += done;
    length -= (size_t)done;
  }
  return true;
}

bool read_page(void) { return read_at(&page, sizeof page, 0) && !memcmp(page.magic, UNIT_MAGIC, sizeof page.magic); }

/* In place, so that it needs no disk space and survives a kill at any instruction. */
void write_field(void *field, size_t size) {
  ssize_t done;
  do done = pwrite(page_fd, field, size, (char *)field - (char *)&page);
  while (done < 0 && errno == EINTR);
}

/* The monotonic one last: readers take it as the sign that the program is executed. */
void write_run_begin(void) {
  page.run_begin_wall_ms = wall_ms();
  WRITE(run_begin_wall_ms);
  page.run_begin_ms = now_ms();
  WRITE(run_begin_ms);
}

/* Standard output is the file `unit`: whatever is said goes to stderr. */
void complain(const char *text) { dprintf(2, "duende-unit: %s\n", text); }

_Noreturn void fail(const char *stage, int error) {
  char text[64];
  memset(page.exec_stage, 0, sizeof page.exec_stage);
  strncpy(page.exec_stage, stage, sizeof page.exec_stage - 1);
  WRITE(exec_stage);
  page.exec_errno = error;
  WRITE(exec_errno);
  snprintf(text, sizeof text, "ERRNO=%d", error);
  notify(text);
  _exit(EXIT_EXEC);
}

static void append(char ***list, size_t *count, char *value) {
  if ((*count & 63) == 0) *list = realloc(*list, (*count + 65) * sizeof **list);
  if (!*list) fail("memory", ENOMEM);
  (*list)[(*count)++] = value;
  (*list)[*count] = NULL;
}

void read_frames(void) {
  uint32_t total, head[2];
  size_t arguments = 0, variables = 0, health_arguments = 0;
  if (!read_at(&total, sizeof total, UNIT_PAGE)) fail("frames", EPROTO);
  if (total > 64u << 20) fail("frames", E2BIG);
  char *at = malloc(total + 1), *end = at + total; /* kept: the strings below point into it */
  if (!at) fail("memory", ENOMEM);
  if (!read_at(at, total, UNIT_PAGE + sizeof total)) fail("frames", EPROTO);
  for (; at < end; at += head[1] + 1) {
    if (end - at < (ptrdiff_t)sizeof head) fail("frames", EPROTO);
    memcpy(head, at, sizeof head);
    char *value = at += sizeof head;
    if (head[1] >= (size_t)(end - at) || value[head[1]] != 0) fail("frames", EPROTO);
    switch (head[0]) {
      case PROGRAM: frames.program = value; break;
      case ARGUMENT: append(&frames.argv, &arguments, value); break;
      case VARIABLE: append(&frames.variables, &variables, value); break;
      case HEALTH_ARGUMENT: append(&frames.health_argv, &health_arguments, value); break;
      case HEALTH_HOST: frames.health_host = value; break;
      case HEALTH_REQUEST: frames.health_request = value; break;
      case IDENTIFIER: frames.identifier = value; break;
      default: fail("frames", EPROTO);
    }
  }
  if (!frames.program || !frames.argv) fail("frames", EINVAL);
  int64_t type = page.set.health_type;
  if (type < NO_HEALTH || type > HEALTH_TCP || (type == HEALTH_COMMAND && !frames.health_argv) ||
      (type >= HEALTH_HTTP && !frames.health_host) || (type == HEALTH_HTTP && !frames.health_request))
    fail("frames", EINVAL);
}
