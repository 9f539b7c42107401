/* Whether the guest comes up. The first boot is watched by the client that waits for it; a VMM that its supervisor has started again by
 * nobody else. What hangs is ended: its supervisor goes on as after any other end. */
#include "bridge.h"
#include <sys/syscall.h>

/* Milliseconds. As src/boot/watchdog.ts, each somewhat more: where there is a client, it shall judge first, and boot again without a
 * restart that counts. STALLED: during which a guest that boots uses LEAST of processor time. */
enum { EVERY = 250, MOST_ELAPSED = 95000, MOST_CPU = 13000, STALLED = 5000, LEAST = 20, TICK = 10 };
extern const char *socket_path;

struct process {
  int pid;
  unsigned long long start;
};
static struct process watched, answered; /* answered: whose guest has been heard once; it may stand still for as long as it is told to */
static int64_t begun_at, moved_at, look_at, moved_cpu;

static void beside_socket(char *path, size_t size, const char *name) {
  const char *slash = strrchr(socket_path, '/');
  snprintf(path, size, "%.*s%s", slash ? (int)(slash - socket_path + 1) : 0, socket_path, name);
}

/* `PID START`, and the end of a line: one that is being written is none. */
static bool parse_process(const char *text, struct process *of) {
  char *end;
  of->pid = (int)strtol(text, &end, 10);
  of->start = strtoull(end, &end, 10);
  return *end == '\n';
}

/* The VMM of the socket's folder, as `duende-bridge vmm` has written it down; none where it was started otherwise. */
static bool read_vmm(struct process *vmm) {
  char path[4096], text[64];
  beside_socket(path, sizeof path, "pid");
  return read_text(path, text, sizeof text) > 0 && parse_process(text, vmm) && same_process(vmm->pid, vmm->start);
}

static bool same(const struct process *one, const struct process *two) { return one->pid == two->pid && one->start == two->start; }

/* What a bridge before this one has written down: a guest that stands still answers nobody. */
void read_answered(void) {
  static char text[70000];
  char *line = read_text("agent", text, sizeof text) > 0 ? strstr(text, "\nvmm=") : NULL;
  if (line && !parse_process(line + strlen("\nvmm="), &answered)) answered.pid = 0;
}

/* The line that says so. */
size_t vmm_answered(char *line, size_t size) {
  struct process vmm;
  if (!read_vmm(&vmm)) return 0;
  answered = vmm;
  return (size_t)snprintf(line, size, "vmm=%d %llu\n", vmm.pid, vmm.start);
}

/* proc(5): fields 14 and 15 of stat, in hundredths of a second. */
static int64_t cpu_of(int pid) {
  char path[40], text[1024];
  int64_t ticks = 0;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  char *at = read_text(path, text, sizeof text) > 0 ? strrchr(text, ')') : NULL;
  for (int field = 2; at && field < 15; field++) {
    at = strchr(at + 1, ' ');
    if (at && field >= 13) ticks += strtoll(at + 1, NULL, 10);
  }
  return ticks * TICK;
}

/* It may have been told to stand still before it could answer: what QEMU has written down of it, newest last. */
static bool stands_still(void) {
  static char text[65536];
  char path[4096];
  beside_socket(path, sizeof path, "events.out");
  if (read_text(path, text, sizeof text) <= 0) return false;
  bool stopped = false;
  for (char *at = text; (at = strstr(at, "\"event\": \"")); at++) {
    if (!strncmp(at + 9, "\"STOP\"", 6)) stopped = true;
    if (!strncmp(at + 9, "\"RESUME\"", 8)) stopped = false;
  }
  return stopped;
}

static void end_vmm(int64_t elapsed, int64_t cpu) {
  char text[160];
  int fd = (int)syscall(SYS_pidfd_open, watched.pid, 0);
  if (fd < 0 || !same_process(watched.pid, watched.start)) return;
  int length = snprintf(text, sizeof text, "%d %llu %lld %lld\n", watched.pid, watched.start, (long long)elapsed, (long long)cpu);
  put_file("hung", text, (size_t)length);
  warn("the guest has not answered within %lld ms (%lld ms of the processor): its VMM is ended", (long long)elapsed, (long long)cpu);
  if (syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) != 0) warn("it cannot be ended: %s", strerror(errno));
  close(fd);
}

static void begin(const struct process *vmm, int64_t now) {
  watched = *vmm;
  begun_at = moved_at = now;
  moved_cpu = cpu_of(vmm->pid);
}

void boot_tick(void) {
  struct process vmm;
  int64_t now = now_ms();
  if (channel.session || now < look_at) return;
  look_at = now + EVERY;
  if (!read_vmm(&vmm) || same(&vmm, &answered)) return;
  if (!same(&vmm, &watched)) return begin(&vmm, now);
  int64_t cpu = cpu_of(vmm.pid);
  if (cpu - moved_cpu >= LEAST) moved_at = now, moved_cpu = cpu;
  if (now - moved_at < STALLED && now - begun_at < MOST_ELAPSED && cpu < MOST_CPU) return;
  if (stands_still()) return begin(&vmm, now);
  end_vmm(now - begun_at, cpu);
}

/* Milliseconds until the next look, -1: none is needed. */
int boot_timeout(void) {
  if (channel.session) return -1;
  int64_t now = now_ms();
  return look_at <= now ? 0 : (int)(look_at - now);
}
