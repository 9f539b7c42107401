/* The page and the failure, as duende-init would have written them. */
#include "bridge.h"
#include <sys/stat.h>

static struct state_page shown;
static uint32_t guest_errno;

void open_page(void) {
  page = &shown;
  state_fd = open("state", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (state_fd < 0) warn("state: %s", strerror(errno)), exit(1);
  static const char zeros[STATE_SIZE];
  struct stat info;
  /* Written, not only reserved: no later store to the page can fail on a full disk. */
  if (fstat(state_fd, &info) == 0 && info.st_size < STATE_SIZE && pwrite(state_fd, zeros, STATE_SIZE, 0) != STATE_SIZE)
    warn("state: %s", strerror(errno)), exit(1);
  if (pread(state_fd, &shown, offsetof(struct state_page, committed), 0) < 0 || memcmp(shown.magic, STATE_MAGIC, 8))
    memset(&shown, 0, sizeof shown);
  guest_errno = shown.log_errno;
}

bool has_begun(void) { return shown.magic[0] && shown.state != CREATED; }

bool has_ended(void) { return shown.magic[0] && (shown.state == STOPPED || shown.state == FAILED); }

void show_page(const char *bytes) {
  struct state_page next = {0};
  memcpy(&next, bytes, offsetof(struct state_page, committed));
  if (memcmp(next.magic, STATE_MAGIC, 8)) return warn("the guest has sent a page that is none");
  if (shown.magic[0] && memcmp(next.id, shown.id, sizeof next.id)) return warn("the guest has sent the page of another daemon");
  guest_errno = next.log_errno;
  if (log_blocked_by) next.log_errno = log_blocked_by;
  next.sequence = shown.sequence;
  if (!memcmp(&next, &shown, sizeof next) && shown.sequence % 2 == 0) return;
  begin_write();
  next.sequence = shown.sequence;
  shown = next;
  end_write();
  if (has_ended()) close_control_socket();
}

/* A full disk of the host. */
void show_log_error(void) {
  if (!shown.magic[0]) return;
  begin_write();
  shown.log_errno = log_blocked_by ? log_blocked_by : guest_errno;
  end_write();
}

void put_file(const char *name, const char *data, size_t length) {
  char path[64];
  snprintf(path, sizeof path, "%s.new", name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool done = fd >= 0 && write_all(fd, data, length);
  if (fd >= 0) close(fd);
  if (!done || rename(path, name) != 0) warn("%s: %s", name, strerror(errno));
}

void write_failure(const char *line, size_t length) { put_file("failure", line, length); }
