/* The control group of the daemon, of version 2 or 1, as far as the kernel has it. */
#include "agent.h"
#include <sys/mount.h>
#include <sys/stat.h>

#define BASE "/sys/fs/cgroup"
static bool unified;

void mount_groups(void) {
  if (mount("cgroup2", BASE, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0 || errno == EBUSY) {
    unified = true;
    static const char *const wanted[] = {"+pids", "+memory", "+cpu"};
    for (int i = 0; i < 3; i++) put_text(BASE "/cgroup.subtree_control", wanted[i]);
    mkdir(BASE "/duende", 0755);
    return;
  }
  if (mount("tmpfs", BASE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755") != 0) return;
  static const char *const controllers[] = {"pids", "memory", "cpuacct"};
  for (int i = 0; i < 3; i++) {
    char path[64];
    snprintf(path, sizeof path, BASE "/%s", controllers[i]);
    mkdir(path, 0755);
    if (mount("cgroup", path, "cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, controllers[i]) != 0) continue;
    snprintf(path, sizeof path, BASE "/%s/duende", controllers[i]);
    mkdir(path, 0755);
  }
}

/* Empty: what it has counted is forgotten. */
void renew_group(void) {
  static const char *const folders[] = {BASE "/duende", BASE "/pids/duende", BASE "/memory/duende", BASE "/cpuacct/duende"};
  for (int i = unified ? 0 : 1; in_vm && i < (unified ? 1 : 4); i++)
    if (rmdir(folders[i]) != 0 || mkdir(folders[i], 0755) != 0) send_note("%s: %s", folders[i], strerror(errno));
}

static void set(const char *two, const char *one, int64_t value) {
  if (value < 0) return;
  char text[32];
  snprintf(text, sizeof text, "%lld", (long long)value);
  const char *path = unified ? two : one;
  if (!put_text(path, text)) send_note("%s cannot be set to %s: %s", path, text, strerror(errno));
}

/* The init counts as one. */
void make_group(int64_t pids_max, int64_t memory_max) {
  if (!in_vm) return;
  set(BASE "/duende/pids.max", BASE "/pids/duende/pids.max", pids_max < 0 ? -1 : pids_max + 1);
  set(BASE "/duende/memory.max", BASE "/memory/duende/memory.limit_in_bytes", memory_max);
}

/* Microseconds in each 100 ms; a weight of 1 to 10000. Only version 2 has them. */
void limit_cpu(int64_t max, int64_t weight) {
  char text[40];
  if (!in_vm) return;
  if (max > 0) {
    snprintf(text, sizeof text, "%lld 100000", (long long)max);
    if (!unified || !put_text(BASE "/duende/cpu.max", text)) send_note("cpu.max cannot be set to %s: %s", text, strerror(errno));
  }
  if (weight > 0) set(BASE "/duende/cpu.weight", "", weight);
}

void join_group(pid_t pid) {
  if (!in_vm) return;
  char text[16];
  snprintf(text, sizeof text, "%d", (int)pid);
  static const char *const files[] = {BASE "/duende/cgroup.procs", BASE "/pids/duende/cgroup.procs",
      BASE "/memory/duende/cgroup.procs", BASE "/cpuacct/duende/cgroup.procs"};
  for (int i = unified ? 0 : 1; i < (unified ? 1 : 4); i++) {
    int fd = open(files[i], O_WRONLY | O_CLOEXEC);
    if (fd < 0) continue;
    if (!write_all(fd, text, strlen(text))) send_note("%s: %s", files[i], strerror(errno));
    close(fd);
  }
}

/* Of a file of the daemon's group: its only number, or the one after a name. */
bool group_number(const char *file, const char *name, uint64_t *value) {
  char path[96], text[2048];
  snprintf(path, sizeof path, BASE "/duende/%s", file);
  if (!in_vm || read_text(path, text, sizeof text) <= 0) return false;
  char *at = name ? strstr(text, name) : text;
  if (!at) return false;
  *value = strtoull(at + (name ? strlen(name) : 0), NULL, 10);
  return true;
}
