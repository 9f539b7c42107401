/* The file systems that every machine has. */
#include "agent.h"
#include <sys/mount.h>
#include <sys/stat.h>

bool put_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
  if (fd >= 0) close(fd);
  return done;
}

/* All folders above a path. */
void make_parents(const char *path) {
  char copy[4096];
  snprintf(copy, sizeof copy, "%s", path);
  for (char *at = copy; (at = strchr(at + 1, '/'));) {
    *at = 0;
    mkdir(copy, 0755);
    *at = '/';
  }
}

static void put(const char *type, const char *path, unsigned long flags, const char *options) {
  mkdir(path, 0755);
  if (mount(type, path, type, flags, options) != 0 && errno != EBUSY) send_note("%s cannot be mounted: %s", path, strerror(errno));
}

void mount_basics(void) {
  const unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  put("proc", "/proc", plain, NULL);
  put("sysfs", "/sys", plain, NULL);
  put("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
  put("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=0620,ptmxmode=0666,gid=5");
  put("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
  put("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
  put("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
  static const char *const links[][2] = {{"/proc/self/fd", "/dev/fd"}, {"/proc/self/fd/0", "/dev/stdin"},
      {"/proc/self/fd/1", "/dev/stdout"}, {"/proc/self/fd/2", "/dev/stderr"}};
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    if (symlink(links[i][0], links[i][1]) != 0 && errno != EEXIST) break;
  mkdir("/run/duende", 0755);
}
