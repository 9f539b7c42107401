/* The log of the guest, a stream of records, in numbered files as native's. Which byte of the stream comes next is known from the size of
 * the last file and from where in the stream that file begins: that is written down before the file is made. */
#include "bridge.h"
#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>

static struct {
  char magic[8];
  unsigned char run[16];
  uint64_t number; /* of the file */
  int64_t start;   /* of the stream, at the begin of the file; below 0 when that begins with the log of another run */
} place = {.magic = "DUENDEb1", .number = 1};
unsigned char known_run[16];
uint32_t log_blocked_by;
static int place_fd = -1, file = -1;
static int64_t size, max_size = 10 << 20, files_kept = 5;
static bool part_open[2];
static char *pending;
static size_t pending_length;
static int64_t retry_at;

static void path_of(char *path, size_t room, uint64_t number) { snprintf(path, room, "log/%010llu", (unsigned long long)number); }
uint64_t log_offset(void) { return (uint64_t)(place.start + size); }

static bool write_place(void) {
  if (pwrite(place_fd, &place, sizeof place, 0) == sizeof place) return true;
  return warn("its own state: %s", strerror(errno)), false;
}

static void note_record(const char *record, size_t length) {
  const char *space = memchr(record, ' ', length); /* `TIME stdout P text` */
  if (space && record + length - space > 9) part_open[space[4] == 'e'] = space[8] == 'P';
}

static bool open_file(void) {
  char path[40];
  if (file >= 0) close(file);
  mkdir("log", 0700);
  path_of(path, sizeof path, place.number);
  file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  size = file < 0 ? 0 : lseek(file, 0, SEEK_END);
  return file >= 0;
}

/* A bridge that was killed in the middle of a write has left part of a record; and whether a line is open stands in the records. */
static void reread(void) {
  char *text = size > 0 ? malloc((size_t)size) : NULL;
  ssize_t got = text ? pread(file, text, (size_t)size, 0) : 0;
  if (got < 0) got = 0;
  char *last = got > 0 ? memrchr(text, '\n', (size_t)got) : NULL;
  int64_t whole = last ? last - text + 1 : 0;
  if (got == size && whole < size && ftruncate(file, whole) == 0) size = lseek(file, 0, SEEK_END);
  for (char *at = text, *end; last && at <= last; at = end + 1) {
    end = memchr(at, '\n', (size_t)(last - at) + 1);
    note_record(at, (size_t)(end - at));
  }
  free(text);
}

static uint64_t last_file(void) {
  uint64_t last = 0;
  DIR *folder = opendir("log");
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    uint64_t number = strtoull(entry->d_name, NULL, 10);
    if (number > last) last = number;
  }
  if (folder) closedir(folder);
  return last;
}

void open_log_state(const char *path) {
  place_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (place_fd < 0) warn("%s: %s", path, strerror(errno)), exit(1);
  if (flock(place_fd, LOCK_EX | LOCK_NB) != 0) warn("another one works here"), exit(75);
  char old[sizeof place];
  if (pread(place_fd, old, sizeof old, 0) == sizeof old && !memcmp(old, place.magic, 8)) memcpy(&place, old, sizeof place);
  else place.number = last_file() ?: 1;
  memcpy(known_run, place.run, sizeof known_run);
  if (open_file()) reread();
}

void log_of_run(const unsigned char *run, uint64_t offset) {
  memcpy(place.run, run, sizeof place.run);
  memcpy(known_run, run, sizeof known_run);
  place.start = (int64_t)offset - size;
  pending_length = 0;
  write_place();
}

void read_log_settings(const char *block, size_t length) {
  uint32_t head[2];
  for (size_t at = 0; length - at >= sizeof head && at < length; at += sizeof head + head[1] + 1) {
    memcpy(head, block + at, sizeof head);
    const char *value = block + at + sizeof head;
    if (head[1] >= length - at - sizeof head) return;
    if (head[0] != 9) continue; /* NUMBER, native's config.c */
    if (!strncmp(value, "log_max_size=", 13)) max_size = strtoll(value + 13, NULL, 10);
    if (!strncmp(value, "log_files=", 10)) files_kept = strtoll(value + 10, NULL, 10);
  }
}

static bool rotate(void) {
  int64_t start = place.start;
  char path[40];
  place.start += size;
  place.number++;
  if (!write_place() || !open_file()) {
    int error = errno;
    place.start = start;
    place.number--;
    write_place();
    open_file();
    return errno = error, false;
  }
  if (place.number <= (uint64_t)files_kept + 1) return true;
  uint64_t old = place.number - 1 - (uint64_t)files_kept;
  do path_of(path, sizeof path, old);
  while (unlink(path) == 0 && --old > 0);
  return true;
}

static bool append(const char *data, size_t length) {
  if ((file >= 0 || open_file()) && write_all(file, data, length)) return size += (int64_t)length, true;
  int error = errno ? errno : ENOSPC;
  if (file >= 0 && ftruncate(file, size) == 0) lseek(file, size, SEEK_SET);
  return errno = error, false;
}

/* All whole records that wait; false when they cannot be written now. */
static bool write_pending(void) {
  size_t at = 0;
  bool done = true;
  for (bool turn = true; turn && done;) {
    bool before[2] = {part_open[0], part_open[1]};
    size_t end = at;
    turn = false;
    while (end < pending_length && !turn) {
      turn = size + (int64_t)(end - at) >= max_size && !part_open[0] && !part_open[1];
      char *newline = turn ? NULL : memchr(pending + end, '\n', pending_length - end);
      if (!newline) break;
      note_record(pending + end, (size_t)(newline - pending) - end);
      end = (size_t)(newline - pending) + 1;
    }
    done = end == at || append(pending + at, end - at);
    if (done) at = end;
    else memcpy(part_open, before, sizeof before);
    if (done && turn) done = rotate();
  }
  int error = errno;
  memmove(pending, pending + at, pending_length - at);
  pending_length -= at;
  return errno = error, done;
}

void retry_log(void) {
  if (pending_length == 0 || (log_blocked_by && now_ms() < retry_at)) return;
  uint64_t before = log_offset();
  uint32_t blocked = write_pending() ? 0 : (uint32_t)errno;
  uint64_t now = log_offset();
  if (now != before) put_bytes(&channel, LOG_ACK, &now, sizeof now);
  retry_at = now_ms() + 200;
  if (blocked == log_blocked_by) return;
  log_blocked_by = blocked;
  show_log_error();
}

void take_log(uint64_t offset, const char *data, size_t length) {
  uint64_t expected = log_offset() + pending_length;
  if (offset < expected) { /* there already */
    size_t there = expected - offset < length ? (size_t)(expected - offset) : length;
    offset += there, data += there, length -= there;
  }
  if (length == 0) return;
  if (pending_length + length > LOG_WINDOW + MAX_PAYLOAD) { /* it does not wait for us */
    warn("the guest sends more of its log than it may");
    pending_length = 0;
    return lose_link();
  }
  if (offset > expected) {
    warn("%llu bytes of the log are missing", (unsigned long long)(offset - expected));
    place.start += (int64_t)(offset - expected);
    write_place();
  }
  pending = realloc(pending, pending_length + length);
  if (!pending) abort();
  memcpy(pending + pending_length, data, length);
  pending_length += length;
  retry_log();
}
