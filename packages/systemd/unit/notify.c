/* sd_notify(3). */
#include "unit.h"
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

int notify_fd = -1;

/* Connected once, so that it still works when the environment has been made. True too when the manager wants to hear nothing. */
bool open_notify(void) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = path ? strlen(path) : 0;
  if (length == 0) return true;
  errno = EAFNOSUPPORT;
  if (length >= sizeof address.sun_path || (*path != '/' && *path != '@')) return false;
  memcpy(address.sun_path, path, length);
  if (*path == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) != 0)
    return false;
  notify_fd = fd;
  return true;
}

bool notify(const char *text) { return notify_fd >= 0 && send(notify_fd, text, strlen(text), MSG_NOSIGNAL) >= 0; }

/* Waits until the manager has read everything sent so far: it finds the unit of a sender by its control group, which on cgroup v1 a
 * process loses when it ends. sd_notify_barrier(3): the manager closes the pipe that it is sent. */
void notify_barrier(void) {
  int ends[2];
  if (notify_fd < 0 || pipe2(ends, O_CLOEXEC) != 0) return;
  union { struct cmsghdr head; char space[CMSG_SPACE(sizeof(int))]; } control = {0};
  struct iovec text = {"BARRIER=1", 9};
  struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(head), &ends[1], sizeof(int));
  bool sent = sendmsg(notify_fd, &message, MSG_NOSIGNAL) >= 0;
  close(ends[1]);
  struct pollfd ended = {.fd = ends[0]};
  if (sent) poll(&ended, 1, 5000);
  close(ends[0]);
}
