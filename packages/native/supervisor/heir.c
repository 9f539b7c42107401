/* When a guardian has taken over from its killed supervisor, nothing above it could take over from it. So it has an heir: a child that
 * waits for its end and then goes on in its place. The daemon is not the heir's child. It is watched through a pidfd, which was opened
 * while its PID was sure, and how it ended is asked of the kernel: pidfd ioctl PIDFD_GET_INFO with PIDFD_INFO_EXIT (Linux 6.15), or
 * exit_code of proc(5) stat as long as nobody has reaped it. Where neither answers, the end is reported as `lost`. */
#include "supervise.h"
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

bool adopted;
int adopted_fd = -1;
pid_t heir_pid;

/* linux/pidfd.h; musl's headers are older. */
struct exit_info {
  uint64_t mask, cgroup;
  uint32_t pid, tgid, ppid, ids[8];
  int32_t exit_code;
};
#define GET_INFO _IOWR(0xFF, 11, struct exit_info)
#define INFO_EXIT (1u << 3)

static void wait_for_end(pid_t holder) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
  while (getppid() == holder) sigwaitinfo(&set, NULL);
}

/* Returns in the holder, and again in each heir when it has become the holder. */
void have_heir(void) {
  int pid_fd = adopted_fd;
  for (;;) {
    if (page->main_pid <= 0) return;
    if (pid_fd < 0) pid_fd = (int)syscall(SYS_pidfd_open, page->main_pid, 0);
    if (pid_fd < 0) return; /* before Linux 5.3: the holder goes without */
    pid_t holder = getpid();
    heir_pid = fork();
    if (heir_pid != 0) {
      begin_write();
      page->guardian_pid = heir_pid > 0 ? heir_pid : getpid();
      page->guardian_start = start_time(page->guardian_pid);
      end_write();
      if (adopted_fd < 0) close(pid_fd);
      if (heir_pid < 0) heir_pid = 0;
      return;
    }
    wait_for_end(holder);
    if (page->state >= STOPPED) _exit(0);
    heir_pid = 0;
    adopted = true;
    adopted_fd = pid_fd;
    drop_clients();
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    begin_write();
    page->supervisor_pid = getpid();
    page->supervisor_start = start_time(getpid());
    end_write();
  }
}

void drop_heir(void) {
  if (heir_pid <= 0) return;
  kill(heir_pid, SIGKILL);
  while (waitpid(heir_pid, NULL, 0) < 0 && errno == EINTR) continue;
  heir_pid = 0;
}

/* proc(5): exit_code is field 52, in the form of wait(2); only of a zombie is it final. */
static bool zombie_exit(int *status) {
  char path[40], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)page->main_pid);
  if (read_text(path, text, sizeof text) <= 0) return false;
  char *at = strrchr(text, ')');
  if (!at || at[1] != ' ' || at[2] != 'Z') return false;
  for (int field = 2; at && field < 52; field++) at = strchr(at + 1, ' ');
  if (!at) return false;
  *status = atoi(at + 1);
  return true;
}

/* After the pidfd has become readable. Whoever inherited the daemon may take a moment to reap it. */
bool adopted_exit(int *status) {
  bool known = zombie_exit(status);
  for (int round = 0; !known && round < 100; round++) {
    struct exit_info info = {.mask = INFO_EXIT};
    if (ioctl(adopted_fd, GET_INFO, &info) == 0 && (info.mask & INFO_EXIT)) {
      *status = info.exit_code;
      known = true;
    } else if (!(known = zombie_exit(status))) {
      usleep(2000);
    }
  }
  close(adopted_fd);
  adopted_fd = -1;
  return known;
}
