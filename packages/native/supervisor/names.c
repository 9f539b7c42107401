/* Which names are taken, and the short commands that clear them. All of it happens under the one lock of the folder of all daemons. */
#include "supervise.h"
#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>

int base_lock(int at) {
  int fd = openat(at, ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return -1;
  while (flock(fd, LOCK_EX) != 0)
    if (errno != EINTR) { close(fd); return -1; }
  return fd;
}

/* Whether the process that keeps a folder is alive: it holds the lock of the folder as long as it lives. */
static bool kept(int at, const char *name, int wait_ms) {
  int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return false;
  bool held = flock(fd, LOCK_EX | LOCK_NB) != 0;
  for (; held && wait_ms > 0; wait_ms -= 2) {
    usleep(2000);
    held = flock(fd, LOCK_EX | LOCK_NB) != 0;
  }
  close(fd);
  return held;
}

static bool read_page(int at, const char *name, struct state_page *into) {
  char path[128];
  snprintf(path, sizeof path, "%s/state", name);
  int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return false;
  bool whole = read(fd, into, sizeof *into) == (ssize_t)sizeof *into && !memcmp(into->magic, STATE_MAGIC, 8) &&
               into->state <= FAILED && strnlen(into->id, sizeof into->id) == 36 && into->name[sizeof into->name - 1] == 0;
  close(fd);
  return whole;
}

/* A name is taken while its daemon, or what keeps it, lives. A damaged folder that nobody keeps may be replaced. */
bool taken(int at, const char *name) {
  struct state_page other;
  bool readable = read_page(at, name, &other);
  bool ended = readable && (other.state == STOPPED || other.state == FAILED);
  /* Who has published an end, or cannot be asked, may be on its way out. */
  if (kept(at, name, ended || !readable ? 1000 : 0)) return true;
  return readable && !ended && same_process(other.main_pid, other.main_start);
}

/* 0 removed or not there; 1 cannot; 3 another daemon has the name; 4 it runs. An empty id removes a damaged entry. */
int command_remove(const char *base, const char *name, const char *id) {
  int at = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (at < 0) return errno == ENOENT ? 0 : 1;
  int lock = base_lock(at);
  if (lock < 0) return 1;
  struct stat info;
  if (fstatat(at, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  struct state_page other;
  bool readable = read_page(at, name, &other);
  if (readable && strncmp(other.id, id, sizeof other.id) != 0) return 3;
  if (!readable && id[0]) return 3;
  if (taken(at, name)) return 4;
  char trash[80];
  snprintf(trash, sizeof trash, ".gone-%d-%lld", (int)getpid(), (long long)now_ms());
  if (renameat(at, name, at, trash) != 0) return 1;
  close(lock);
  remove_tree(at, trash);
  return 0;
}

/* Clears what processes that were killed in the middle of something left. */
int command_sweep(const char *base) {
  int at = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (at < 0) return errno == ENOENT ? 0 : 1;
  int lock = base_lock(at);
  DIR *folder = fdopendir(dup(at));
  if (lock < 0 || !folder) return 1;
  for (struct dirent *entry; (entry = readdir(folder));) {
    const char *name = entry->d_name;
    struct state_page other;
    struct stat info;
    if (!strncmp(name, ".new-", 5) || !strncmp(name, ".gone-", 6)) {
      /* Young ones may not hold their lock yet. */
      bool young = fstatat(at, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || wall_ms() / 1000 - info.st_mtime < 5;
      if (!young && !kept(at, name, 0)) remove_tree(at, name);
    } else if (!strncmp(name, ".old-", 5)) {
      char maker[80];
      snprintf(maker, sizeof maker, ".new-%s", name + 5);
      if (fstatat(at, maker, &info, 0) == 0) continue;
      bool readable = read_page(at, name, &other) && !strchr(other.name, '/');
      if (readable && fstatat(at, other.name, &info, 0) != 0) renameat(at, name, at, other.name);
      /* Its place is taken by the spawn that moved it aside and is about to clear it, or was killed before it could. */
      else if (readable && !kept(at, other.name, 0)) remove_tree(at, name);
    }
  }
  closedir(folder);
  return 0;
}
