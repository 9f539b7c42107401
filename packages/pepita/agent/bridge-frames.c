/* What the guest says, and when the daemon is run. */
#include "bridge.h"
#include <sys/stat.h>

enum { PART = 512 << 10, MOST_NOTES = 500 };
bool exit_told;
static bool may_run, done_seen;
static uint64_t done_at;
static unsigned char session_nonce[16];

void session_begins(const struct hello_ok *ok, const char *facts, size_t length) {
  static char text[70000];
  static const unsigned char none[16];
  may_run = !(ok->flags & (DAEMON_RUNS | DAEMON_ENDED));
  done_seen = exit_told = false;
  memcpy(session_nonce, ok->nonce, sizeof session_nonce);
  if (!may_run && memcmp(ok->run, none, sizeof none)) {
    if (memcmp(ok->run, known_run, sizeof known_run)) log_of_run(ok->run, ok->log_acked);
  }
  int head = snprintf(text, sizeof text, "version=%u\nflags=%u\nboot_id=%.39s\n", ok->version, ok->flags, ok->boot_id);
  size_t more = vmm_answered(text + head, 64);
  memcpy(text + head + more, facts, length);
  put_file("agent", text, (size_t)head + more + length);
}

void session_ended(void) {
  may_run = false;
  drop_asking();
  drop_exec_clients();
}

static char *read_config(size_t *length) {
  int fd = open("config", O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0) return NULL;
  char *bytes = fstat(fd, &info) == 0 && info.st_size > 4 && info.st_size < 64 << 20 ? malloc((size_t)info.st_size) : NULL;
  *length = bytes ? (size_t)info.st_size : 0;
  uint32_t total = 0;
  if (bytes && pread(fd, bytes, *length, 0) == (ssize_t)*length) memcpy(&total, bytes, sizeof total);
  close(fd);
  if (bytes && total > 0 && *length >= (size_t)total + 4) return bytes;
  free(bytes); /* not yet whole */
  return NULL;
}

/* As soon as there is a guest without a daemon, and a daemon without an end. */
void run_tick(void) {
  size_t length;
  static bool settings_read;
  if (settings_read && (!channel.session || !may_run)) return;
  char *config = read_config(&length);
  if (!config) return;
  read_log_settings(config + 4, length - 4);
  settings_read = true;
  if (once && channel.session && may_run && has_begun()) {
    /* A VMM has started its guest again by itself (cloud-hypervisor does when a kernel panics): nobody has asked for another run. */
    may_run = false;
    static const uint32_t off[2];
    warn("the guest has started again, and is switched off");
    return put_bytes(&channel, SHUTDOWN, off, sizeof off);
  }
  if (channel.session && may_run && !has_ended()) {
    may_run = false;
    char bytes[STATE_SIZE] = {0};
    if (pread(state_fd, bytes, STATE_SIZE, 0) < 0) warn("state: %s", strerror(errno));
    log_of_run(session_nonce, 0);
    struct run_part part = {RUN_BEGIN, 0};
    struct iovec first[] = {{&part, sizeof part}, {bytes, sizeof bytes}};
    put_frame(&channel, RUN, first, 2);
    for (size_t at = 0; at < length; at += PART) {
      size_t size = length - at < PART ? length - at : PART;
      part.flags = at + size == length ? RUN_END : 0;
      struct iovec parts[] = {{&part, sizeof part}, {config + at, size}};
      put_frame(&channel, RUN, parts, 2);
    }
  }
  free(config);
}

/* When all that there is to know of the daemon stands in the folder. */
void tell_exit(void) {
  if (!done_seen || exit_told || !channel.session || log_offset() < done_at || !has_ended()) return;
  put_bytes(&channel, EXIT_ACK, NULL, 0);
  exit_told = true;
}

/* Whoever is in the guest may write anything, and as often as it likes. */
static void repeat(const char *text, size_t length) {
  static int count;
  char line[480];
  if (length > sizeof line - 1) length = sizeof line - 1;
  for (size_t i = 0; i < length; i++) line[i] = text[i] > 0 && text[i] < ' ' ? ' ' : text[i];
  line[length] = 0;
  if (++count <= MOST_NOTES) warn("guest: %s%s", line, count == MOST_NOTES ? " (what else it says is not shown)" : "");
}

void take_guest_frame(uint16_t type, char *data, uint32_t length) {
  uint64_t number = 0;
  memcpy(&number, data, length < sizeof number ? length : sizeof number);
  switch (type) {
    case PAGE:
      if (length == STATE_SIZE) show_page(data);
      break;
    case LOG:
      if (length >= 8) take_log(number, data + 8, length - 8);
      break;
    case FAILURE: write_failure(data, length); break;
    case ANSWER:
      if (length >= 4) take_answer((uint32_t)number, data + 4, length - 4);
      break;
    case OUT: case EXEC_EXIT: case STATS_OK: case FILE_OK: case STDIN_ACK: take_for_client(type, data, length); break;
    case OOM_TEXT: case NOTE: repeat(data, length); break;
    case DONE:
      done_seen = true;
      done_at = number;
      break;
    case CLOCK_OK: clock_set(); break;
    case RESYNC:
      warn("the guest has lost its place");
      greet_again();
      session_ended();
      break;
    default: warn("a frame of the unknown type %u", type);
  }
}
