/* What the bench has processes do: plain WASI, so that every runtime can run it. */
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void park(void) {
  for (;;) poll(NULL, 0, 100000000);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
  const char *command = argc > 1 ? argv[1] : "";
  if (!strcmp(command, "hello")) return puts("ready") < 0;
  if (!strcmp(command, "park")) park();
  if (!strcmp(command, "say")) {
    puts("ready");
    fflush(stdout);
    park();
  }
  if (!strcmp(command, "spin")) {
    puts("ready");
    fflush(stdout);
    for (volatile unsigned count = 0;; count++) continue;
  }
  if (!strcmp(command, "yield"))
    for (;;) sched_yield();
  /* Microseconds of a system call, again and again: a line for each thousandth message that the reader may want. */
  if (!strcmp(command, "calls")) {
    int rounds = atoi(argv[2]), calls = atoi(argv[3]);
    for (int round = 0; round < rounds; round++) {
      double begin = now();
      struct timespec time;
      for (int call = 0; call < calls; call++) clock_gettime(CLOCK_MONOTONIC, &time);
      printf("%f\n", (now() - begin) / calls);
      fflush(stdout);
    }
    return 0;
  }
  return 99;
}
