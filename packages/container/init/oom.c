/* Whether the OOM killer was in the container: counted by its control group, wherever the engine shows it. */
#include "init.h"

static bool count_in(const char *folder, const char *group, const char *file, uint64_t *count) {
  char path[4600], text[1024];
  snprintf(path, sizeof path, "/sys/fs/cgroup%s%s/%s", folder, group, file);
  if (read_text(path, text, sizeof text) <= 0) return false;
  for (char *at = text; (at = strstr(at, "oom_kill ")); at++)
    if (at == text || at[-1] == '\n') return *count = strtoull(at + 9, NULL, 10), true;
  return false;
}

/* The path of this process in a hierarchy, as in proc_pid_cgroup(5): `0::/path`, `4:memory:/path`. */
static const char *group_of(char *text, const char *mark) {
  static char path[4096];
  char *line = strstr(text, mark);
  if (!line) return "";
  snprintf(path, sizeof path, "%.*s", (int)strcspn(line + strlen(mark), "\n"), line + strlen(mark));
  return path;
}

/* First below the mount, since a mount of the whole machine's hierarchy has counts of its own; 0 where nothing can be read. */
uint64_t oom_count(void) {
  char text[4096];
  uint64_t count = 0;
  if (read_text("/proc/self/cgroup", text, sizeof text) <= 0) text[0] = 0;
  const char *group = group_of(text, ":memory:");
  if (count_in("/memory", group, "memory.oom_control", &count) || count_in("/memory", "", "memory.oom_control", &count)) return count;
  group = strncmp(text, "0::", 3) == 0 ? group_of(text, "0::") : group_of(text, "\n0::");
  static const char *const mounts[] = {"", "/unified"};
  for (int i = 0; i < 2; i++)
    if (count_in(mounts[i], group, "memory.events", &count) || count_in(mounts[i], "", "memory.events", &count)) return count;
  return 0;
}
