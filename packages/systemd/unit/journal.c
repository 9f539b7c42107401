/* Two connections to the journal, as connect_logger_as() of systemd's execute.c makes one: so the two streams can be told apart, by
 * their priorities. */
#include "unit.h"
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

int journal_fd[2] = {-1, -1};

/* journald takes the unit from the control group of the sender, and when that has ended before its first line is looked at, from the
 * header; believed from root only. A unit of a user manager is not named there: journald would take it for one of the system. */
static void own_unit(char *unit, size_t size) {
  char text[4096];
  *unit = 0;
  int fd = geteuid() == 0 ? open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC) : -1;
  ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  text[length > 0 ? length : 0] = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    if (strncmp(line, "0::", 3) != 0 && !strstr(line, ":name=systemd:")) continue;
    char *last = strrchr(line, '/'), *dot = last ? strrchr(last, '.') : NULL;
    if (dot && !strcmp(dot, ".service") && !strstr(line, "/user@")) snprintf(unit, size, "%s", last + 1);
  }
}

/* Until journald has read that, which it usually has by now; when it is busy, starting matters more: whoever reads a unit's log finds
 * lines without a unit by what else is known of them (src/journal/query.ts). Root has named it. */
void settle_journal(void) {
  struct timespec step = {0, 50000};
  if (geteuid() == 0) return;
  for (int64_t until = now_ms() + 20; now_ms() < until;) {
    int unread[2] = {0, 0};
    for (int stream = 0; stream < 2 && journal_fd[0] >= 0; stream++) ioctl(journal_fd[stream], TIOCOUTQ, &unread[stream]);
    if (unread[0] == 0 && unread[1] == 0) return;
    nanosleep(&step, NULL);
  }
}

static int connect_stream(const char *unit, int priority) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/stdout"};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), size = 8 << 20;
  if (fd < 0) return -1;
  const char *identifier = frames.identifier ? frames.identifier : "duende";
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 && shutdown(fd, SHUT_RD) == 0) {
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
      setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    /* Level prefix, forwarding to syslog, kmsg and console: none. The empty line is not logged, but it has journald look at who this
     * is: cgroup, unit, invocation, extra fields. With the first line of a program that ends at once it would be too late. */
    if (dprintf(fd, "%s\n%s\n%d\n0\n0\n0\n0\n\n", identifier, unit, priority) > 0) return fd;
  }
  close(fd);
  return -1;
}

void open_journal(void) {
  char unit[256];
  own_unit(unit, sizeof unit);
  /* LOG_DAEMON, as systemd has it, with LOG_INFO and LOG_ERR. */
  journal_fd[0] = connect_stream(unit, 3 << 3 | 6);
  journal_fd[1] = journal_fd[0] < 0 ? -1 : connect_stream(unit, 3 << 3 | 3);
  if (journal_fd[1] >= 0 || journal_fd[0] < 0) return;
  close(journal_fd[0]);
  journal_fd[0] = -1;
}
