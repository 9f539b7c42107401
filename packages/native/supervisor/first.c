/* The way to a daemon's first run. Guardian, supervisor and the process that becomes the daemon are forked before the client has said
 * anything, while it still works on what it will say. The last one reads it, makes the folder, takes the name and executes the program:
 * no other process has to be woken on the way. What it opens it leaves to the two others, who outlive its exec: in a queue for each. */
#include "supervise.h"
#include <sys/prctl.h>
#include <sys/socket.h>

enum { TO_GUARDIAN, TO_SUPERVISOR };
static int give_fd[2] = {-1, -1}, take_fd[2] = {-1, -1};

void open_inheritance(void) {
  for (int i = 0; i < 2; i++) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) fail_spawn("fork", errno);
    take_fd[i] = ends[0];
    give_fd[i] = ends[1];
  }
}

static void shut(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

#define MAX_FILES 4
union space { char bytes[CMSG_SPACE(sizeof(int) * MAX_FILES)]; struct cmsghdr align; };

/* Nobody waits for it: neither of the two is woken. */
static void give(const int *files, size_t count) {
  union space space;
  uint32_t number = (uint32_t)count;
  struct iovec part = {&number, sizeof number};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = &space, .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int) * count);
  memcpy(CMSG_DATA(head), files, sizeof(int) * count);
  for (int i = 0; i < 2; i++) /* that one of them was killed is no failure */
    if (sendmsg(give_fd[i], &message, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET) fail_spawn("fork", errno);
}

static size_t take(int from, int files[MAX_FILES]) {
  union space space;
  uint32_t number;
  struct iovec part = {&number, sizeof number};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &space, .msg_controllen = sizeof space};
  ssize_t got;
  while ((got = recvmsg(from, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) continue;
  struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (!head || head->cmsg_type != SCM_RIGHTS) return 0;
  size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  memcpy(files, CMSG_DATA(head), sizeof(int) * count);
  return count;
}

/* What has been left so far; in the end of all processes that have a queue only the one that reads it keeps it. */
static void inherit_from(int queue) {
  int files[MAX_FILES];
  for (size_t count; take_fd[queue] >= 0 && (count = take(take_fd[queue], files)) > 0;) {
    if (state_fd < 0) {
      base_fd = files[0], folder_fd = files[1], state_fd = files[2];
      if (fchdir(folder_fd) != 0) fail_spawn("state-folder", errno);
    } else {
      notify_socket = files[0], notify_pipe[0] = files[1], notify_pipe[1] = files[2];
    }
  }
}

/* In the guardian, when there is a reason to look: the supervisor has told that all is there, or has ended. */
void inherit(void) {
  shut(&give_fd[0]), shut(&give_fd[1]), shut(&take_fd[TO_SUPERVISOR]);
  inherit_from(TO_GUARDIAN);
}

/* In the supervisor. False with the failure. */
bool await_claim(int child, struct report *failure) {
  shut(&give_fd[0]), shut(&give_fd[1]), shut(&take_fd[TO_GUARDIAN]);
  ssize_t got;
  while ((got = read(child, failure, sizeof *failure)) < 0 && errno == EINTR) continue;
  inherit_from(TO_SUPERVISOR);
  shut(&take_fd[TO_SUPERVISOR]);
  if (got != (ssize_t)sizeof *failure) *failure = (struct report){"supervisor", ECANCELED}; /* it was killed */
  else if (!strcmp(failure->stage, "claimed")) return adopt_settings(), true;
  return false;
}

/* In the process that becomes the daemon. As long as it has not, it ends with its supervisor. */
void prepare_run(int parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) _exit(127);
  shut(&take_fd[0]), shut(&take_fd[1]);
  read_place(handshake_fd);
  make_directory();
  give((int[]){base_fd, folder_fd, state_fd}, 3);
  read_settings(handshake_fd);
  write_state();
  give_log_pipes();
  claim_name();
  open_notify();
  if (config.set.notify) give((int[]){notify_socket, notify_pipe[0], notify_pipe[1]}, 3);
  make_cgroups();
  struct report claimed = {"claimed", 0};
  if (!write_all(report_fd, &claimed, sizeof claimed)) _exit(127);
  prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
  if (getppid() != parent) _exit(127);
}
