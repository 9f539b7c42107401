/* What duende-init leaves in its folder goes to the host: the page, the log, the failure. The files of the log are what is kept until
 * the host has it; each of them is removed when all of it has been acknowledged. */
#include "agent.h"
#include <sys/inotify.h>

enum { PIECE = 64 << 10, BUSY = 256 << 10 };
int watch_fd = -1;
static int page_fd = -1, log_file = -1;
static bool page_changed, done_sent;
static struct { uint64_t number, start; } *files;
static size_t file_count;
static size_t reading; /* of files */
static uint64_t sent, seen_written;

static void path_of(char *path, size_t size, uint64_t number) {
  snprintf(path, size, "%s/log/%010llu", run_folder, (unsigned long long)number);
}

static void add_file(uint64_t number, uint64_t start) {
  files = realloc(files, (file_count + 1) * sizeof *files);
  if (!files) abort();
  files[file_count].number = number;
  files[file_count++].start = start;
}

void watch_run(void) {
  char path[4096];
  watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  snprintf(path, sizeof path, "%s/state", run_folder);
  page_fd = open(path, O_RDWR | O_CLOEXEC);
  inotify_add_watch(watch_fd, path, IN_MODIFY);
  snprintf(path, sizeof path, "%s/log", run_folder);
  inotify_add_watch(watch_fd, path, IN_MODIFY | IN_CREATE);
  add_file(1, 0);
  page_changed = true;
}

void look_at_run(void) {
  char events[4096];
  while (read(watch_fd, events, sizeof events) > 0) continue;
  page_changed = true;
}

void start_mirror(const unsigned char *their_run, uint64_t offset) {
  page_changed = true;
  done_sent = false;
  if (run_begun && !memcmp(their_run, run_id, sizeof run_id) && offset <= SEEN(written)) log_acked(offset);
  sent = SEEN(acked);
  reading = 0;
  if (log_file >= 0) close(log_file);
  log_file = -1;
}

/* Everything before has been written on the host. */
void log_acked(uint64_t offset) {
  char path[4096];
  if (offset <= SEEN(acked) || offset > SEEN(written)) return;
  SHOW(acked, offset);
  while (reading > 0 && file_count > 1 && files[1].start <= offset) {
    path_of(path, sizeof path, files[0].number);
    unlink(path);
    memmove(files, files + 1, --file_count * sizeof *files);
    reading--;
  }
}

/* The next piece, of whole records; 0 when there is none now. */
static size_t read_piece(char *piece, uint64_t until) {
  char path[4096];
  for (;;) {
    if (log_file < 0) {
      path_of(path, sizeof path, files[reading].number);
      log_file = open(path, O_RDONLY | O_CLOEXEC);
      if (log_file < 0) return 0;
    }
    size_t wanted = until - sent < PIECE ? (size_t)(until - sent) : PIECE;
    ssize_t got = pread(log_file, piece, wanted, (off_t)(sent - files[reading].start));
    if (got > 0) {
      char *end = memrchr(piece, '\n', (size_t)got);
      return end ? (size_t)(end - piece) + 1 : (size_t)got;
    }
    if (reading + 1 == file_count) {
      path_of(path, sizeof path, files[reading].number + 1);
      if (access(path, F_OK) != 0) return 0;
      add_file(files[reading].number + 1, sent);
    }
    close(log_file);
    log_file = -1;
    reading++;
  }
}

static void mirror_log(void) {
  static char piece[PIECE];
  uint64_t until = seen_written = SEEN(written);
  while (sent < until && queued(&channel) < BUSY && sent - SEEN(acked) < LOG_WINDOW) {
    size_t length = read_piece(piece, until);
    if (length == 0) return;
    struct iovec parts[] = {{&sent, sizeof sent}, {piece, length}};
    put_frame(&channel, LOG, parts, 2);
    sent += length;
  }
}

static void send_failure(void) {
  char path[4096], line[1024];
  snprintf(path, sizeof path, "%s/failure", run_folder);
  ssize_t length = read_text(path, line, sizeof line);
  if (length > 0) put_bytes(&channel, FAILURE, line, (size_t)length);
}

/* A daemon's end is told when all that it has said has been told. */
static void mirror_page(void) {
  char bytes[STATE_SIZE];
  uint32_t after;
  page_changed = false;
  if (pread(page_fd, bytes, STATE_SIZE, 0) != STATE_SIZE || pread(page_fd, &after, 4, 8) != 4) return;
  struct state_page seen;
  memcpy(&seen, bytes, sizeof seen);
  if (init_pid > 0 && (seen.sequence % 2 != 0 || seen.sequence != after)) return; /* another change follows */
  bool ended = seen.state == STOPPED || seen.state == FAILED;
  if (ended && (!run_over || sent < SEEN(written))) {
    page_changed = true;
    return;
  }
  if (ended) send_failure();
  put_bytes(&channel, PAGE, bytes, STATE_SIZE);
}

void mirror(void) {
  if (!channel.session || page_fd < 0) return;
  mirror_log();
  if (page_changed && queued(&channel) < BUSY * 2) mirror_page();
  if (run_over && !page_changed && !done_sent) {
    struct done done = {SEEN(written)};
    put_bytes(&channel, DONE, &done, sizeof done);
    done_sent = true;
  }
}

/* Whether the log grows, or has grown since it was looked at: a write wakes before its bytes are counted. */
bool mirror_is_behind(void) { return channel.session && page_fd >= 0 && (SEEN(writing) || SEEN(written) != seen_written); }

/* For what duende-init cannot say itself, being dead or not yet there. */
void patch_page(void (*change)(struct state_page *)) {
  struct state_page now = {0};
  size_t shown = offsetof(struct state_page, committed);
  if (page_fd < 0 || pread(page_fd, &now, shown, 0) != (ssize_t)shown) return;
  change(&now);
  now.sequence = (now.sequence | 1) + 1;
  if (pwrite(page_fd, &now, shown, 0) < 0) send_note("the page: %s", strerror(errno));
  page_changed = true;
}
