/* duende-supervise run: the configuration comes over file descriptor 3, a stream socket.
 * Two processes for each daemon: a guardian, and its child, the supervisor. When the supervisor is killed, the guardian, being a
 * subreaper, inherits the daemon with its exit status and log pipes and goes on; see docs/native.md. */
#include "supervise.h"
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct config config;
struct state_page *page;
int base_fd = -1;

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
    int status;
    pid_t ended;
    while ((ended = waitpid(-1, &status, 0)) != supervisor)
      if (ended < 0 && errno != EINTR) break;
    if (ended == supervisor && WIFEXITED(status)) _exit(WEXITSTATUS(status));
    supervise(TAKEOVER, false);
    mode = RESUME;
  }
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "version")) return puts("1"), 0;
  if (argc == 5 && !strcmp(argv[1], "remove")) return command_remove(argv[2], argv[3], argv[4]);
  if (argc == 3 && !strcmp(argv[1], "sweep")) return command_sweep(argv[2]);
  if (argc != 2 || strcmp(argv[1], "run") != 0) return 2;
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigaction(SIGPIPE, &ignore, NULL);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  umask(077);
  fcntl(handshake_fd, F_SETFD, FD_CLOEXEC);
  close_inherited(handshake_fd + 1);
  read_config(handshake_fd);
  make_directory();
  open_log_pipes(); /* what can be done before the client has said more */
  read_config(handshake_fd);
  write_state();
  give_log_pipes();
  claim_name();
  open_notify();
  make_cgroups();
  guard();
}
