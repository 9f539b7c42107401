/* The log: numbered files in log/, records as in the Kubernetes CRI log format: `TIME STREAM FLAG TEXT`, FLAG being F for a whole
 * line and P for a part of one. A line is written when its bytes arrive, so that nothing is held back in memory. */
#include "supervise.h"
#include <dirent.h>
#include <sys/stat.h>
#include <time.h>

int log_read[2] = {-1, -1}, log_write[2] = {-1, -1};
static int peek[2] = {-1, -1}, null_fd = -1, log_fd = -1;
static int64_t log_size;
static bool part_open[2]; /* the last record of the stream was a part: no rotation inside a line */

static void log_path(char *path, size_t size, uint64_t index) {
  snprintf(path, size, "log/%010llu", (unsigned long long)index);
}

/* The daemon's ends are open for reading too, so that it gets no SIGPIPE when everything that reads them was killed. */
void open_log_pipes(void) {
  for (int i = 0; i < 2; i++) {
    int ends[2];
    char path[40];
    if (pipe2(ends, O_CLOEXEC) != 0) fail_spawn("log", errno);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[1]);
    log_write[i] = open(path, O_RDWR | O_CLOEXEC);
    if (log_write[i] < 0) log_write[i] = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
    close(ends[1]);
    log_read[i] = ends[0];
    fcntl(log_read[i], F_SETFL, O_NONBLOCK);
  }
  if (pipe2(peek, O_CLOEXEC) != 0) fail_spawn("log", errno);
  null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
}

/* Else opening /dev/stdout would be denied to another user. */
void give_log_pipes(void) {
  for (int i = 0; i < 2; i++)
    if (config.set.uid >= 0 && fchown(log_read[i], (uid_t)config.set.uid, (gid_t)-1) != 0 && errno != EPERM)
      fail_spawn("log", errno);
}

static bool open_file(uint64_t index) {
  char path[40];
  log_path(path, sizeof path, index);
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  if (log_fd >= 0) close(log_fd);
  log_fd = fd;
  log_size = lseek(fd, 0, SEEK_END);
  page->log_index = index;
  return true;
}

/* After the last file that there is: the log of a restarted daemon goes on, and so does the one of a guardian that takes over. */
bool ensure_log(void) {
  uint64_t last = 0;
  if (log_fd >= 0) return true;
  DIR *folder = mkdir("log", 0700) == 0 ? NULL : opendir("log");
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    uint64_t index = strtoull(entry->d_name, NULL, 10);
    if (index > last) last = index;
  }
  if (folder) closedir(folder);
  return open_file(last ? last : 1);
}

/* The next file; the oldest goes when there are more than are kept. */
static void rotate(void) {
  if (!open_file(page->log_index + 1)) return;
  char path[40];
  if (page->log_index <= (uint64_t)config.set.log_files + 1) return;
  /* One more than its number a time: after a change of the setting all older ones go, one a rotation at least. */
  uint64_t old = page->log_index - 1 - (uint64_t)config.set.log_files;
  do log_path(path, sizeof path, old);
  while (unlink(path) == 0 && --old > 0);
}

static void set_blocked(uint32_t error) {
  if (page->log_errno == error) return;
  begin_write();
  page->log_errno = error;
  end_write();
}

bool log_blocked(void) { return page->log_errno != 0; }

/* Writes whole records or, on a full disk, none: what was written of them is cut off again. */
static bool append(const char *data, size_t length) {
  if (ensure_log() && write_all(log_fd, data, length)) {
    log_size += (int64_t)length;
    set_blocked(0);
    return true;
  }
  int error = errno ? errno : ENOSPC;
  if (log_fd >= 0 && ftruncate(log_fd, log_size) == 0) lseek(log_fd, log_size, SEEK_SET);
  set_blocked((uint32_t)error);
  return false;
}

static size_t head(char *at, size_t size, int stream) {
  struct timespec now;
  struct tm date;
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &date);
  return (size_t)snprintf(at, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ %s ", date.tm_year + 1900, date.tm_mon + 1,
                          date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec, now.tv_nsec / 1000,
                          stream == 0 ? "stdout" : "stderr");
}

static char in[8192], out[16384];

/* How many bytes of `in` stand in the log afterwards. */
static size_t write_records(int stream, size_t length) {
  char prefix[48];
  size_t prefix_length = head(prefix, sizeof prefix, stream), at = 0, filled = 0, committed = 0;
  while (at < length) {
    char *newline = memchr(in + at, '\n', length - at);
    size_t text = newline ? (size_t)(newline - in) - at : length - at;
    bool full = log_size + (int64_t)filled >= config.set.log_max_size && !part_open[0] && !part_open[1];
    if (full || filled + prefix_length + text + 3 > sizeof out) {
      if (!append(out, filled)) return committed;
      committed = at;
      filled = 0;
      if (full) rotate();
    }
    memcpy(out + filled, prefix, prefix_length);
    filled += prefix_length;
    out[filled++] = newline ? 'F' : 'P';
    out[filled++] = ' ';
    memcpy(out + filled, in + at, text);
    filled += text;
    out[filled++] = '\n';
    part_open[stream] = newline == NULL;
    at += text + (newline != NULL);
  }
  return append(out, filled) ? length : committed;
}

/* Moves what a pipe holds into the log, at most one buffer; true when there may be more. The bytes leave the pipe only after they
 * have been written (tee(2)), so that a kill in between repeats them rather than loses them. */
bool pump_log(int stream) {
  ssize_t seen = tee(log_read[stream], peek[1], sizeof in, SPLICE_F_NONBLOCK);
  if (seen <= 0) return false;
  ssize_t length = read(peek[0], in, sizeof in);
  if (length <= 0) return false;
  size_t done = write_records(stream, (size_t)length);
  for (size_t left = done; left > 0;) {
    ssize_t gone = splice(log_read[stream], NULL, null_fd, NULL, left, SPLICE_F_NONBLOCK);
    if (gone <= 0) gone = read(log_read[stream], in, left < sizeof in ? left : sizeof in);
    if (gone <= 0) break;
    left -= (size_t)gone;
  }
  return done == (size_t)length;
}

/* After everything that writes has ended: all that is still in the pipes. */
void drain_logs(void) {
  for (int stream = 0; stream < 2; stream++)
    while (pump_log(stream)) continue;
}

/* The text of the last record: what a program that failed to start said last. */
size_t last_log_line(char *text, size_t size) {
  char tail[1024], path[40];
  text[0] = 0;
  log_path(path, sizeof path, page->log_index);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t got = pread(fd, tail, sizeof tail - 1, log_size > (int64_t)sizeof tail - 1 ? log_size - (int64_t)sizeof tail + 1 : 0);
  close(fd);
  if (got <= 1) return 0;
  tail[got - 1] = 0; /* the last newline */
  char *line = strrchr(tail, '\n');
  line = line ? line + 1 : tail;
  for (int field = 0; line && field < 3; field++) line = (line = strchr(line, ' ')) ? line + 1 : NULL;
  if (!line) return 0;
  snprintf(text, size, "%s", line);
  return strlen(text);
}
