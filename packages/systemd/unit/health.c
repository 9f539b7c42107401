/* Health checks, one at a time, as packages/native/supervisor/health.c makes them. */
#include "unit.h"

_Noreturn void check_health(int main_pidfd, pid_t main_pid, char **envp) {
  (void)main_pidfd, (void)main_pid, (void)envp;
  notify_barrier();
  _exit(0);
}
