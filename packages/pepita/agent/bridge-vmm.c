/* duende-bridge vmm [PID START]: becomes the VMM of the working directory. Its supervisor starts it again when it dies, but a snapshot is restored by
 * whoever has started the VM, and only once. So `argv.first`, if there is one, is for the first time, `argv` for each further one: arguments,
 * each with a NUL, the program first. What the VMM before has told of its end is put aside: the next one writes from the begin. */
#include "bridge.h"
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { MOST_ARGUMENTS = 512, MOST_BYTES = 1 << 20 };

static _Noreturn void give_up(const char *what) {
  warn("vmm: %s: %s", what, strerror(errno));
  exit(errno == ENOENT ? 127 : 126);
}

static char *read_arguments(void) {
  const char *name = "argv";
  int fd = open("argv.first", O_RDONLY | O_CLOEXEC);
  if (fd >= 0 && unlink("argv.first") != 0) give_up("argv.first");
  if (fd < 0) fd = open(name, O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0) give_up(name);
  if (info.st_size < 2 || info.st_size > MOST_BYTES) errno = EINVAL, give_up(name);
  char *text = calloc(1, (size_t)info.st_size + 1);
  if (!text || pread(fd, text, (size_t)info.st_size, 0) != info.st_size) give_up(name);
  if (text[info.st_size - 1] != 0) errno = EINVAL, give_up(name);
  text[info.st_size] = 0;
  close(fd);
  return text;
}

static void put_events_aside(void) {
  struct stat info;
  if (stat("events.out", &info) != 0 || info.st_size == 0) return;
  if (rename("events.out", "events.last") != 0) give_up("events.out");
  int fd = open("events.out", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) give_up("events.out");
  close(fd);
}

/* Whose VMM this is, for the bridge that looks whether its guest comes up. */
static void write_pid(void) {
  int fd = open("pid", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || dprintf(fd, "%d %llu\n", (int)getpid(), (unsigned long long)start_time(getpid())) < 0) give_up("pid");
  close(fd);
}

static bool is_taken(void) { return access("taken", F_OK) == 0; }

/* Ends the VMM with its owner. Where the kernel has no pidfd, the next client removes what is left. */
static _Noreturn void watch(pid_t owner, uint64_t owner_start, pid_t vmm, uint64_t vmm_start) {
  prctl(PR_SET_NAME, "duende-watch", 0, 0, 0);
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; null >= 0 && fd < 3; fd++) dup2(null, fd);
  int vmm_fd = (int)syscall(SYS_pidfd_open, vmm, 0), owner_fd = (int)syscall(SYS_pidfd_open, owner, 0);
  if (vmm_fd < 0 || !same_process(vmm, vmm_start)) _exit(0);
  struct pollfd set[] = {{vmm_fd, POLLIN, 0}, {owner_fd, POLLIN, 0}};
  while (same_process(owner, owner_start) && !(set[0].revents | set[1].revents)) poll(set, 2, -1);
  if (!set[0].revents && !is_taken()) syscall(SYS_pidfd_send_signal, vmm_fd, SIGKILL, NULL, 0);
  _exit(0);
}

/* Of a VM that a client has for itself, until it is a daemon's: it shall not outlive that client, however that one ends, and nobody else
 * may know of it. The process that watches both is no child of the VMM, which does not expect one. */
static void end_with(pid_t owner, uint64_t start) {
  if (is_taken()) return;
  if (!same_process(owner, start)) {
    warn("vmm: the process %d, which this VM is for, has ended", (int)owner);
    exit(0);
  }
  pid_t vmm = getpid(), between = fork();
  if (between < 0) return;
  if (between == 0) {
    if (fork() != 0) _exit(0);
    watch(owner, start, vmm, start_time(vmm));
  }
  while (waitpid(between, NULL, 0) < 0 && errno == EINTR) continue;
}

_Noreturn void run_vmm(const char *owner, const char *start) {
  static char *argv[MOST_ARGUMENTS];
  if (owner) end_with((pid_t)strtol(owner, NULL, 10), strtoull(start, NULL, 10));
  char *text = read_arguments();
  int count = 0;
  for (char *at = text; *at; at += strlen(at) + 1) {
    if (count == MOST_ARGUMENTS - 1) errno = E2BIG, give_up("argv");
    argv[count++] = at;
  }
  put_events_aside();
  write_pid();
  /* QEMU asks for pages of 2 MiB for the code that it translates, of which a small guest fills but a part. */
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  execv(argv[0], argv);
  give_up(argv[0]);
}
