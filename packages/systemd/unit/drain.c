/* `drain MS`: waits until journald has read to its end what processes that have ended wrote to it. Only root may ask journald for that
 * (varlink, io.systemd.Journal.Synchronize), but the kernel tells everybody about sockets: sock_diag(7). */
#include "unit.h"
#include <sys/socket.h>
#include <time.h>

/* linux/unix_diag.h, linux/sock_diag.h and linux/netlink.h, which musl-tools does not bring. */
enum { NETLINK_SOCK_DIAG = 4, SOCK_DIAG_BY_FAMILY = 20, NLM_REQUEST_DUMP = 0x301, NLMSG_DONE = 3, NLMSG_ERROR = 2 };
enum { SHOW_NAME = 1, DIAG_NAME = 0, DIAG_SHUTDOWN = 6, RECEIVE_SHUTDOWN = 1 };
struct head { uint32_t length; uint16_t type, flags; uint32_t sequence, pid; };
struct request { struct head head; uint8_t family, protocol; uint16_t pad; uint32_t states, inode, show, cookie[2]; };
struct answer { struct head head; uint8_t family, type, state, pad; uint32_t inode, cookie[2]; };
struct attribute { uint16_t length, type; };

static const char journal[] = "/run/systemd/journal/stdout";
static uint64_t *ended; /* cookies: unlike inodes, connections that are not accepted yet have one, and none is used again */
static size_t count, room;

static bool is_ended(uint64_t cookie) {
  for (size_t i = 0; i < count; i++)
    if (ended[i] == cookie) return true;
  return false;
}

static bool remember(uint64_t cookie) {
  if (is_ended(cookie)) return true;
  if (count == room) {
    void *more = realloc(ended, (room = room * 2 + 64) * sizeof *ended);
    if (!more) return false;
    ended = more;
  }
  ended[count++] = cookie;
  return true;
}

/* The journal's end of a connection whose other end is closed for good: the kernel then shuts it down for reading. */
static bool is_hung_up(const struct answer *answer) {
  bool ours = false, hung_up = false;
  const char *at = (const char *)(answer + 1), *end = (const char *)answer + answer->head.length;
  while (end - at >= (ptrdiff_t)sizeof(struct attribute)) {
    const struct attribute *attribute = (const void *)at;
    const char *value = at + sizeof *attribute;
    if (attribute->length < sizeof *attribute || attribute->length > end - at) break;
    size_t length = attribute->length - sizeof *attribute;
    if (attribute->type == DIAG_NAME) ours = strnlen(value, length) == sizeof journal - 1 && !memcmp(value, journal, sizeof journal - 1);
    if (attribute->type == DIAG_SHUTDOWN) hung_up = length >= 1 && (*value & RECEIVE_SHUTDOWN);
    at += (attribute->length + 3) & ~3;
  }
  return ours && hung_up;
}

/* One look at all unix sockets: how many of those that are remembered still exist; -1 when the kernel does not say. */
static int look(int netlink, bool first) {
  static char buffer[65536] __attribute__((aligned(8)));
  static uint32_t sequence;
  struct request request = {{sizeof request, SOCK_DIAG_BY_FAMILY, NLM_REQUEST_DUMP, ++sequence, 0}, AF_UNIX, 0, 0, ~0u, 0, SHOW_NAME, {~0u, ~0u}};
  int left = 0;
  if (send(netlink, &request, sizeof request, 0) < 0) return -1;
  for (;;) {
    ssize_t length = recv(netlink, buffer, sizeof buffer, 0);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return -1;
    for (char *at = buffer; length >= (ssize_t)sizeof(struct head);) {
      const struct answer *answer = (const void *)at;
      ssize_t step = (answer->head.length + 3) & ~3u;
      if (answer->head.length < sizeof(struct head) || answer->head.type == NLMSG_ERROR) return -1;
      if (answer->head.type == NLMSG_DONE) return left;
      uint64_t cookie = (uint64_t)answer->cookie[1] << 32 | answer->cookie[0];
      if (first && is_hung_up(answer) && !remember(cookie)) return -1;
      if (is_ended(cookie)) left++;
      at += step;
      length -= step;
    }
  }
}

/* Connections that journald has not accepted yet: sock_diag leaves them out (sk_diag_dump of net/unix/diag.c wants an inode), while
 * /proc/net/unix has them in state 02. -1 when it cannot be read. */
static int count_pending(void) {
  FILE *file = fopen("/proc/net/unix", "re");
  char line[256], state[4], path[64];
  int pending = 0;
  if (!file) return -1;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "%*s %*s %*s %*s %*s %3s %*s %63s", state, path) == 2 && !strcmp(state, "02") && !strcmp(path, journal)) pending++;
  fclose(file);
  return pending;
}

static void rest(long *step) {
  struct timespec time = {0, *step};
  nanosleep(&time, NULL);
  *step = *step < 10000000 ? *step * 3 / 2 : *step;
}

/* 0: all has been read; 1: not in time; 3: the kernel does not tell. */
int drain(long milliseconds) {
  int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (netlink < 0) return 3;
  int64_t until = now_ms() + milliseconds;
  long step = 500000;
  for (int pending; (pending = count_pending()) != 0; rest(&step)) {
    if (pending < 0) return 3;
    if (now_ms() >= until) return 1;
  }
  step = 500000;
  /* A dump of several parts can miss a socket while others come and go: twice each time. */
  int left = look(netlink, true);
  if (left >= 0) left = look(netlink, true);
  for (int absent = left == 0; absent < 2;) {
    if (left < 0) return 3;
    if (left > 0 && now_ms() >= until) return 1;
    if (left > 0) rest(&step);
    left = look(netlink, false);
    absent = left == 0 ? absent + 1 : 0;
  }
  return 0;
}
