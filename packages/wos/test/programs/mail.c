/* Messages between processes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "wos.h"

static char buffer[100000];

int main(int argc, char **argv) {
  const char *command = argv[1];
  int from;
  size_t length;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (!strcmp(command, "receive")) {
    printf("pid %d parent %d\n", wos_pid(), wos_parent());
    for (int left = atoi(argv[2]); left > 0; left--) {
      int result = wos_receive(buffer, sizeof buffer, -1, &from, &length);
      if (result) printf("error %s\n", strerror(result));
      else printf("from %d <%.*s>\n", from, (int)length, buffer);
    }
    return 0;
  }
  if (!strcmp(command, "answer")) {
    for (;;) {
      if (wos_receive(buffer, sizeof buffer, -1, &from, &length)) return 1;
      if (length == 0) return 0;
      while (wos_send(from, buffer, length) == EAGAIN) continue;
    }
  }
  if (!strcmp(command, "ask")) {
    int to = atoi(argv[2]);
    for (int i = 0; i < atoi(argv[3]); i++) {
      int size = snprintf(buffer, sizeof buffer, "message %d", i);
      if (wos_send(to, buffer, (size_t)size)) return 2;
      if (wos_receive(buffer, sizeof buffer, 5000, &from, &length)) return 3;
      char expected[40];
      if (snprintf(expected, sizeof expected, "message %d", i) != (int)length || memcmp(buffer, expected, length) || from != to) return 4;
    }
    return wos_send(to, "", 0);
  }
  if (!strcmp(command, "timeout")) {
    struct timespec before, after;
    printf("now %d\n", wos_receive(buffer, 10, 0, &from, &length) == EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &before);
    printf("later %d\n", wos_receive(buffer, 10, 50, &from, &length) == ETIMEDOUT);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long took = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    printf("in time %d\n", took >= 49 && took < 2000);
    return 0;
  }
  if (!strcmp(command, "small")) {
    int result = wos_receive(buffer, 3, -1, &from, &length);
    printf("%s %zu\n", result == EMSGSIZE ? "EMSGSIZE" : "?", length);
    result = wos_receive(buffer, sizeof buffer, 0, &from, &length);
    printf("%d <%.*s>\n", result, (int)length, buffer);
    return 0;
  }
  if (!strcmp(command, "flood")) {
    int to = atoi(argv[2]), sent = 0, full = 0, other = 0;
    for (int i = 0; i < 1000000; i++) switch (wos_send(to, "flood", 5)) {
        case 0: sent++; break;
        case EAGAIN: full++; break;
        default: other++;
      }
    printf("sent %d full %d other %d\n", sent, full, other);
    printf("big %d none %d\n", wos_send(to, buffer, sizeof buffer) == EMSGSIZE, wos_send(99999, "", 0) == ESRCH);
    return 0;
  }
  return 99;
}
