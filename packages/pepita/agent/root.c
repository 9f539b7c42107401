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
  load_file_system(machine.rootfs);
  for (int64_t until = now_ms() + 3000; access(machine.root, F_OK) != 0 && now_ms() < until;) usleep(5000);
  return mount(machine.root, where, machine.rootfs, flags, NULL) == 0 ? 0 : errno;
}

/* Half of the memory that is free. Half of all that there is, as it is without a word, may be more than that in a small guest: then
 * who fills the layer is killed for memory instead of being told that the disk is full. */
static int mount_layer(void) {
  char options[64] = "mode=0755";
  uint64_t available;
  if (memory_number("MemAvailable:", &available)) snprintf(options, sizeof options, "mode=0755,size=%lluk", (unsigned long long)available / 2);
  return mount("tmpfs", PLACE "/layer", "tmpfs", 0, options) == 0 ? 0 : errno;
}

static int mount_overlay(void) {
  mkdir(PLACE "/layer", 0755);
  int error = mount_layer();
  if (error) return error;
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
  size_t count = sizeof kept / sizeof *kept;
  if (machine.overlay && umount2("/tmp", MNT_DETACH) == 0) count--; /* that of the image may have something in it */
  for (size_t i = 0; i < count; i++) carry(root, kept[i]);
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

/* Paths that stay writable where the root is read-only: what the daemon writes there is in memory. */
static char *writable[64];
static int writable_count;

void add_writable(const char *path) {
  if (path[0] == '/' && writable_count < (int)(sizeof writable / sizeof *writable)) writable[writable_count++] = strdup(path);
}

/* 0, or errno. The root itself is a layer in memory until here, also that of a template. */
int ready_folders(const char **stage) {
  if (!in_vm) return 0;
  *stage = "sandbox.filesystem";
  for (int i = 0; i < writable_count; i++) {
    char inside[4200];
    snprintf(inside, sizeof inside, "%s/x", writable[i]);
    make_parents(inside);
    mkdir(writable[i], 01777);
    if (mount("tmpfs", writable[i], "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") != 0) return errno;
  }
  if (machine.readonly && mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) != 0) return errno;
  return 0;
}
