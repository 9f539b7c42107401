/* File descriptors. The engine's limit for the program is ours too, and may be lower than what we would like to have open. So we lift our
 * own as far as we may, and the program gets back what the engine set. Where it stays too low we do without, first without the log (8),
 * then without the control socket (3). The state needs one, and takes the place of stdin when there is no other; readiness, when asked
 * for, needs three. */
#include "init.h"
#include <sys/resource.h>
#include <sys/stat.h>

enum { SPARE = 2, FOR_CONTROL = 2, FOR_LOG = 8, ENOUGH = 64 };
static struct rlimit given;
static bool lifted;

void make_room(void) {
  if (getrlimit(RLIMIT_NOFILE, &given) != 0 || given.rlim_cur >= ENOUGH) return;
  struct rlimit wanted = {ENOUGH, given.rlim_max > ENOUGH ? given.rlim_max : ENOUGH};
  lifted = setrlimit(RLIMIT_NOFILE, &wanted) == 0;
  if (lifted) return;
  wanted = (struct rlimit){given.rlim_max, given.rlim_max};
  lifted = setrlimit(RLIMIT_NOFILE, &wanted) == 0;
}

/* An engine may give us none of the three: what is opened next must not become the program's output. */
void have_standard(void) {
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0 && open("/", O_RDONLY) < 0) return;
}

/* In a child. What is open above the limit stays open. */
void give_back_room(void) {
  if (lifted) setrlimit(RLIMIT_NOFILE, &given);
}

int open_anyhow(const char *path, int flags, mode_t mode) {
  int fd = open(path, flags | O_CLOEXEC, mode);
  if (fd >= 0 || errno != EMFILE) return fd;
  close(0);
  return open(path, flags | O_CLOEXEC, mode);
}

static int count_free(void) {
  struct rlimit limits;
  int count = 0;
  if (getrlimit(RLIMIT_NOFILE, &limits) != 0) return 0;
  for (int fd = 0; fd < 1024 && (rlim_t)fd < limits.rlim_cur && count < ENOUGH; fd++)
    if (fcntl(fd, F_GETFD) < 0) count++;
  return count;
}

static void do_without(const char *what, int error) {
  char text[128];
  snprintf(text, sizeof text, "no %s: %s", what, strerror(error));
  complain(text, 0);
  begin_write();
  set_message(text);
  end_write();
}

/* Whoever may enter the folder may read and use what is in it: the user of the container is not that of the host. */
static void open_own_log(void) {
  mkdir("log", 0777);
  chmod("log", 0777);
  open_log_pipes();
}

void open_rest(void) {
  open_notify();
  if (capture_log && count_free() < FOR_LOG + FOR_CONTROL + SPARE) {
    do_without("log", EMFILE);
    capture_log = false;
  }
  if (capture_log) open_own_log();
  int error = EMFILE;
  for (int i = 0; i < MAX_CLIENTS; i++) clients[i].fd = -1;
  if (count_free() > FOR_CONTROL) {
    open_control();
    error = errno;
    if (control_fd >= 0) chmod("control", 0666);
  } else {
    unlink("control");
  }
  if (control_fd < 0) do_without("control socket", error);
}
