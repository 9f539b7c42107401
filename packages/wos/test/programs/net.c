/* TCP servers and clients, and waiting for several things at once. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "wos.h"

static char block[65536];

static int serve(int fd, int count) {
  while (count-- > 0) {
    int client = accept(fd, NULL, NULL);
    if (client < 0) return 1;
    for (ssize_t got; (got = recv(client, block, sizeof block, 0)) > 0;)
      for (ssize_t done = 0, sent; done < got; done += sent)
        if ((sent = send(client, block + done, (size_t)(got - done), 0)) < 0) return 2;
    shutdown(client, SHUT_WR);
    close(client);
  }
  return 0;
}

int main(int argc, char **argv) {
  const char *command = argv[1];
  int fd = -1, result;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (!strcmp(command, "serve")) {
    if ((result = wos_listen(argv[2], &fd))) {
      printf("%s\n", strerror(result));
      return 1;
    }
    printf("listening\n");
    return serve(fd, atoi(argv[3]));
  }
  if (!strcmp(command, "inherited")) {
    fd = atoi(getenv("WOS_LISTEN_FDS"));
    printf("listening %d\n", fd);
    return serve(fd, atoi(argv[2]));
  }
  if (!strcmp(command, "ask")) {
    if ((result = wos_connect(argv[2], &fd))) {
      printf("%s\n", strerror(result));
      return 1;
    }
    send(fd, argv[3], strlen(argv[3]), 0);
    shutdown(fd, SHUT_WR);
    ssize_t got = recv(fd, block, sizeof block, MSG_PEEK);
    printf("peeked %d\n", got > 0);
    size_t all = 0;
    while ((got = read(fd, block + all, sizeof block - all)) > 0) all += (size_t)got;
    printf("<%.*s>\n", (int)all, block);
    return 0;
  }
  if (!strcmp(command, "poll")) {
    if ((result = wos_listen(argv[2], &fd))) return 1;
    struct timespec before, after;
    printf("listening\n");
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    for (int left = 2; left > 0;) {
      if (poll(fds, 2, -1) < 0) return 2;
      if (fds[0].revents & POLLIN) {
        int client = accept(fd, NULL, NULL);
        printf("connection\n");
        close(client);
        left--;
      }
      if (fds[1].revents & POLLIN) {
        ssize_t got = read(0, block, sizeof block);
        printf("input %d\n", (int)got);
        if (got == 0) fds[1].fd = -1;
        left--;
      }
    }
    clock_gettime(CLOCK_MONOTONIC, &before);
    result = poll(fds, 1, 50);
    clock_gettime(CLOCK_MONOTONIC, &after);
    printf("timeout %d %d\n", result, (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 49);
    struct timespec until = {after.tv_sec, after.tv_nsec + 20000000};
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    clock_gettime(CLOCK_MONOTONIC, &before);
    printf("absolute %d\n", before.tv_sec > until.tv_sec || (before.tv_sec == until.tv_sec && before.tv_nsec >= until.tv_nsec));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    printf("nonblocking %d\n", accept(fd, NULL, NULL) < 0 && errno == EAGAIN);
    return 0;
  }
  return 99;
}
