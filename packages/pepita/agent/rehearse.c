/* A run that leaves nothing: all that the begin of a daemon takes, from its configuration to the end of its program, in a mount
 * namespace of its own. An emulated processor translates code when it runs first, which is most of what that takes; the next run finds
 * it translated. */
#include "agent.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static pid_t rehearsal;

static void tell(int error) { put_bytes(&channel, REHEARSED, &(int32_t){error}, sizeof(int32_t)); }

static int stand_apart(void) {
  channel.session = false;
  channel.fd = -1;
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return errno;
  make_parents(run_folder);
  mkdir(run_folder, 0755);
  if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return errno;
  return mount("tmpfs", run_folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") == 0 ? 0 : errno;
}

void rehearse(void (*begin)(void)) {
  const char *stage;
  int failed = rehearsal > 0 ? EBUSY : ensure_root(&stage);
  if (failed) return tell(failed);
  rehearsal = fork();
  if (rehearsal < 0) return rehearsal = 0, tell(errno);
  if (rehearsal > 0) return;
  int status = 0, error = stand_apart();
  if (error) _exit(error);
  begin();
  if (init_pid <= 0) _exit(ECHILD);
  while (waitpid(init_pid, &status, 0) < 0 && errno == EINTR) continue;
  _exit(0);
}

bool rehearsed(pid_t pid, int status) {
  if (pid != rehearsal) return false;
  rehearsal = 0;
  renew_group(); /* what it took is not the daemon's */
  tell(WIFEXITED(status) ? WEXITSTATUS(status) : EINTR);
  return true;
}

/* `duende-agent read FILE...`: what a rehearsal runs in the place of a program that is not to be run. */
int read_files(char **paths) {
  static char buffer[65536];
  for (; *paths; paths++) {
    int fd = open(*paths, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 1;
    while (read(fd, buffer, sizeof buffer) > 0) continue;
    close(fd);
  }
  return 0;
}
