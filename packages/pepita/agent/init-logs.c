/* Native's log, whose bytes are counted, and whose growth is bounded while the host does not take it: then the program waits. */
#include "agent.h"

/* At the end what is left in the pipes always fits. */
static bool may_grow(size_t length) {
  if (shared->written - SEEN(acked) + length <= shared->bound) return true;
  return page->main_pid <= 0 || kill(page->main_pid, 0) != 0;
}

static bool write_counted(int fd, const void *data, size_t length) {
  errno = ENOBUFS;
  if (!may_grow(length)) return false;
  SHOW(writing, 1);
  bool done = write_all(fd, data, length);
  int error = errno;
  if (done) SHOW(written, shared->written + length);
  SHOW(writing, 0);
  return errno = error, done;
}

#define write_all write_counted
#include "../../native/supervisor/logs.c"
