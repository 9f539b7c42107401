/* The root of the daemon: a disk, read-only or below a layer in memory. The agent goes along: its program stays in memory, what the
 * initramfs holds is out of sight. A disk is mounted late, since each clone of a template may have its own. */
#include "agent.h"
#include <sys/mount.h>
#include <sys/stat.h>

#define PLACE "/.duende"
bool root_mounted;
static int failed;
static const char *failed_stage;

static int mount_disk(const char *where) {
  unsigned long flags = MS_RDONLY;
  for (int64_t until = now_ms() + 3000; access(machine.root, F_OK) != 0 && now_ms() < until;) usleep(5000);
  return mount(machine.root, where, machine.rootfs, flags, NULL) == 0 ? 0 : errno;
}

static int mount_overlay(void) {
  mkdir(PLACE "/layer", 0755);
  if (mount("tmpfs", PLACE "/layer", "tmpfs", 0, "mode=0755") != 0) return errno;
  mkdir(PLACE "/layer/upper", 0755);
  mkdir(PLACE "/layer/work", 0755);
  mkdir(PLACE "/root", 0755);
  const char *options = "lowerdir=" PLACE "/disk,upperdir=" PLACE "/layer/upper,workdir=" PLACE "/layer/work";
  return mount("overlay", PLACE "/root", "overlay", 0, options) == 0 ? 0 : errno;
}

static void carry(const char *root, const char *path) {
  char target[96];
  snprintf(target, sizeof target, "%s%s", root, path);
  mkdir(target, 0755);
  if (mount(path, target, NULL, MS_MOVE, NULL) != 0) send_note("the root has no %s: %s", path, strerror(errno));
}

static int switch_to(const char *root) {
  static const char *const kept[] = {"/proc", "/sys", "/dev", "/run", "/tmp"};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) carry(root, kept[i]);
  if (chdir(root) != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0) return errno;
  return 0;
}

/* 0, or errno and at what it failed; the same each time. */
int ensure_root(const char **stage) {
  if (!in_vm || root_mounted || machine.root[0] == 0) return 0;
  *stage = failed_stage;
  if (failed) return failed;
  mkdir(PLACE, 0755);
  mkdir(PLACE "/disk", 0755);
  failed_stage = "root";
  failed = mount_disk(PLACE "/disk");
  if (!failed && machine.overlay) failed_stage = "overlay", failed = mount_overlay();
  if (!failed) failed = switch_to(machine.overlay ? PLACE "/root" : PLACE "/disk");
  root_mounted = failed == 0;
  *stage = failed_stage;
  return failed;
}
