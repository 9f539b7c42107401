/* A name is one folder. It is made under another name and moved into place under one lock, so that of two spawns one wins. All of
 * this is done by the process that becomes the daemon (first.c), and taken back by its supervisor or guardian. */
#include "supervise.h"
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <stddef.h>

int base_fd = -1, folder_fd = -1, state_fd = -1;

/* `.new-ID` is the folder before it has its name, `.old-ID` the one that had the name before. */
static const char *hidden(const char *kind) {
  static char name[64];
  snprintf(name, sizeof name, ".%s-%s", kind, page->id);
  return name;
}

/* As mkdir -p: the first daemon of a user finds nothing. */
static void make_base(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s", config.base);
  for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
    *slash = 0;
    mkdir(path, 0700);
    *slash = '/';
  }
  if (mkdir(path, 0700) != 0 && errno != EEXIST) fail_spawn("state-folder", errno);
}

static int open_folder(int at, const char *path) { return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

void make_directory(void) {
  strncpy(page->id, config.id, sizeof page->id - 1);
  base_fd = open_folder(AT_FDCWD, config.base);
  if (base_fd < 0 && errno == ENOENT) {
    make_base();
    base_fd = open_folder(AT_FDCWD, config.base);
  }
  if (base_fd < 0) fail_spawn("state-folder", errno);
  if (mkdirat(base_fd, hidden("new"), 0700) != 0) fail_spawn("state-folder", errno);
  /* Held by guardian and supervisor together, until both are gone. */
  folder_fd = open_folder(base_fd, hidden("new"));
  if (folder_fd >= 0 && flock(folder_fd, LOCK_EX | LOCK_NB) == 0 && fchdir(folder_fd) == 0)
    state_fd = open("state", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (state_fd >= 0) return;
  int error = errno;
  remove_tree(base_fd, hidden("new")); /* nobody else can: they have not been given it yet */
  fail_spawn("state-folder", error);
}

/* Written, not only reserved: on a full disk this fails here, and no later store to the page can. */
void write_state(void) {
  static const char zeros[STATE_SIZE];
  size_t exported = offsetof(struct state_page, committed);
  struct iovec parts[] = {
      {page, exported}, {(void *)zeros, STATE_SIZE - exported}, {config.spec, config.spec_length}};
  if (!config.name || !config.program || !config.cwd || !config.spec || !config.boot_id || !config.argv || !config.envp)
    fail_spawn("config", EINVAL);
  strncpy(page->name, config.name, sizeof page->name - 1);
  strncpy(page->boot_id, config.boot_id, sizeof page->boot_id - 1);
  page->started_ms = wall_ms();
  page->run_begin = now_ms();
  memcpy(page->magic, STATE_MAGIC, 8);
  errno = ENOSPC;
  if (writev(state_fd, parts, 3) != (ssize_t)(STATE_SIZE + config.spec_length)) fail_spawn("state-folder", errno);
}

void claim_name(void) {
  int lock = base_lock(base_fd);
  if (lock < 0) fail_spawn("state-folder", errno);
  struct stat info;
  if (fstatat(base_fd, config.name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
    if (taken(base_fd, config.name)) fail_spawn("name", EEXIST);
    if (renameat(base_fd, config.name, base_fd, hidden("old")) != 0) fail_spawn("state-folder", errno);
    if (config.set.keep_log) {
      char log[128];
      snprintf(log, sizeof log, "%s/log", hidden("old"));
      page->log_moved = 1;
      renameat(base_fd, log, AT_FDCWD, "log");
    }
  }
  if (renameat(base_fd, hidden("new"), base_fd, config.name) != 0) fail_spawn("state-folder", errno);
  close(lock);
}

static bool there(const char *name) {
  struct stat info;
  return fstatat(base_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

void commit_claim(void) {
  if (there(hidden("old"))) remove_tree(base_fd, hidden("old"));
}

/* Nothing half made stays; what was there before comes back. How far the claim had come is asked of the disk: whoever made it may
 * have been killed at any instruction, and somebody else may have the name by now. */
void roll_back(void) {
  if (base_fd < 0 || !page->id[0]) return;
  int lock = base_lock(base_fd);
  struct stat own, named;
  bool in_place = page->name[0] && fstat(folder_fd, &own) == 0 &&
                  fstatat(base_fd, page->name, &named, AT_SYMLINK_NOFOLLOW) == 0 && own.st_ino == named.st_ino &&
                  own.st_dev == named.st_dev;
  if (in_place) renameat(base_fd, page->name, base_fd, hidden("new"));
  if (there(hidden("old"))) {
    char log[128];
    snprintf(log, sizeof log, "%s/log", hidden("old"));
    /* Fails where the log has not been moved: then there is one. */
    if (page->log_moved) renameat(folder_fd, "log", base_fd, log);
    renameat(base_fd, hidden("old"), base_fd, page->name);
  }
  remove_tree(base_fd, hidden("new"));
  if (lock >= 0) close(lock);
}
