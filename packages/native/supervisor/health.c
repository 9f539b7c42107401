/* Health checks, one at a time, without ever blocking the supervisor. */
#include "supervise.h"
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

static enum { IDLE, CONNECTING, READING, COMMAND } phase;
static int fd = -1;
static pid_t command;
static int64_t next_at, deadline;
static int failures;
static size_t filled;
static char answer[32];

static void end_check(void) {
  if (fd >= 0) close(fd);
  fd = -1;
  command = 0;
  phase = IDLE;
  next_at = now_ms() + config.set.health_interval;
}

void health_reset(void) {
  if (phase == COMMAND && command > 0) kill(-command, SIGKILL);
  end_check();
  failures = 0;
}

static void conclude(bool healthy) {
  end_check();
  if (healthy) failures = 0;
  else if (now_ms() - page->run_begin >= config.set.health_start_period) failures++;
  uint32_t health = healthy ? 1 : failures >= config.set.health_retries ? 2 : page->health;
  if (health != page->health) {
    begin_write();
    page->health = health;
    end_write();
  }
  if (health != 2 || page->unhealthy_kill || page->state == STOPPING) return;
  page->unhealthy_kill = 1;
  page->kill_at = now_ms() + config.set.stop_timeout;
  send_main((int)config.set.stop_signal);
  send_main(SIGCONT);
}

static void open_connection(void) {
  union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; } address = {0};
  socklen_t length = sizeof address.v4;
  if (inet_pton(AF_INET, config.health_host, &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons((uint16_t)config.set.health_port);
  } else if (inet_pton(AF_INET6, config.health_host, &address.v6.sin6_addr) == 1) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons((uint16_t)config.set.health_port);
    length = sizeof address.v6;
  } else {
    return conclude(false);
  }
  fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  phase = CONNECTING;
  if (fd < 0 || (connect(fd, &address.any, length) != 0 && errno != EINPROGRESS)) conclude(false);
}

static void begin_check(void) {
  deadline = now_ms() + config.set.health_timeout;
  filled = 0;
  if (config.set.health_type != HEALTH_COMMAND) return open_connection();
  command = start_health_command();
  phase = COMMAND;
  if (command < 0) conclude(false);
}

static bool checking(void) {
  return config.set.health_type != NO_HEALTH && (page->state == RUNNING) && page->main_pid > 0;
}

int64_t health_next(void) {
  if (!checking() && phase == IDLE) return -1;
  return phase == IDLE ? next_at : deadline;
}

void health_tick(void) {
  if (phase == IDLE) {
    if (checking() && now_ms() >= next_at) begin_check();
  } else if (now_ms() >= deadline) {
    if (phase == COMMAND && command > 0) kill(-command, SIGKILL);
    conclude(false);
  }
}

int health_poll(struct pollfd *entry) {
  if (phase != CONNECTING && phase != READING) return 0;
  entry->fd = fd;
  entry->events = phase == CONNECTING ? POLLOUT : POLLIN;
  return 1;
}

/* The socket has something: the end of the connect, or the status line, `HTTP/1.1 200 OK`. */
void health_ready(void) {
  if (phase == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) return conclude(false);
    if (config.set.health_type == HEALTH_TCP) return conclude(true);
    size_t length = strlen(config.health_request);
    if (send(fd, config.health_request, length, MSG_NOSIGNAL) != (ssize_t)length) return conclude(false);
    phase = READING;
    return;
  }
  ssize_t got = read(fd, answer + filled, sizeof answer - 1 - filled);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got > 0) filled += (size_t)got;
  answer[filled] = 0;
  char *space = strchr(answer, ' ');
  if (space && strlen(space) >= 4) return conclude(!strncmp(answer, "HTTP/1.", 7) && (space[1] == '2' || space[1] == '3'));
  if (got <= 0 || filled == sizeof answer - 1) conclude(false);
}

bool health_reaped(pid_t pid, int status) {
  if (phase != COMMAND || pid != command) return false;
  conclude(status == 0);
  return true;
}
