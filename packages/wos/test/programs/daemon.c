/* A daemon for the tests of the supervisor: does what its arguments say, one after the other. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "wos.h"

static void tell(int number) { printf("%s\n", number == SIGHUP ? "HUP" : number == SIGUSR1 ? "USR1" : "TERM"); }

static void leave(int number) {
  tell(number);
  exit(0);
}

static void wait_a_bit(int milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

static void park(void) {
  for (;;) wait_a_bit(60000);
}

/* Accepts connections until USR1: then nobody is answered any more. */
static volatile int deaf;
static void become_deaf(int number) { deaf = number; }

static void serve(const char *address) {
  int listener;
  if (wos_listen(address, &listener) != 0) exit(9);
  signal(SIGUSR1, become_deaf);
  printf("listening\n");
  while (!deaf) {
    int connection = accept(listener, NULL, NULL);
    if (connection < 0) continue;
    char request[512];
    if (recv(connection, request, sizeof request, 0) > 0) {
      static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
      send(connection, answer, sizeof answer - 1, 0);
    }
    close(connection);
  }
  close(listener);
}

/* A child that notices nothing but KILL. */
static void start_child(void) {
  const char *args[] = {"daemon", "deaf", "park", NULL};
  struct wos_spawn what = {.args = args};
  int pid;
  if (wos_spawn(&what, &pid) != 0) exit(9);
  printf("child %d\n", pid);
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (int i = 1; i < argc; i++) {
    const char *command = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
    if (!strcmp(command, "run")) {
      printf("run %d\n", wos_pid());
    } else if (!strcmp(command, "say")) {
      printf("%s\n", value), i++;
    } else if (!strcmp(command, "write")) { /* a line without its end */
      printf("%s", value), i++;
    } else if (!strcmp(command, "env")) {
      printf("%s=%s\n", value, getenv(value) ? getenv(value) : ""), i++;
    } else if (!strcmp(command, "sleep")) {
      wait_a_bit(atoi(value)), i++;
    } else if (!strcmp(command, "exit")) {
      return atoi(value);
    } else if (!strcmp(command, "crash")) {
      __builtin_trap();
    } else if (!strcmp(command, "tell")) {
      if (wos_notify(value) != 0) return 9;
      i++;
    } else if (!strcmp(command, "graceful")) {
      signal(SIGTERM, leave);
      signal(SIGHUP, tell);
    } else if (!strcmp(command, "deaf")) {
      signal(SIGTERM, SIG_IGN);
    } else if (!strcmp(command, "once")) { /* goes on where it can remove the file, and does nothing the next time */
      if (remove(value) != 0) park();
      i++;
    } else if (!strcmp(command, "grow")) {
      for (void *volatile block;;)
        if ((block = malloc(1 << 20)) == NULL) abort();
    } else if (!strcmp(command, "serve")) {
      serve(value), i++;
    } else if (!strcmp(command, "spin")) {
      for (volatile long count = 0;; count++) continue;
    } else if (!strcmp(command, "fork")) {
      start_child();
    } else if (!strcmp(command, "park")) {
      park();
    } else {
      return 8;
    }
  }
  return 0;
}
