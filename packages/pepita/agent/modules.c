/* The modules of the initramfs that /etc/duende/modules names, one a line, in their order; and those of
 * a root that few guests have, which /etc/duende/modules.TYPE names. */
#include "agent.h"
#include <sys/syscall.h>

static void load(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int error = fd < 0 ? errno : 0;
  if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST) error = errno;
  if (fd >= 0) close(fd);
  if (error) send_note("module %s: %s", path, strerror(error));
}

static void load_list(const char *list) {
  static char text[65536];
  if (read_text(list, text, sizeof text) <= 0) return;
  char *save = NULL;
  for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
    if (line[0] == '/') load(line);
}

void load_modules(void) { load_list("/etc/duende/modules"); }

/* No list: the kernel has it, or mount(2) says that it has not. */
void load_file_system(const char *type) {
  char list[64];
  snprintf(list, sizeof list, "/etc/duende/modules.%.31s", type);
  load_list(list);
}
