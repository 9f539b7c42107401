/* Lines to the control socket of duende-init, one at a time: it answers in order, and at once. */
#include "agent.h"
#include <sys/socket.h>
#include <sys/un.h>

enum { MOST = 256 };
static struct { uint32_t id; char line[128]; } queue[MOST];
static int count, fd = -1;
static bool asked;
static char answer[128];
static size_t filled;

static void reply(const char *line) {
  struct iovec parts[] = {{&queue[0].id, 4}, {(char *)line, strlen(line)}};
  if (queue[0].id) put_frame(&channel, ANSWER, parts, 2);
  memmove(queue, queue + 1, (size_t)--count * sizeof *queue);
  asked = false;
  filled = 0;
}

static bool connect_init(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/control", run_folder);
  fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return true;
  if (fd >= 0) close(fd);
  fd = -1;
  return false;
}

/* An empty answer: nobody is there. */
static void ask(void) {
  while (count > 0 && !asked) {
    if (init_pid <= 0) {
      reply("");
      continue;
    }
    if (fd < 0 && !connect_init()) return; /* tried again in the next round */
    if (send(fd, queue[0].line, strlen(queue[0].line), MSG_NOSIGNAL) > 0) {
      asked = true;
    } else {
      close(fd);
      fd = -1;
      return;
    }
  }
}

void relay_line(uint32_t id, const char *line, size_t length) {
  struct iovec none = {&id, 4};
  if (count == MOST || length > sizeof queue->line - 2) return put_frame(&channel, ANSWER, &none, 1);
  queue[count].id = id;
  memcpy(queue[count].line, line, length);
  memcpy(queue[count++].line + length, "\n", 2);
  ask();
}

int relay_poll(struct pollfd *entry) {
  ask();
  *entry = (struct pollfd){fd, POLLIN, 0};
  return fd >= 0;
}

void relay_ready(void) {
  ssize_t got = read(fd, answer + filled, sizeof answer - 1 - filled);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    close(fd);
    fd = -1;
    if (asked) reply("");
    return;
  }
  filled += (size_t)got;
  answer[filled] = 0;
  char *end = strchr(answer, '\n');
  if (!end && filled < sizeof answer - 1) return;
  if (end) *end = 0;
  if (asked) reply(answer);
}

/* The init has ended, or the host is another: nobody waits for what was asked. */
void relay_closed(void) {
  if (init_pid > 0) {
    for (int i = 0; i < count; i++) queue[i].id = 0;
    return;
  }
  if (fd >= 0 && asked) relay_ready(); /* it may have answered before */
  if (fd >= 0) close(fd);
  fd = -1;
  while (count > 0) reply("");
}

/* The socket is not there yet. */
bool relay_is_waiting(void) { return count > 0 && fd < 0; }
