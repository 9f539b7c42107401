/* What systemd cannot say with cgroup v1: whether the OOM killer was in our control group. */
#include "unit.h"

static size_t read_file(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? 0 : read(fd, text, size - 1);
  if (fd >= 0) close(fd);
  text[length > 0 ? length : 0] = 0;
  return length > 0 ? (size_t)length : 0;
}

/* `oom_kill` of memory.oom_control, Linux 4.13; 0 where there is no version 1 memory controller. */
uint32_t count_oom_kills(void) {
  char text[4096], path[4200], control[512];
  if (!read_file("/proc/self/cgroup", text, sizeof text)) return 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    char *group = strstr(line, ":memory:/");
    if (!group) continue;
    snprintf(path, sizeof path, "/sys/fs/cgroup/memory%s/memory.oom_control", group + strlen(":memory:"));
    if (!read_file(path, control, sizeof control)) return 0;
    const char *count = strstr(control, "oom_kill ");
    return count ? (uint32_t)strtoul(count + strlen("oom_kill "), NULL, 10) : 0;
  }
  return 0;
}
