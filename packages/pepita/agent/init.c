/* duende-init, as a child of the agent. */
#include "agent.h"
#include "../../container/init/init.h"
#include <sys/prctl.h>
#include <sys/stat.h>

enum { FILE_SIZE = 256 << 10, ALL_FILES = 1 << 30 };

static void open_rest_in_guest(void);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type" /* supervise() does not come back */
#define main init_main
#define open_rest open_rest_in_guest
#include "../../container/init/main.c"
#undef open_rest
#undef main
#pragma GCC diagnostic pop

/* The log as the host wants it is the host's: here are files that the agent removes one after the other. */
static void open_rest_in_guest(void) {
  config.set.log_max_size = FILE_SIZE;
  config.set.log_files = ALL_FILES;
  capture_log = 1;
  open_rest();
  chmod("log", 0700);
  chmod("control", 0600);
}

static char *plain_environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL, NULL};

_Noreturn void become_init(void) {
  static char folder[4200];
  prctl(PR_SET_NAME, "duende-init", 0, 0, 0);
  join_group(getpid());
  if (in_vm) put_text("/proc/self/oom_score_adj", "-1000");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setsid();
  umask(022);
  snprintf(folder, sizeof folder, "DUENDE_RUN=%s", run_folder);
  plain_environment[1] = folder;
  environ = plain_environment;
  capture_log = 1;
  if (chdir("/") != 0) _exit(126);
  char *argv[] = {"duende-init", NULL};
  _exit(init_main(1, argv));
}
