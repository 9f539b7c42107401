#include "supervise.h"
#include <dirent.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>

static int64_t clock_ms(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}
/* Monotonic for every delay: a clock that is set back must not hold up a restart. */
int64_t now_ms(void) { return clock_ms(CLOCK_MONOTONIC); }
int64_t wall_ms(void) { return clock_ms(CLOCK_REALTIME); }

ssize_t read_text(const char *path, char *buffer, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, buffer, size - 1);
  close(fd);
  buffer[length > 0 ? length : 0] = 0;
  return length;
}

/* proc(5): field 22 of stat, counted after the last ')' since the name may hold anything. */
uint64_t start_time(pid_t pid) {
  char path[40], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  if (read_text(path, text, sizeof text) <= 0) return 0;
  char *at = strrchr(text, ')');
  if (at && at[1] == ' ' && (at[2] == 'Z' || at[2] == 'X')) return 0; /* has ended, and waits for its parent */
  for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
  return at ? strtoull(at + 1, NULL, 10) : 0;
}

bool same_process(pid_t pid, uint64_t start) { return pid > 0 && start != 0 && start_time(pid) == start; }

/* Readers retry while the sequence is odd or has changed under them. A write to a file in place needs no disk space, survives a kill
 * at any instruction, and raises the inotify event that waiting clients sleep on. */
static void export_sequence(void) {
  if (state_fd < 0) return; /* not made yet */
  if (pwrite(state_fd, &page->sequence, sizeof page->sequence, offsetof(struct state_page, sequence)) < 0) return;
}

void begin_write(void) {
  page->sequence |= 1;
  export_sequence();
}

void end_write(void) {
  page->sequence |= 1;
  bool written = state_fd >= 0 && pwrite(state_fd, page, offsetof(struct state_page, committed), 0) > 0;
  page->sequence++;
  if (written) export_sequence();
}

void set_message(const char *text) {
  size_t length = strnlen(text, sizeof page->message - 1);
  memcpy(page->message, text, length);
  memset(page->message + length, 0, sizeof page->message - length);
}

bool write_all(int fd, const void *data, size_t length) {
  const char *at = data;
  while (length > 0) {
    ssize_t done = write(fd, at, length);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    at += done;
    length -= (size_t)done;
  }
  return true;
}

/* Removes a folder of files and one level of folders, which is all that there is. */
void remove_tree(int at, const char *name) {
  int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  DIR *folder = fdopendir(fd);
  if (!folder) {
    close(fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(folder));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (unlinkat(fd, entry->d_name, 0) != 0 && (errno == EISDIR || errno == EPERM)) remove_tree(fd, entry->d_name);
  }
  closedir(folder);
  unlinkat(at, name, AT_REMOVEDIR);
}

int signal_number(const char *name) {
  static const struct { const char *name; int number; } table[] = {
      {"TERM", SIGTERM}, {"KILL", SIGKILL}, {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"HUP", SIGHUP},
      {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"STOP", SIGSTOP}, {"CONT", SIGCONT}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (!strcmp(table[i].name, name)) return table[i].number;
  return 0;
}
