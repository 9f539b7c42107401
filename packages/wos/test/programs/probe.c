/* The probe of the conformance kit as a module of WASI: the commands are those of packages/conformance/README.md. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>
#include "wos.h"

extern char **environ;

/* No probe outlives a broken adapter for long: milliseconds. */
enum { main_lifetime = 900000, child_lifetime = 120000 };

static const struct {
  const char *name;
  int number;
} signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"HUP", SIGHUP},
               {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"CONT", SIGCONT}, {"KILL", SIGKILL},
               {"STOP", SIGSTOP}, {"SEGV", SIGSEGV}, {"ABRT", SIGABRT}};
enum { catchable = 7, known = sizeof signals / sizeof *signals };

static volatile sig_atomic_t unhealthy;
static const char *ignored[known];
static size_t ignored_count;
static long long end_of_life;

static void put(int fd, const char *text, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, text, length);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(120);
    text += written;
    length -= (size_t)written;
  }
}

static void say(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  put(1, line, (size_t)length);
}

static void usage(const char *what) {
  char line[256];
  put(2, line, (size_t)snprintf(line, sizeof line, "probe: cannot read %.100s\n", what));
  exit(121);
}

static long long number(const char *text) {
  char *end;
  long long value = strtoll(text, &end, 10);
  if (*text == 0 || *end != 0) usage(text);
  return value;
}

static int signal_number(const char *name) {
  for (size_t i = 0; i < known; i++)
    if (strcmp(signals[i].name, name) == 0) return signals[i].number;
  usage(name);
  return 0;
}

static long long milliseconds(__wasi_clockid_t clock) {
  __wasi_timestamp_t now = 0;
  if (__wasi_clock_time_get(clock, 1000, &now) != 0) exit(122);
  return (long long)(now / 1000000);
}

static long long monotonic(void) { return milliseconds(__WASI_CLOCKID_MONOTONIC); }

/* nanosleep() of wasi-libc does not say how much is left. */
static void rest(long long time) {
  long long end = monotonic() + time;
  for (long long left; (left = end - monotonic()) > 0;) {
    struct timespec span = {left / 1000, left % 1000 * 1000000};
    nanosleep(&span, 0);
  }
}

static void park(void) {
  rest(end_of_life - monotonic());
  exit(123);
}

static void print_name(int number) {
  for (size_t i = 0; i < catchable; i++) {
    if (signals[i].number != number) continue;
    char line[8];
    size_t length = strlen(signals[i].name);
    memcpy(line, signals[i].name, length);
    line[length] = '\n';
    put(1, line, length + 1);
  }
}

static void print_and_end(int number) {
  print_name(number);
  _exit(0);
}

static void turn_off(int number) {
  (void)number;
  unhealthy = 1;
}

/* A JSON string, or for a long one its length and FNV-1a hash. */
static void describe(const char *what, const char *text) {
  size_t length = strlen(text);
  if (length > 4096) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    say("%s# %zu %08x\n", what, length, hash);
    return;
  }
  static char line[8 * 4096];
  size_t at = (size_t)snprintf(line, 16, "%s \"", what);
  for (; *text; text++) {
    unsigned char byte = (unsigned char)*text;
    if (byte < 32) {
      at += (size_t)snprintf(line + at, 8, "\\u%04x", byte);
      continue;
    }
    if (byte == '"' || byte == '\\') line[at++] = '\\';
    line[at++] = (char)byte;
  }
  line[at++] = '"';
  line[at++] = '\n';
  put(1, line, at);
}

/* wasi-libc begins in "/", whatever it is given. PWD counts when relative paths really begin there. */
static const char *working_folder(void) {
  const char *path = getenv("PWD");
  struct stat named, here;
  if (!path || stat(path, &named) != 0 || stat(".", &here) != 0) return "/";
  return named.st_dev == here.st_dev && named.st_ino == here.st_ino ? path : "";
}

static void report(char **arguments) {
  say("pid %d\nuid 0\ngid 0\n", wos_pid());
  describe("cwd", working_folder());
  for (; *arguments; arguments++) describe("arg", *arguments);
  for (char **entry = environ; *entry; entry++) describe("env", *entry);
  say("end\n");
  exit(0);
}

static void crash(int number) {
  if (number == SIGSEGV) *(volatile char *)(uintptr_t)0xfffffff0 = 1;
  if (number == SIGABRT) abort();
  wos_kill(wos_pid(), number);
  rest(1000);
  exit(122);
}

static void allocate(long long bytes) {
  const long long step = 1 << 20;
  for (long long done = 0; done < bytes; done += step) {
    volatile char *block = malloc((size_t)step);
    if (!block) {
      say("refused after %lld\n", done);
      exit(12);
    }
    for (long long i = 0; i < step; i += 64) block[i] = (char)(i ^ done);
  }
  say("allocated %lld\n", bytes);
}

static void spin(long long time) {
  long long cpu = milliseconds(__WASI_CLOCKID_PROCESS_CPUTIME_ID), begun = monotonic();
  while (time == 0 || monotonic() - begun < time) {
  }
  say("spun %lld %lld\n", milliseconds(__WASI_CLOCKID_PROCESS_CPUTIME_ID) - cpu, monotonic() - begun);
}

/* Another copy of this program, which ignores what this one ignores. 0: it cannot be started. */
static int branch(const char *what) {
  const char *arguments[2 * known + 4] = {"probe"};
  size_t at = 1;
  for (size_t i = 0; i < ignored_count; i++) arguments[at++] = "ignore", arguments[at++] = ignored[i];
  arguments[at++] = "branch";
  arguments[at++] = what;
  const char *all[] = {"*", 0};
  struct wos_spawn child = {.args = arguments, .caps = all};
  int pid = 0;
  return wos_spawn(&child, &pid) == 0 ? pid : 0;
}

static void be_branch(const char *what) {
  end_of_life = monotonic() + child_lifetime;
  if (strcmp(what, "leaf") == 0) park();
  int pid = branch("leaf");
  if (pid) say("%s %d\n", what, pid);
  if (strcmp(what, "grandchild") == 0) park();
  exit(0);
}

/* A child with a child of its own, and one whose parent has ended. */
static void grow(void) {
  int child = branch("grandchild");
  if (!child) {
    say("forked 0\n");
    return;
  }
  say("child %d\n", child);
  int middle = branch("orphan");
  struct wos_end end;
  while (middle && wos_wait(middle, -1, &end) == EINTR) {
  }
  say("forked 3\n");
}

static void processes(long long count) {
  long long made = 0;
  while (made < count && branch("leaf")) made++;
  say("forked %lld\n", made);
}

static void print(long long count, long long bytes, const char *stream, long long gap) {
  static char buffer[1 << 16];
  size_t used = 0;
  int both = strcmp(stream, "both") == 0, fd = strcmp(stream, "stderr") == 0 ? 2 : 1;
  for (long long line = 0; line < count; line++) {
    if (both) fd = line % 2 ? 2 : 1;
    char head[16];
    int headed = snprintf(head, sizeof head, "%08lld:", line);
    for (long long i = 0; i < bytes; i++) {
      buffer[used++] = i == bytes - 1 ? '\n' : i < headed ? head[i] : (char)('a' + (line + i) % 26);
      if (used == sizeof buffer) put(fd, buffer, used), used = 0;
    }
    if (both || gap > 0) put(fd, buffer, used), used = 0;
    if (gap > 0) rest(gap);
  }
  put(fd, buffer, used);
}

static void serve(long long port, int http) {
  char address[32];
  snprintf(address, sizeof address, "0.0.0.0:%lld", port);
  int server = -1;
  signal(SIGUSR1, turn_off);
  if (wos_listen(address, &server) != 0) {
    say("cannot listen on %lld\n", port);
    exit(98);
  }
  say("listening %lld\n", port);
  for (;;) {
    if (unhealthy && !http) {
      close(server);
      park();
    }
    struct pollfd wanted = {.fd = server, .events = POLLIN};
    if (poll(&wanted, 1, 100) <= 0) continue;
    int client = accept(server, 0, 0);
    if (client < 0) continue;
    char request[2048];
    struct pollfd readable = {.fd = client, .events = POLLIN};
    if (http && poll(&readable, 1, 1000) > 0 && recv(client, request, sizeof request, 0) > 0) {
      const char *answer = unhealthy ? "HTTP/1.1 503 Off\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                     : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
      send(client, answer, strlen(answer), 0);
      shutdown(client, SHUT_WR);
    }
    close(client);
  }
}

/* A call that fails names the whole path only with a directory before it: wasi-libc cuts off the one of a preopen. */
static void open_forever(const char *path) {
  static char relative[4096];
  int root = open("/", O_RDONLY | O_DIRECTORY);
  snprintf(relative, sizeof relative, "./%s", path + (*path == '/'));
  for (;; rest(50)) {
    int fd = openat(root, relative, O_RDONLY);
    if (fd >= 0) close(fd);
  }
}

int main(int count, char **arguments) {
  end_of_life = monotonic() + main_lifetime;
  for (int at = 1; at < count;) {
    const char *command = arguments[at++];
#define IS(name, arity) (strcmp(command, name) == 0 && (at + arity <= count || (usage(command), 0)))
    if (IS("report", 0)) report(arguments + at);
    else if (IS("run", 0)) say("run %d %lld\n", wos_pid(), milliseconds(__WASI_CLOCKID_REALTIME));
    else if (IS("say", 1)) put(1, arguments[at], strlen(arguments[at])), put(1, "\n", 1), at++;
    else if (IS("warn", 1)) put(2, arguments[at], strlen(arguments[at])), put(2, "\n", 1), at++;
    else if (IS("write", 1)) put(1, arguments[at], strlen(arguments[at])), at++;
    else if (IS("sleep", 1)) rest(number(arguments[at++]));
    else if (IS("exit", 1)) exit((int)number(arguments[at]));
    else if (IS("signal-self", 1)) crash(signal_number(arguments[at]));
    else if (IS("ready-after", 1)) rest(number(arguments[at++])), wos_notify("READY=1");
    else if (IS("ignore", 1)) {
      signal(signal_number(arguments[at]), SIG_IGN);
      if (ignored_count < known) ignored[ignored_count++] = arguments[at];
      at++;
    } else if (IS("allocate", 1)) allocate(number(arguments[at++]));
    else if (IS("spin", 1)) spin(number(arguments[at++]));
    else if (IS("fork", 0)) grow();
    else if (IS("branch", 1)) be_branch(arguments[at]);
    else if (IS("processes", 1)) processes(number(arguments[at++]));
    else if (IS("park", 0)) park();
    else if (IS("tcp", 1)) serve(number(arguments[at]), 0);
    else if (IS("http", 1)) serve(number(arguments[at]), 1);
    else if (IS("print", 4)) {
      print(number(arguments[at]), number(arguments[at + 1]), arguments[at + 2], number(arguments[at + 3]));
      at += 4;
    } else if (IS("open-files", 1)) {
      long long opened = 0, wanted = number(arguments[at++]);
      while (opened < wanted && open("/", O_RDONLY | O_DIRECTORY) >= 0) opened++;
      say("opened %lld\n", opened);
    } else if (IS("open", 1)) open_forever(arguments[at]);
    else if (IS("count", 0)) {
      for (long long tick = 1;; tick++, rest(20)) say("tick %lld\n", tick);
    } else if (IS("trap", 0) || IS("graceful", 0)) {
      for (size_t i = 0; i < catchable; i++)
        signal(signals[i].number, command[0] == 't' ? print_name : i < 6 ? print_and_end : SIG_DFL);
      say("ready\n");
      park();
    } else usage(command);
  }
  return 0;
}
