/* Whether execve will succeed, asked beforehand. Why: READY must be with the manager before a program that ends at once has ended,
 * else the manager calls a clean exit a failure ("protocol"), and nothing sent after execve is sure to be earlier. So READY is sent
 * before it, when this says yes. No means `not sure`: then the watcher says READY after execve. */
#include "unit.h"
#include <elf.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifdef __x86_64__
#define MACHINE EM_X86_64
#else
#define MACHINE EM_AARCH64
#endif
#define EXECVE_CHECK 0x10000 /* AT_EXECVE_CHECK, Linux 6.14: all but the format */

/* execve(2), "Limits on size of arguments and environment": a quarter of the stack, 6 MiB at most and 128 KiB at least, and each
 * string 128 KiB. Some room is left for what the kernel puts there itself. */
static bool short_enough(const char *program, char **argv, char **envp) {
  struct rlimit stack;
  size_t most = 6 << 20, length = 2 * strlen(program);
  if (getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur / 4 < most) most = stack.rlim_cur / 4;
  if (most < 128 << 10) most = 128 << 10;
  char **lists[] = {argv, envp};
  for (int i = 0; i < 2; i++)
    for (char **at = lists[i]; *at; at++) {
      size_t one = strlen(*at) + 1;
      if (one > 128 << 10) return false;
      length += one + sizeof *at;
    }
  return length < most - (16 << 10);
}

static bool readable_format(const char *path, int depth) {
  union { char text[4096]; Elf64_Ehdr elf; } head;
  if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0 || depth > 3) return false;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t length = fd < 0 ? -1 : read(fd, &head, sizeof head - 1);
  if (fd >= 0) close(fd);
  if (length < 0) return false;
  memset(head.text + length, 0, sizeof head - (size_t)length);
  if (!memcmp(head.text, "#!", 2)) {
    char *name = head.text + 2 + strspn(head.text + 2, " \t");
    name[strcspn(name, " \t\n")] = 0;
    return name - head.text + strlen(name) < 255 && readable_format(name, depth + 1);
  }
  if (memcmp(head.text, ELFMAG, SELFMAG) != 0 || head.elf.e_ident[EI_CLASS] != ELFCLASS64 || head.elf.e_machine != MACHINE)
    return false;
  if (head.elf.e_phentsize != sizeof(Elf64_Phdr)) return false;
  for (size_t i = 0; i < head.elf.e_phnum; i++) {
    Elf64_Phdr part;
    size_t at = head.elf.e_phoff + i * sizeof part;
    if (at > sizeof head - sizeof part) return false;
    memcpy(&part, head.text + at, sizeof part);
    if (part.p_type != PT_INTERP) continue;
    return part.p_offset < sizeof head.text && faccessat(AT_FDCWD, head.text + part.p_offset, R_OK | X_OK, AT_EACCESS) == 0;
  }
  return true;
}

bool will_execute(const char *program, char **argv, char **envp) {
  if (!short_enough(program, argv, envp) || !readable_format(program, 0)) return false;
  /* Kernels without the check say EINVAL, filters of system calls what they like: execve itself will tell. */
  return syscall(SYS_execveat, AT_FDCWD, program, argv, envp, EXECVE_CHECK) == 0 || errno == EINVAL;
}
