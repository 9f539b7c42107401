/* What systemd gave, overlaid with the variables of the spec, byte for byte. */
#include "unit.h"
#include <sys/stat.h>

extern char **environ;

static size_t name_length(const char *variable) { return strcspn(variable, "="); }

static bool same_name(const char *a, const char *b) {
  size_t length = name_length(a);
  return name_length(b) == length && !memcmp(a, b, length);
}

/* The manager's own talk with this process; the program's only when it is to see it. */
static bool is_ours(const char *variable) {
  return !strncmp(variable, "NOTIFY_SOCKET=", 14) || !strncmp(variable, "WATCHDOG_", 9);
}

static size_t count(char **list) {
  size_t length = 0;
  while (list && list[length]) length++;
  return length;
}

/* Where the log goes, for programs that talk to the journal directly when their stderr is it: systemd.exec(5). */
static char *journal_stream(void) {
  static char text[64];
  struct stat info;
  if (journal_fd[1] < 0 || fstat(journal_fd[1], &info) != 0) return NULL;
  snprintf(text, sizeof text, "JOURNAL_STREAM=%llu:%llu", (unsigned long long)info.st_dev, (unsigned long long)info.st_ino);
  return text;
}

char **make_environment(void) {
  char **made = malloc((count(environ) + count(frames.variables) + 2) * sizeof *made), *stream = journal_stream();
  size_t filled = 0;
  if (!made) fail("memory", ENOMEM);
  for (char **at = environ; *at; at++) {
    if (is_ours(*at) && !page.set.keep_notify_socket) continue;
    if (stream && same_name(*at, stream)) continue;
    made[filled++] = *at;
  }
  if (stream) made[filled++] = stream;
  size_t given = filled; /* the variables of the spec replace these, and do not look like each other */
  for (char **at = frames.variables; at && *at; at++) {
    size_t same = 0;
    while (same < given && !same_name(made[same], *at)) same++;
    made[same < given ? same : filled++] = *at;
  }
  made[filled] = NULL;
  return made;
}
