/* Health checks, one at a time, as packages/native/supervisor/health.c makes them; this process does nothing else, so it may wait. It
 * runs inside the unit, with the program's user, network and files. */
#include "unit.h"
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

static pid_t main_pid, command;
static int main_pidfd = -1;
static sigset_t before_block;

static void kill_command(void) {
  if (command <= 0) return;
  kill(-command, SIGKILL);
  kill(command, SIGKILL); /* when it has not got as far as to a group of its own */
  command = 0;
}

static void exit_with_main(void) {
  kill_command();
  _exit(0);
}

/* Until the descriptor is ready or a child has ended (true), or until then (false). Does not return when the main process has ended;
 * without pidfds (Linux < 5.3, filters) that is looked up now and then. */
static bool await(int fd, short events, int64_t until) {
  for (;;) {
    struct pollfd entries[2] = {{.fd = main_pidfd, .events = POLLIN}, {.fd = fd, .events = events}};
    int64_t left = until - now_ms();
    if (left <= 0) return false;
    if (main_pidfd < 0 && left > 200) left = 200;
    struct timespec time = {left / 1000, left % 1000 * 1000000};
    int ready = ppoll(entries, 2, &time, &before_block);
    if (entries[0].revents || (main_pidfd < 0 && kill(main_pid, 0) != 0 && errno == ESRCH)) exit_with_main();
    if (ready != 0) return true; /* EINTR: SIGCHLD */
  }
}

static void ignore_signal(int number) { (void)number; }

static bool run_command(int64_t deadline, char **envp) {
  int status;
  while (waitpid(-1, NULL, WNOHANG) > 0) continue; /* one that was killed */
  command = fork();
  if (command == 0) {
    setsid();
    default_signals();
    execve(frames.health_argv[0], frames.health_argv, envp);
    _exit(127);
  }
  if (command < 0) return false;
  for (;;) {
    pid_t ended = waitpid(command, &status, WNOHANG);
    if (ended != 0) break;
    if (await(-1, 0, deadline)) continue;
    kill_command();
    return false;
  }
  command = 0;
  return status == 0;
}

static int open_connection(void) {
  union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; } address = {0};
  socklen_t length = sizeof address.v4;
  if (inet_pton(AF_INET, frames.health_host, &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons((uint16_t)page.set.health_port);
  } else if (inet_pton(AF_INET6, frames.health_host, &address.v6.sin6_addr) == 1) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons((uint16_t)page.set.health_port);
    length = sizeof address.v6;
  } else {
    return -1;
  }
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect(fd, &address.any, length) == 0 || errno == EINPROGRESS) return fd;
  close(fd);
  return -1;
}

/* The status line, `HTTP/1.1 200 OK`. */
static bool good_answer(int fd, int64_t deadline) {
  char answer[32];
  size_t filled = 0, length = strlen(frames.health_request);
  if (send(fd, frames.health_request, length, MSG_NOSIGNAL) != (ssize_t)length) return false;
  while (filled < sizeof answer - 1) {
    ssize_t got = read(fd, answer + filled, sizeof answer - 1 - filled);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      if (!await(fd, POLLIN, deadline)) return false;
      continue;
    }
    if (got <= 0) return false;
    answer[filled += (size_t)got] = 0;
    char *space = strchr(answer, ' ');
    if (space && strlen(space) >= 4) return !strncmp(answer, "HTTP/1.", 7) && (space[1] == '2' || space[1] == '3');
  }
  return false;
}

static bool check_connection(int64_t deadline) {
  int fd = open_connection(), error = 0;
  socklen_t size = sizeof error;
  bool good = fd >= 0 && await(fd, POLLOUT, deadline) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && !error;
  if (good && page.set.health_type == HEALTH_HTTP) good = good_answer(fd, deadline);
  if (fd >= 0) close(fd);
  return good;
}

static void prepare(int pidfd, pid_t pid) {
  struct sigaction wake = {.sa_handler = ignore_signal}; /* else SIGCHLD, ignored by default, interrupts no wait */
  sigset_t child;
  main_pidfd = pidfd;
  main_pid = pid;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, &before_block);
  sigaction(SIGCHLD, &wake, NULL);
}

_Noreturn void check_health(int pidfd, pid_t pid, char **envp) {
  int64_t begin = now_ms(), failures = 0;
  prepare(pidfd, pid);
  for (;;) {
    int64_t next = now_ms() + page.set.health_interval;
    while (await(-1, 0, next)) continue;
    int64_t deadline = now_ms() + page.set.health_timeout;
    bool healthy = page.set.health_type == HEALTH_COMMAND ? run_command(deadline, envp) : check_connection(deadline);
    if (healthy) failures = 0;
    else if (now_ms() - begin >= page.set.health_start_period) failures++;
    uint32_t health = healthy ? HEALTHY : failures >= page.set.health_retries ? UNHEALTHY : page.health;
    if (health != page.health) {
      page.health = health;
      WRITE(health);
    }
    if (health != UNHEALTHY) continue;
    /* A program that is being stopped need not be healthy, and the watchdog would cut its time short. */
    if (read_page() && page.stop_asked) _exit(0);
    notify("WATCHDOG=trigger");
    notify_barrier();
    _exit(0);
  }
}
