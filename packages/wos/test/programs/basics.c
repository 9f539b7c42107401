/* What a process is given, and how it ends. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

extern char **environ;

#pragma clang diagnostic ignored "-Winfinite-recursion"
static int deeper(int depth) {
  volatile char frame[64];
  frame[depth % 64] = 1;
  return deeper(depth + 1) + frame[0];
}

static int64_t nanoseconds(__wasi_clockid_t clock) {
  __wasi_timestamp_t time;
  if (__wasi_clock_time_get(clock, 0, &time) != 0) abort();
  return (int64_t)time;
}

int main(int argc, char **argv) {
  const char *command = argc > 1 ? argv[1] : "";
  if (!strcmp(command, "report")) {
    for (int i = 0; i < argc; i++) printf("arg <%s>\n", argv[i]);
    for (char **entry = environ; *entry; entry++) printf("env <%s>\n", *entry);
    return 0;
  }
  if (!strcmp(command, "exit")) exit(atoi(argv[2]));
  if (!strcmp(command, "streams")) {
    printf("out\n");
    fprintf(stderr, "err\n");
    printf("unfinished");
    return 0;
  }
  if (!strcmp(command, "clocks")) {
    int64_t real = nanoseconds(0), monotonic = nanoseconds(1), cpu = nanoseconds(2);
    usleep(50000);
    int64_t slept = nanoseconds(1) - monotonic, slept_cpu = nanoseconds(2) - cpu;
    for (volatile int i = 0; nanoseconds(2) - cpu < 30000000; i++) continue;
    printf("real %lld slept %lld cpu %lld\n", (long long)(real / 1000000), (long long)(slept / 1000), (long long)(slept_cpu / 1000));
    return 0;
  }
  if (!strcmp(command, "random")) {
    static unsigned char bytes[1000000];
    if (__wasi_random_get(bytes, sizeof bytes) != 0) return 1;
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof bytes; i++) sum += bytes[i];
    printf("mean %lld\n", (long long)(sum / (int64_t)sizeof bytes));
    return 0;
  }
  if (!strcmp(command, "unreachable")) __builtin_trap();
  if (!strcmp(command, "memory")) return *(volatile int *)(uintptr_t)0x7fffffff;
  if (!strcmp(command, "divide")) return argc * 7 / *(volatile int *)&(int){0};
  if (!strcmp(command, "recurse")) return deeper(0);
  if (!strcmp(command, "spin"))
    for (volatile int i = 0;; i++) continue;
  if (!strcmp(command, "sleep"))
    for (;;) sleep(1000);
  if (!strcmp(command, "count"))
    for (int i = 0;; i++) {
      printf("tick %d\n", i);
      fflush(stdout);
      usleep(20000);
    }
  if (!strcmp(command, "lines")) {
    for (int i = 0; i < atoi(argv[2]); i++) printf("line %d of a long series of lines that say nothing\n", i);
    return 0;
  }
  if (!strcmp(command, "cat")) {
    char block[1000];
    for (ssize_t got; (got = read(0, block, sizeof block)) > 0;) write(1, block, (size_t)got);
    return 0;
  }
  if (!strcmp(command, "grow")) {
    size_t total = 0;
    for (char *volatile block; (block = malloc(1 << 20)); total++) memset(block, 1, 1 << 20);
    printf("allocated %zu\n", total);
    return 0;
  }
  return 99;
}
