/* Whether the OOM killer was there, be it for the daemon's limit or for the whole machine: all there is in the machine is the daemon. */
#include "agent.h"

uint64_t oom_count(void) {
  static char text[16384];
  if (!in_vm || read_text("/proc/vmstat", text, sizeof text) <= 0) return 0;
  char *at = strstr(text, "\noom_kill ");
  return at ? strtoull(at + 10, NULL, 10) : 0;
}
