/*
 * The conformance kit's probe daemon: does what its arguments tell it, in order. See ../README.md for the commands.
 * POSIX only. The same language is spoken by ../src/probe/main.ts, for platforms without a prebuilt of this one.
 */
#define _GNU_SOURCE /* MAP_ANON; everything else is POSIX */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* No probe outlives a broken adapter for long: seconds. */
enum { main_lifetime = 900, child_lifetime = 120 };

static const struct {
  const char *name;
  int number;
} signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"HUP", SIGHUP},
               {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"CONT", SIGCONT}, {"KILL", SIGKILL},
               {"STOP", SIGSTOP}, {"SEGV", SIGSEGV}, {"ABRT", SIGABRT}};
enum { catchable = 7, known = sizeof signals / sizeof *signals };

static volatile sig_atomic_t unhealthy;

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

static long long milliseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void rest(long long time) {
  struct timespec left = {time / 1000, time % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

static void park(void) {
  for (;;) pause();
}

static void on(int number, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, 0);
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
  char line[8 * 4096];
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

static void report(char **arguments) {
  char path[8192];
  say("pid %d\nuid %d\ngid %d\n", (int)getpid(), (int)getuid(), (int)getgid());
  describe("cwd", getcwd(path, sizeof path) ? path : "");
  for (; *arguments; arguments++) describe("arg", *arguments);
  for (char **entry = environ; *entry; entry++) describe("env", *entry);
  say("end\n");
  exit(0);
}

static void crash(int number) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  signal(number, SIG_DFL);
  /* A real fault: the first process of a PID namespace is immune to signals that it sends to itself. */
  if (number == SIGSEGV) {
    char *unreadable = mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
    *(volatile char *)unreadable = 1;
  }
  if (number == SIGABRT) abort();
  kill(getpid(), number);
  rest(1000);
  exit(122);
}

static void ready(void) {
  static const char line[] = "READY=1\n";
  const char *fd = getenv("DUENDE_NOTIFY_FD");
  const char *path = getenv("NOTIFY_SOCKET");
  if (fd) {
    put((int)number(fd), line, sizeof line - 1);
    return;
  }
  if (!path) {
    put(2, "probe: nobody to tell that it is ready\n", 39);
    return;
  }
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (*path == '@') address.sun_path[0] = 0;
  int fd_of = socket(AF_UNIX, SOCK_DGRAM, 0);
  sendto(fd_of, line, sizeof line - 1, 0, (struct sockaddr *)&address,
         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
  close(fd_of);
}

static void allocate(long long bytes) {
  const long long step = 1 << 20;
  for (long long done = 0; done < bytes; done += step) {
    char *block = mmap(0, (size_t)step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (block == MAP_FAILED) {
      say("refused after %lld\n", done);
      exit(12);
    }
    for (long long i = 0; i < step; i += 64) block[i] = (char)(i ^ done);
  }
  say("allocated %lld\n", bytes);
}

static void spin(long long time) {
  long long cpu = milliseconds(CLOCK_PROCESS_CPUTIME_ID), begun = milliseconds(CLOCK_MONOTONIC);
  while (time == 0 || milliseconds(CLOCK_MONOTONIC) - begun < time) {
  }
  say("spun %lld %lld\n", milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
      milliseconds(CLOCK_MONOTONIC) - begun);
}

static pid_t branch(void) {
  pid_t pid = fork();
  if (pid == 0) alarm(child_lifetime);
  return pid;
}

static void branch_and_park(const char *what) {
  pid_t pid = branch();
  if (pid > 0) say("%s %d\n", what, (int)pid);
  if (pid == 0) park();
}

/* A child with a child of its own, and one that left the session and the parent. */
static void grow(void) {
  pid_t child = branch();
  if (child == 0) {
    branch_and_park("grandchild");
    park();
  }
  say("child %d\n", (int)child);
  pid_t middle = branch();
  if (middle == 0) {
    setsid();
    branch_and_park("orphan");
    _exit(0);
  }
  waitpid(middle, 0, 0);
  say("forked 3\n");
}

static void processes(long long count) {
  long long made = 0;
  for (; made < count; made++) {
    pid_t pid = branch();
    if (pid < 0) break;
    if (pid == 0) park();
  }
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
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  int server = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  on(SIGUSR1, turn_off);
  if (bind(server, (struct sockaddr *)&address, sizeof address) != 0 || listen(server, 64) != 0) {
    say("cannot listen on %lld\n", port);
    exit(98);
  }
  say("listening %lld\n", port);
  for (;;) {
    if (unhealthy && !http) {
      close(server);
      park();
    }
    struct pollfd wanted = {server, POLLIN, 0};
    if (poll(&wanted, 1, 100) <= 0) continue;
    int client = accept(server, 0, 0);
    if (client < 0) continue;
    char request[2048];
    struct pollfd readable = {client, POLLIN, 0};
    if (http && poll(&readable, 1, 1000) > 0 && read(client, request, sizeof request) > 0) {
      const char *answer =
          unhealthy ? "HTTP/1.1 503 Off\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
      send(client, answer, strlen(answer), MSG_NOSIGNAL);
      shutdown(client, SHUT_WR);
    }
    close(client);
  }
}

int main(int count, char **arguments) {
  alarm(main_lifetime);
  signal(SIGCHLD, SIG_DFL);
  for (int at = 1; at < count;) {
    const char *command = arguments[at++];
#define IS(name, arity) (strcmp(command, name) == 0 && (at + arity <= count || (usage(command), 0)))
    if (IS("report", 0)) report(arguments + at);
    else if (IS("run", 0)) say("run %d %lld\n", (int)getpid(), milliseconds(CLOCK_REALTIME));
    else if (IS("say", 1)) put(1, arguments[at], strlen(arguments[at])), put(1, "\n", 1), at++;
    else if (IS("warn", 1)) put(2, arguments[at], strlen(arguments[at])), put(2, "\n", 1), at++;
    else if (IS("write", 1)) put(1, arguments[at], strlen(arguments[at])), at++;
    else if (IS("sleep", 1)) rest(number(arguments[at++]));
    else if (IS("exit", 1)) exit((int)number(arguments[at]));
    else if (IS("signal-self", 1)) crash(signal_number(arguments[at]));
    else if (IS("ready-after", 1)) rest(number(arguments[at++])), ready();
    else if (IS("ignore", 1)) on(signal_number(arguments[at++]), SIG_IGN);
    else if (IS("allocate", 1)) allocate(number(arguments[at++]));
    else if (IS("spin", 1)) spin(number(arguments[at++]));
    else if (IS("fork", 0)) grow();
    else if (IS("processes", 1)) processes(number(arguments[at++]));
    else if (IS("park", 0)) park();
    else if (IS("tcp", 1)) serve(number(arguments[at]), 0);
    else if (IS("http", 1)) serve(number(arguments[at]), 1);
    else if (IS("print", 4)) {
      print(number(arguments[at]), number(arguments[at + 1]), arguments[at + 2], number(arguments[at + 3]));
      at += 4;
    } else if (IS("open-files", 1)) {
      long long opened = 0, wanted = number(arguments[at++]);
      while (opened < wanted && open("/", O_RDONLY) >= 0) opened++;
      say("opened %lld\n", opened);
    } else if (IS("open", 1)) {
      for (;; rest(50)) {
        int fd = open(arguments[at], O_RDONLY);
        if (fd >= 0) close(fd);
      }
    } else if (IS("count", 0)) {
      for (long long tick = 1;; tick++, rest(20)) say("tick %lld\n", tick);
    } else if (IS("trap", 0) || IS("graceful", 0)) {
      for (size_t i = 0; i < catchable; i++)
        on(signals[i].number, command[0] == 't' ? print_name : i < 6 ? print_and_end : SIG_DFL);
      say("ready\n");
      park();
    } else usage(command);
  }
  return 0;
}
