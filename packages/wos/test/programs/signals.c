/* Handlers of signals, in each situation in which one may arrive. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "wos.h"

__attribute__((import_module("wos"), import_name("register_raise"))) int register_raise(int (*function)(int));

static volatile int last, count;

static const char *name_of(int number) {
  switch (number) {
    case SIGTERM: return "TERM";
    case SIGINT: return "INT";
    case SIGHUP: return "HUP";
    case SIGUSR1: return "USR1";
    case SIGUSR2: return "USR2";
    case SIGQUIT: return "QUIT";
    case SIGCONT: return "CONT";
    default: return "?";
  }
}

static void note(int number) {
  last = number;
  count++;
}

static void slow(int number) {
  printf("begin %s\n", name_of(number));
  usleep(50000);
  for (volatile int i = 0; i < 3000000; i++) continue;
  printf("end %s\n", name_of(number));
  count++;
}

/* Writes over what is below its caller's frame. */
static void scribble(int number) {
  volatile int cells[64];
  for (int i = 0; i < 64; i++) cells[i] = -number;
  count += cells[number % 64] != 0;
}

static void leave(int number) { exit(100 + number); }

static void handle_all(void (*handler)(int)) {
  int all[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGCONT};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) signal(all[i], handler);
}

/* A function that calls no other: its locals may lie below the stack pointer. */
__attribute__((noinline)) static int leaf(int rounds) {
  volatile int cells[16];
  for (int i = 0; i < 16; i++) cells[i] = i;
  for (int round = 0; round < rounds || !count; round++)
    for (int i = 0; i < 16; i++)
      if (cells[i] != i) return i + 1;
  return 0;
}

int main(int argc, char **argv) {
  const char *command = argv[1];
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (!strcmp(command, "trap")) {
    handle_all(note);
    printf("ready\n");
    for (;;) {
      int seen = count;
      int result = poll(NULL, 0, 60000);
      if (count != seen) printf("%s %d %s\n", name_of(last), result, result < 0 && errno == EINTR ? "EINTR" : "-");
    }
  }
  if (!strcmp(command, "spin")) {
    handle_all(note);
    printf("ready\n");
    while (!count) continue;
    printf("%s\n", name_of(last));
    return 5;
  }
  if (!strcmp(command, "leaf")) {
    handle_all(scribble);
    printf("ready\n");
    printf("leaf %d\n", leaf(0));
    return 0;
  }
  if (!strcmp(command, "slow")) {
    handle_all(slow);
    printf("ready\n");
    while (count < 2) usleep(1000);
    return 0;
  }
  if (!strcmp(command, "leave")) {
    handle_all(leave);
    printf("ready\n");
    for (;;) sleep(100);
  }
  if (!strcmp(command, "ignore")) {
    handle_all(SIG_IGN);
    printf("ready\n");
    int result = usleep(300000);
    printf("slept %d\n", result);
    return 0;
  }
  if (!strcmp(command, "self")) {
    handle_all(note);
    int result = wos_kill(wos_pid(), SIGUSR1);
    printf("%d %s %d\n", result, name_of(last), count);
    signal(SIGUSR1, SIG_DFL);
    wos_kill(wos_pid(), atoi(argv[2]));
    printf("still here\n");
    return 0;
  }
  if (!strcmp(command, "raise")) {
    int result = register_raise(raise);
    signal(SIGTERM, note);
    printf("ready %d\n", result);
    result = poll(NULL, 0, 60000);
    printf("%s %d %d\n", name_of(last), result, errno == EINTR);
    for (;;) sleep(100);
  }
  if (!strcmp(command, "others")) {
    printf("init %d none %d self %d bad %d\n", wos_kill(1, SIGTERM) == EPERM || wos_kill(1, SIGTERM) == ESRCH,
           wos_kill(999999, 0) == ESRCH, wos_kill(wos_pid(), 0) == 0, wos_kill(wos_pid(), 64) == EINVAL);
    printf("other %d\n", wos_kill(atoi(argv[2]), SIGKILL) == EPERM);
    return 0;
  }
  return 99;
}
