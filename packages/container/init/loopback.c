/* `duende-init loopback`, an OCI hook (runtime-spec, config.md, createRuntime): runc leaves `lo` down in a new network namespace, while
 * daemons and health checks need 127.0.0.1. It runs on the host, as root, before the program of the container does; the state of the
 * container comes as JSON on stdin. Exit code 0, or 1 with a line on stderr, which fails the start. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int loopback_main(void);

/* A string begins at `at`, after its quote: where the quote that ends it is, NULL if nowhere. */
static const char *string_end(const char *at) {
  for (; *at && *at != '"'; at++) {
    if (*at == '\\' && !*++at) return NULL;
  }
  return *at ? at : NULL;
}

/* The number `pid` of the outermost object; 0 if there is none. Names and values further inside are none of ours. */
static long find_pid(const char *text) {
  int depth = 0;
  bool is_pid = false; /* the last string was "pid" */
  for (const char *at = text; *at; at++) {
    if (*at == '"') {
      const char *end = string_end(at + 1);
      if (!end) return 0;
      is_pid = depth == 1 && end - at == 4 && !memcmp(at, "\"pid", 4);
      at = end;
    } else if (*at == '{' || *at == '[') {
      depth++;
    } else if (*at == '}' || *at == ']') {
      depth--;
    } else if (*at == ':' && is_pid) {
      return strtol(at + 1, NULL, 10);
    } else if (*at == ',') {
      is_pid = false;
    }
  }
  return 0;
}

static int fail(const char *what) {
  fprintf(stderr, "duende-init loopback: %s: %s\n", what, strerror(errno));
  return 1;
}

static bool read_all(int fd, char *text, size_t room) {
  size_t length = 0;
  for (;;) {
    ssize_t got = read(fd, text + length, room - 1 - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    length += got;
    if (length == room - 1) return errno = EMSGSIZE, false;
  }
  text[length] = 0;
  return true;
}

/* netdevice(7) */
static bool bring_up(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  struct ifreq request = {.ifr_name = "lo"};
  bool up = ioctl(fd, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags |= IFF_UP;
  up = up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  int error = errno;
  close(fd);
  return errno = error, up;
}

int loopback_main(void) {
  static char state[1 << 20]; /* annotations may be long */
  char path[48], own[64], theirs[64];
  if (!read_all(STDIN_FILENO, state, sizeof state)) return fail("the state of the container");
  long pid = find_pid(state);
  if (pid <= 0) return errno = EPROTO, fail("the state of the container has no pid");
  snprintf(path, sizeof path, "/proc/%ld/ns/net", pid);
  /* In a network that it shares with us there is nothing to do. */
  ssize_t length = readlink(path, theirs, sizeof theirs);
  if (length < 0) return fail(path);
  if (readlink("/proc/self/ns/net", own, sizeof own) == length && !memcmp(own, theirs, length)) return 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(path);
  if (setns(fd, CLONE_NEWNET) != 0) return fail("its network");
  if (!bring_up()) return fail("lo");
  return 0;
}
