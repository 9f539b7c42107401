#include "agent.h"
#include <sys/mount.h>
#include <sys/reboot.h>

_Noreturn void leave_machine(int how) {
  if (!in_vm) _exit(0);
  kill(-1, SIGKILL);
  sync();
  mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
  reboot(how == REBOOT ? RB_AUTOBOOT : RB_POWER_OFF);
  for (;;) pause();
}
