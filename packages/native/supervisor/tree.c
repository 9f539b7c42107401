/* Everything that the daemon started. This process is a subreaper (prctl(2)), so that orphans become its children and none,
 * double-forked or in a session of its own, leaves the tree. Only a daemon that was adopted (heir.c) is not below this process:
 * what it started is then known by $DUENDE_ID too. */
#include "supervise.h"
#include <dirent.h>
#include <sys/wait.h>

struct entry { pid_t pid, parent; bool in; };

static int read_processes(struct entry **entries) {
  DIR *folder = opendir("/proc");
  int count = 0, room = 0;
  *entries = NULL;
  if (!folder) return 0;
  for (struct dirent *item; (item = readdir(folder));) {
    if (item->d_name[0] < '1' || item->d_name[0] > '9') continue;
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.16s/stat", item->d_name);
    if (read_text(path, text, sizeof text) <= 0) continue;
    char *end = strrchr(text, ')');
    if (!end || end[1] != ' ' || end[2] == 'Z') continue; /* a zombie has no children left */
    if (count == room) {
      struct entry *more = realloc(*entries, sizeof **entries * (size_t)(room = room * 2 + 256));
      if (!more) break;
      *entries = more;
    }
    (*entries)[count++] = (struct entry){atoi(item->d_name), atoi(end + 4), false};
  }
  closedir(folder);
  return count;
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

/* Signals every descendant once; the number of them that were not in `seen` before. */
static int signal_descendants(int signal) {
  struct entry *entries;
  int count = read_processes(&entries), sent = 0;
  pid_t self = getpid();
  for (bool grew = true; grew;) {
    grew = false;
    for (int i = 0; i < count; i++) {
      if (entries[i].in || entries[i].pid == heir_pid || entries[i].pid == self) continue;
      bool child = entries[i].parent == self || (adopted && marked(entries[i].pid));
      for (int j = 0; !child && j < count; j++) child = entries[j].in && entries[j].pid == entries[i].parent;
      if (!child) continue;
      entries[i].in = grew = true;
      if (kill(entries[i].pid, signal) == 0) sent++;
    }
  }
  free(entries);
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
