/* Readiness: lines of sd_notify(3), on an abstract datagram socket ($NOTIFY_SOCKET) for programs that speak it, and on a pipe
 * ($DUENDE_NOTIFY_FD) for those that have no datagram sockets, such as Node. */
#include "supervise.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

int notify_socket = -1, notify_pipe[2] = {-1, -1};

void open_notify(void) {
  if (!config.set.notify) return;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "duende-%s", config.id);
  notify_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int yes = 1;
  if (notify_socket < 0 ||
      bind(notify_socket, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) ||
      setsockopt(notify_socket, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) || pipe2(notify_pipe, O_CLOEXEC) != 0)
    fail_spawn("notify", errno);
  fcntl(notify_pipe[0], F_SETFL, O_NONBLOCK);
}

static void take_line(const char *line) {
  if (!strncmp(line, "STATUS=", 7)) {
    begin_write();
    set_message(line + 7);
    end_write();
  } else if (!strcmp(line, "READY=1")) {
    became_ready();
  }
}

/* An abstract socket has no permissions: only the daemon's own user and root are believed. */
static ssize_t receive(char *text, size_t size) {
  union { char space[CMSG_SPACE(sizeof(struct ucred))]; struct cmsghdr align; } control;
  struct iovec part = {text, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(notify_socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  struct cmsghdr *head = length >= 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (!head || head->cmsg_type != SCM_CREDENTIALS) return length < 0 ? -1 : 0;
  struct ucred who;
  memcpy(&who, CMSG_DATA(head), sizeof who);
  uid_t expected = config.set.uid >= 0 ? (uid_t)config.set.uid : geteuid();
  return who.uid == expected || who.uid == 0 ? length : 0;
}

void read_notify(int fd) {
  char text[4096];
  for (;;) {
    ssize_t length = fd == notify_socket ? receive(text, sizeof text - 1) : read(fd, text, sizeof text - 1);
    if (length < 0 || (length == 0 && fd != notify_socket)) return;
    text[length] = 0;
    for (char *line = text; line && *line;) {
      char *next = strchr(line, '\n');
      if (next) *next++ = 0;
      take_line(line);
      line = next;
    }
  }
}
