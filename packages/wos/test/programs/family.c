/* What a process does that starts others. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "wos.h"

static const char *const everything[] = {"*", NULL};

static int again(const char *const *args, const char *const *caps) {
  struct wos_spawn what = {.args = args, .caps = caps};
  int pid = 0;
  int error = wos_spawn(&what, &pid);
  if (error) printf("spawn %d\n", error);
  return error ? -error : pid;
}

static int start(const char *command, const char *argument) {
  const char *args[] = {"family", command, argument, NULL};
  return again(args, everything);
}

static void report(const char *what, int error, struct wos_end end) {
  if (error) printf("%s: error %d\n", what, error);
  else printf("%s: code %u signal %d\n", what, end.code, end.signal);
}

static void on_signal(int number) { (void)number; }

int main(int argc, char **argv) {
  const char *command = argv[1];
  struct wos_end end = {0};
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (!strcmp(command, "exit")) return atoi(argv[2]);
  if (!strcmp(command, "sleep")) {
    puts("sleeps");
    for (;;) sleep(60);
  }
  if (!strcmp(command, "spin"))
    for (volatile unsigned i = 0;; i++) {}
  if (!strcmp(command, "tell")) {
    printf("%s %s %s parent %d\n", argv[0], argv[2], getenv("COLOUR") ? getenv("COLOUR") : "none", wos_parent());
    fprintf(stderr, "and on stderr\n");
    return 0;
  }
  if (!strcmp(command, "basic")) {
    const char *args[] = {"other", "tell", "me", NULL}, *env[] = {"COLOUR=blue", NULL};
    struct wos_spawn what = {.args = args, .env = env, .name = "teller"};
    int pid;
    int error = wos_spawn(&what, &pid);
    int waited = wos_wait(pid, -1, &end);
    printf("spawn %d\n", error);
    report("tell", waited, end);
    pid = start("exit", "7");
    report("exit", wos_wait(0, -1, &end), end);
    printf("the same %d, gone %d\n", end.pid == pid, wos_wait(pid, -1, &end) == ECHILD);
    report("none", wos_wait(0, 0, &end), end);
    pid = start("sleep", "");
    report("poll", wos_wait(pid, 0, &end), end);
    report("later", wos_wait(pid, 30, &end), end);
    printf("kill %d\n", wos_kill(pid, SIGTERM));
    report("killed", wos_wait(pid, -1, &end), end);
    printf("dead %d\n", wos_kill(pid, 0) == ESRCH);
    return 0;
  }
  if (!strcmp(command, "interrupted")) {
    signal(SIGUSR1, on_signal);
    start("sleep", "");
    puts("waits");
    report("wait", wos_wait(0, -1, &end), end);
    return 0;
  }
  /* A chain: each starts the next, and the last one sleeps. */
  if (!strcmp(command, "chain")) {
    int left = atoi(argv[2]);
    char next[12];
    snprintf(next, sizeof next, "%d", left - 1);
    printf("%d left\n", left);
    if (left > 0) start("chain", next);
    for (;;) sleep(60);
  }
  /* Starts one that sleeps, and ends: an orphan. */
  if (!strcmp(command, "orphan")) return start("sleep", "") < 0;
  /* A grandchild that is an orphan can be killed; one's parent, another's child, and init cannot. */
  if (!strcmp(command, "rights")) {
    int pid = start("orphan", "");
    report("orphan", wos_wait(pid, -1, &end), end);
    printf("orphan %d init %d stranger %d\n", wos_kill(pid + 1, SIGKILL), wos_kill(1, SIGKILL), wos_kill(atoi(argv[2]), SIGKILL));
    return 0;
  }
  if (!strcmp(command, "kill-parent")) return wos_kill(wos_parent(), SIGKILL);
  if (!strcmp(command, "zombies")) {
    for (int i = 0; i < atoi(argv[2]); i++) start("exit", "0");
    puts("started");
    for (;;) sleep(60);
  }
  /* Starts as many as it can, each of which does the same. */
  if (!strcmp(command, "bomb"))
    for (;;) {
      const char *args[] = {"family", "bomb", NULL};
      struct wos_spawn what = {.args = args, .caps = everything};
      int pid;
      wos_spawn(&what, &pid);
    }
  if (!strcmp(command, "spin-all")) {
    for (int i = 0; i < atoi(argv[2]); i++) start("spin", "");
    for (;;) sleep(60);
  }
  /* Starts and forgets, and its children the same, and ends: a chain without end. */
  if (!strcmp(command, "run-away")) return start("run-away", "") < 0;
  if (!strcmp(command, "churn")) {
    for (int i = atoi(argv[2]); i > 0; i--) {
      int pid = start("exit", "0");
      if (pid < 0 || wos_wait(pid, -1, &end) || end.code || end.signal) return 1;
    }
    return 0;
  }
  if (!strcmp(command, "count")) {
    int count = 0;
    for (int pid; (pid = start("sleep", "")) > 0; count++) {}
    printf("started %d\n", count);
    return 0;
  }
  /* What the child may: each argument after the module, or "-", is a capability. */
  if (!strcmp(command, "grant")) {
    const char *args[] = {"files", argv[3], argv[4], NULL};
    struct wos_spawn what = {.module = strcmp(argv[2], "-") ? argv[2] : NULL, .args = args, .caps = (const char *const *)argv + 5};
    int pid = 0, error = wos_spawn(&what, &pid);
    printf("spawn %d\n", error);
    if (!error) report("child", wos_wait(pid, -1, &end), end);
    return 0;
  }
  if (!strcmp(command, "read") || !strcmp(command, "write")) {
    FILE *file = fopen(argv[2], *command == 'r' ? "r" : "w");
    char line[80] = "";
    if (!file) return errno;
    if (*command == 'r' && fgets(line, sizeof line, file)) printf("read %s\n", line);
    return 0;
  }
  return 99;
}
