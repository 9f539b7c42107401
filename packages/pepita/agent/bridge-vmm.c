/* duende-bridge vmm: becomes the VMM of the working directory. Its supervisor starts it again when it dies, but a snapshot is restored by
 * whoever has started the VM, and only once. So `argv.first`, if there is one, is for the first time, `argv` for each further one: arguments,
 * each with a NUL, the program first. What the VMM before has told of its end is put aside: the next one writes from the begin. */
#include "bridge.h"
#include <sys/prctl.h>
#include <sys/stat.h>

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

_Noreturn void run_vmm(void) {
  static char *argv[MOST_ARGUMENTS];
  char *text = read_arguments();
  int count = 0;
  for (char *at = text; *at; at += strlen(at) + 1) {
    if (count == MOST_ARGUMENTS - 1) errno = E2BIG, give_up("argv");
    argv[count++] = at;
  }
  put_events_aside();
  /* QEMU asks for pages of 2 MiB for the code that it translates, of which a small guest fills but a part. */
  prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
  execv(argv[0], argv);
  give_up(argv[0]);
}
