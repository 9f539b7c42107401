/* Native's look at everything below us. Where /proc cannot be read, or descriptors have run out, PID 1 can still reach all there is. */
#include "init.h"
#define signal_tree signal_below
#define kill_tree kill_below
#include "../../native/supervisor/tree.c"
#undef signal_tree
#undef kill_tree

bool adopted; /* never: the program is our child */
pid_t heir_pid;

static bool can_look(void) {
  int folder = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  bool can = folder >= 0 && file >= 0;
  if (folder >= 0) close(folder);
  if (file >= 0) close(file);
  return can || getpid() != 1;
}

void signal_tree(int signal) {
  if (can_look()) signal_below(signal);
  else kill(-1, signal);
}

void kill_everything(void) {
  if (getpid() != 1) return kill_below();
  for (int round = 0; round < 400; round++) {
    kill(-1, SIGKILL);
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) continue;
    if (pid < 0) return;
    usleep(round < 20 ? 500 : 5000);
  }
}

/* Between two runs: what somebody runs in the container through the engine stays. */
void kill_tree(void) {
  if (can_look()) kill_below();
  if (!can_look() || waitpid(-1, NULL, WNOHANG) >= 0) kill_everything();
}
