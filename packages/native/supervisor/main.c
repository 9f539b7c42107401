/* duende-supervise run [later]: the configuration comes over file descriptor 3, a stream socket.
 * Two processes for each daemon: a guardian, and its child, the supervisor. When the supervisor is killed, the guardian, being a
 * subreaper, inherits the daemon with its exit status and log pipes and goes on; see docs/native.md. */
#include "supervise.h"
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct config config;
struct state_page *page;

/* SIGUSR1: it tells that what the first run has opened is there. */
static int wait_for_supervisor(pid_t supervisor) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigaddset(&set, SIGUSR1);
  for (int status;;) {
    sigwaitinfo(&set, NULL);
    inherit();
    for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
      if (ended == supervisor) return status;
  }
}

static void guard(void) {
  enum mode mode = FIRST;
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  for (;;) {
    begin_write();
    page->guardian_pid = getpid();
    page->guardian_start = start_time(getpid());
    end_write();
    pid_t supervisor = fork();
    if (supervisor == 0) {
      supervise(mode, true);
      /* The guardian was killed meanwhile, and a run has ended: be the guardian of the next one. */
      mode = RESUME;
      continue;
    }
    if (supervisor < 0) {
      if (mode == FIRST) fail_spawn("fork", errno);
      supervise(mode, false);
      mode = RESUME;
      continue;
    }
    /* The handshake stays open here too: a guardian that takes over goes on with it. */
    int status = wait_for_supervisor(supervisor);
    if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
    supervise(TAKEOVER, false);
    mode = RESUME;
  }
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "version")) return puts("1"), 0;
  if (argc == 5 && !strcmp(argv[1], "remove")) return command_remove(argv[2], argv[3], argv[4]);
  if (argc == 3 && !strcmp(argv[1], "sweep")) return command_sweep(argv[2]);
  bool later = argc == 3 && !strcmp(argv[2], "later");
  if ((argc != 2 && !later) || strcmp(argv[1], "run") != 0) return 2;
  default_signals();
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  umask(077);
  fcntl(handshake_fd, F_SETFD, FD_CLOEXEC);
  close_inherited(handshake_fd + 1);
  /* What can be done before the client has said anything; the rest is in first.c. */
  page = mmap(NULL, STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return 1;
  open_settings();
  open_log_pipes();
  open_inheritance();
  /* A spare waits alone: it costs less, and a daemon is as old as its process. */
  struct pollfd word = {.fd = handshake_fd, .events = POLLIN};
  while (later && poll(&word, 1, -1) < 0 && errno == EINTR) continue;
  guard();
}
