/* Native's log, and a copy of it for the engine, so that its own command shows what the program says. */
#include "init.h"
#include <fcntl.h>
#include <poll.h>

/* Milliseconds that a full pipe of the engine may hold up the program. It is full when nobody reads it: dockerd was killed, say. */
#define PATIENCE 50

static bool deaf[2]; /* the engine has not read for so long that the program no longer waits for it */

static bool is_ready(int stream, int milliseconds) {
  struct pollfd copy = {1 + stream, POLLOUT, 0};
  return poll(&copy, 1, milliseconds) > 0 && (copy.revents & POLLOUT);
}

/* Bytes that stand in the log leave the pipe: to the engine, or, where that does not read, to nowhere. */
static ssize_t pass_on(int from, int nowhere, size_t left, int stream) {
  if (capture_log == 2) {
    ssize_t gone = splice(from, NULL, 1 + stream, NULL, left, SPLICE_F_NONBLOCK);
    if (gone < 0 && errno == EAGAIN && is_ready(stream, deaf[stream] ? 0 : PATIENCE))
      gone = splice(from, NULL, 1 + stream, NULL, left, SPLICE_F_NONBLOCK);
    deaf[stream] = gone < 0 && errno == EAGAIN;
    if (gone > 0) return gone;
  }
  return splice(from, NULL, nowhere, NULL, left, SPLICE_F_NONBLOCK);
}

#define splice(from, from_at, to, to_at, left, flags) pass_on(from, to, left, stream)
#include "../../native/supervisor/logs.c"
#undef splice
