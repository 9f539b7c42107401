/* The modules of the initramfs that /etc/duende/modules names, one a line, in their order. */
#include "agent.h"
#include <sys/syscall.h>

static void load(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int error = fd < 0 ? errno : 0;
  if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST) error = errno;
  if (fd >= 0) close(fd);
  if (error) send_note("module %s: %s", path, strerror(error));
}

void load_modules(void) {
  static char text[65536];
  if (read_text("/etc/duende/modules", text, sizeof text) <= 0) return;
  char *save = NULL;
  for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
    if (line[0] == '/') load(line);
}
