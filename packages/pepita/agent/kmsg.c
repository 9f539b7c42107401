/* What the kernel says about memory that has run out. */
#include "agent.h"

int kmsg_fd = -1;

void open_kmsg(void) {
  kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (kmsg_fd >= 0) lseek(kmsg_fd, 0, SEEK_END);
}

/* One record a read(2): `priority,number,time,flags;text`. */
void read_kmsg(void) {
  char record[2048];
  for (ssize_t got; (got = read(kmsg_fd, record, sizeof record - 1)) > 0 || (got < 0 && errno == EPIPE);) {
    if (got < 0) continue; /* some were overwritten */
    record[got] = 0;
    char *said = strchr(record, ';');
    if (!said || (!strstr(said, "Out of memory: ") && !strstr(said, "out of memory: "))) continue;
    said++;
    put_bytes(&channel, OOM_TEXT, said, strcspn(said, "\n"));
  }
}
