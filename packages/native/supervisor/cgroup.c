/* The control groups of one daemon. Which files get which values is decided by src/cgroup-plan.ts. */
#include "supervise.h"
#include <sys/stat.h>

void make_cgroups(void) {
  for (int i = 0; i < config.cgroup_step_count; i++) {
    const char *field = config.cgroup_steps[i], *path = field + strlen(field) + 1, *value = path + strlen(path) + 1;
    if (!*value) {
      if (mkdir(path, 0755) != 0 && errno != EEXIST) fail_spawn(field, errno);
      continue;
    }
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || !write_all(fd, value, strlen(value))) fail_spawn(field, errno);
    close(fd);
  }
}

uint64_t oom_count(void) {
  char text[1024];
  if (!config.oom_file || read_text(config.oom_file, text, sizeof text) <= 0) return 0;
  for (char *at = text; (at = strstr(at, "oom_kill ")); at++)
    if (at == text || at[-1] == '\n') return strtoull(at + 9, NULL, 10);
  return 0;
}

void drop_cgroups(void) {
  for (int i = 0; i < config.cgroup_count; i++) {
    char *slash = strrchr(config.cgroup_procs[i], '/');
    *slash = 0;
    /* The last process may be on its way out for a moment. */
    for (int attempt = 0; rmdir(config.cgroup_procs[i]) != 0 && errno == EBUSY && attempt < 100; attempt++) usleep(2000);
    *slash = '/';
  }
}
