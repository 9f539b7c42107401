/* What is stale after a snapshot was restored, or when the machine stood still: time, and randomness. */
#include "agent.h"
#include <sys/ioctl.h>
#include <time.h>

#define ADD_ENTROPY 0x40085203ul /* RNDADDENTROPY */
#define RESEED 0x5207ul          /* RNDRESEEDCRNG */

/* Small differences, in nanoseconds, stay: a clock that jumps all the time is worse. */
void set_clock(uint64_t ns, int64_t small) {
  if (!in_vm) return;
  struct timespec now, wanted = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t off = (int64_t)ns - ((int64_t)now.tv_sec * 1000000000ll + now.tv_nsec);
  if (off > -small && off < small) return;
  if (clock_settime(CLOCK_REALTIME, &wanted) != 0) send_note("the clock cannot be set: %s", strerror(errno));
}

void reseed(const void *random, size_t size) {
  if (!in_vm) return;
  struct { int bits, size; unsigned char bytes[64]; } pool = {(int)size * 8, (int)size, {0}};
  memcpy(pool.bytes, random, size);
  int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || ioctl(fd, (int)ADD_ENTROPY, &pool) != 0 || ioctl(fd, (int)RESEED, 0) != 0)
    send_note("randomness cannot be renewed: %s", strerror(errno));
  if (fd >= 0) close(fd);
}
