/* Everything that the daemon started. This process is a subreaper (prctl(2)), so that orphans become its children and none,
 * double-forked or in a session of its own, leaves the tree. Only a daemon that was adopted (heir.c) is not below this process:
 * what it started is then known by $DUENDE_ID too. */
#include "supervise.h"
#include <dirent.h>
#include <sys/syscall.h>
#include <sys/wait.h>

struct entry { pid_t pid, parent; bool in; };
struct list { struct entry *entries; int count, room; };

static void add(struct list *list, pid_t pid, pid_t parent, bool in) {
  if (list->count == list->room) {
    int room = list->room * 2 + 64;
    struct entry *more = realloc(list->entries, sizeof *more * (size_t)room);
    if (!more) return;
    list->entries = more;
    list->room = room;
  }
  list->entries[list->count++] = (struct entry){pid, parent, in};
}

/* Parent of a process that is no zombie (which has no children left), else 0: fields 3 and 4 of stat, proc(5). */
static pid_t parent_of(pid_t pid) {
  char path[40], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  if (read_text(path, text, sizeof text) <= 0) return 0;
  char *end = strrchr(text, ')');
  return end && end[1] == ' ' && end[2] != 'Z' ? atoi(end + 4) : 0;
}

static void read_everything(struct list *list) {
  DIR *folder = opendir("/proc");
  for (struct dirent *item; folder && (item = readdir(folder));) {
    pid_t pid = atoi(item->d_name), parent = pid > 0 ? parent_of(pid) : 0;
    if (parent > 0) add(list, pid, parent, false);
  }
  if (folder) closedir(folder);
}

/* The children of each thread, proc_pid_task(5); many times quicker than a look at every process of the machine. */
static bool read_children(struct list *list, pid_t pid) {
  char path[64];
  static char text[65536];
  snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
  DIR *tasks = opendir(path);
  bool there = false;
  for (struct dirent *task; tasks && (task = readdir(tasks));) {
    if (task->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", (int)pid, task->d_name);
    ssize_t length = read_text(path, text, sizeof text);
    there = there || length >= 0;
    if (length >= (ssize_t)sizeof text - 1) there = false; /* more than fits: look at everything instead */
    char *at = text, *end = text;
    for (long child; length > 0 && (child = strtol(at, &end, 10)) > 0 && end != at; at = end) add(list, (pid_t)child, pid, true);
  }
  if (tasks) closedir(tasks);
  return there;
}

static void read_descendants(struct list *list) {
  bool quick = !adopted && read_children(list, getpid());
  for (int i = 0; quick && i < list->count; i++) read_children(list, list->entries[i].pid);
  if (quick) return;
  list->count = 0;
  read_everything(list);
}

/* Whether a process has this daemon's id in its environment, environ of proc(5). */
static bool marked(pid_t pid) {
  static char text[32768];
  char path[40], mark[64];
  snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
  ssize_t length = read_text(path, text, sizeof text);
  size_t mark_length = (size_t)snprintf(mark, sizeof mark, "DUENDE_ID=%s", page->id);
  return length > 0 && memmem(text, (size_t)length, mark, mark_length) != NULL;
}

/* A child's PID is its own until we reap it. Any other may be somebody else's by now: then its parent is another, and a pidfd
 * keeps that from changing between the look and the signal. */
static bool send(struct entry entry, int signal) {
  if (entry.parent == getpid()) return kill(entry.pid, signal) == 0;
  int fd = (int)syscall(SYS_pidfd_open, entry.pid, 0);
  if (fd < 0) return errno == ENOSYS && parent_of(entry.pid) == entry.parent && kill(entry.pid, signal) == 0;
  pid_t parent = parent_of(entry.pid);
  /* Its parent may have ended: then the nearest subreaper, us, has it. */
  bool same = parent == entry.parent || parent == getpid();
  bool sent = same && syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0;
  close(fd);
  return sent;
}

/* Signals every descendant once; how many were reached. */
static int signal_descendants(int signal) {
  struct list list = {0};
  int sent = 0;
  pid_t self = getpid();
  read_descendants(&list);
  for (bool grew = true; grew && list.count > 0;) {
    grew = false;
    for (int i = 0; i < list.count; i++) {
      struct entry *entry = &list.entries[i];
      if (entry->in || entry->pid == heir_pid || entry->pid == self) continue;
      bool child = entry->parent == self || (adopted && (entry->pid == page->main_pid || marked(entry->pid)));
      for (int j = 0; !child && j < list.count; j++) child = list.entries[j].in && list.entries[j].pid == entry->parent;
      entry->in = child;
      grew = grew || child;
    }
  }
  for (int i = 0; i < list.count; i++)
    if (list.entries[i].in && list.entries[i].pid != heir_pid && send(list.entries[i], signal)) sent++;
  free(list.entries);
  return sent;
}

/* Twice, for what was forked while the first round went on. */
void signal_tree(int signal) {
  if (signal_descendants(signal) > 1) signal_descendants(signal);
}

/* Kills and reaps until no child is left. Stopping them all first keeps a fork bomb from outrunning the kills. */
void kill_tree(void) {
  for (int round = 0; round < 400; round++) {
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) continue;
    if (pid < 0 && errno == ECHILD && (!adopted || signal_descendants(0) == 0)) return;
    if (round > 0) {
      signal_descendants(SIGSTOP);
      signal_descendants(SIGSTOP);
    }
    if (signal_descendants(SIGKILL) == 0 || round > 2) usleep(round < 20 ? 500 : 5000);
  }
}
