/* The configuration, in two blocks, so that the folder is made while the client still works on the second: first where and which
 * (base, id), then everything else. A block: u32 length of all that follows, then frames of {u32 tag, u32 length, bytes, NUL}, little endian.
 * src/config-frame.ts writes them. It comes over the handshake socket, so that no secret stands in argv. Who becomes the daemon reads
 * it, the second block into memory that supervisor and guardian can map as well. */
#include "supervise.h"
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

int settings_fd = -1;

enum tag { BASE = 1, NAME, ID, SPEC, PROGRAM, ARGUMENT, VARIABLE, CWD, NUMBER, GROUP, CGROUP, OOM_FILE, HEALTH_ARGUMENT,
           HEALTH_HOST, HEALTH_REQUEST, CGROUP_STEP, BOOT_ID };

static const struct { const char *name; size_t offset; } numbers[] = {
#define FIELD(name) {#name, offsetof(struct settings, name)}
    FIELD(uid), FIELD(gid), FIELD(open_files), FIELD(lock_memory), FIELD(no_new_privileges),
    FIELD(restart_policy), FIELD(restart_delay), FIELD(restart_factor_milli), FIELD(restart_max_delay),
    FIELD(restart_max), FIELD(restart_window), FIELD(stop_signal), FIELD(stop_timeout), FIELD(start_timeout),
    FIELD(notify), FIELD(log_max_size), FIELD(log_files), FIELD(keep_log), FIELD(health_type),
    FIELD(health_interval), FIELD(health_timeout), FIELD(health_retries), FIELD(health_start_period),
    FIELD(health_port)};

static bool read_exactly(int fd, void *data, size_t length) {
  char *at = data;
  while (length > 0) {
    ssize_t done = read(fd, at, length);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    at += done;
    length -= (size_t)done;
  }
  return true;
}

static size_t arguments, variables, health_arguments;

static void append(char ***list, size_t *count, char *value) {
  if ((*count & 31) == 0) *list = realloc(*list, (*count + 33) * sizeof **list);
  if (!*list) fail_spawn("config", ENOMEM);
  (*list)[(*count)++] = value;
  (*list)[*count] = NULL;
}

static void set_number(const char *text) {
  const char *equals = strchr(text, '=');
  for (size_t i = 0; equals && i < sizeof numbers / sizeof *numbers; i++) {
    if (strlen(numbers[i].name) != (size_t)(equals - text) || strncmp(numbers[i].name, text, (size_t)(equals - text)))
      continue;
    *(int64_t *)((char *)&config.set + numbers[i].offset) = strtoll(equals + 1, NULL, 10);
    return;
  }
  fail_spawn("config", EINVAL);
}

static void parse(char *at, size_t total) {
  char *end = at + total;
  uint32_t head[2];
  for (; end - at >= (ptrdiff_t)sizeof head; at += head[1] + 1) {
    memcpy(head, at, sizeof head);
    at += sizeof head;
    char *value = at;
    if (head[1] >= (size_t)(end - at) || value[head[1]] != 0) fail_spawn("config", EPROTO);
    switch (head[0]) {
      case BASE: config.base = value; break;
      case NAME: config.name = value; break;
      case ID: config.id = value; break;
      case SPEC: config.spec = value; config.spec_length = head[1]; break;
      case PROGRAM: config.program = value; break;
      case ARGUMENT: append(&config.argv, &arguments, value); break;
      case VARIABLE: append(&config.envp, &variables, value); break;
      case CWD: config.cwd = value; break;
      case NUMBER: set_number(value); break;
      case GROUP:
        if (config.group_count < 256) config.groups[config.group_count++] = (gid_t)strtoul(value, NULL, 10);
        break;
      case CGROUP: if (config.cgroup_count < 16) config.cgroup_procs[config.cgroup_count++] = value; break;
      case CGROUP_STEP:
        if (config.cgroup_step_count == 64) fail_spawn("config", E2BIG);
        config.cgroup_steps[config.cgroup_step_count++] = value;
        break;
      case OOM_FILE: config.oom_file = value; break;
      case HEALTH_ARGUMENT: append(&config.health_argv, &health_arguments, value); break;
      case HEALTH_HOST: config.health_host = value; break;
      case BOOT_ID: config.boot_id = value; break;
      case HEALTH_REQUEST: config.health_request = value; break;
      default: fail_spawn("config", EPROTO);
    }
  }
}

static bool half_heard; /* the client is about to send the second block, or has */

/* Who has not been heard out would meet a closed socket instead of our answer. */
void hear_out(void) {
  char block[4096];
  uint32_t left = 0;
  if (!half_heard || !read_exactly(handshake_fd, &left, sizeof left)) return;
  for (ssize_t got; left > 0; left -= (uint32_t)got)
    if ((got = read(handshake_fd, block, left < sizeof block ? left : sizeof block)) <= 0) return;
}

static uint32_t read_length(int fd) {
  uint32_t total;
  /* The client has thought better of it, or died. */
  if (!read_exactly(fd, &total, sizeof total)) fail_spawn("client", ECONNRESET);
  if (total > 64u << 20) fail_spawn("config", E2BIG);
  return total;
}

/* Kept as long as this process lives: the strings of the configuration point into it. */
void read_place(int fd) {
  uint32_t total = read_length(fd);
  char *block = malloc(total);
  if (!block) fail_spawn("config", ENOMEM);
  if (!read_exactly(fd, block, total)) fail_spawn("client", ECONNRESET);
  parse(block, total);
  half_heard = true;
  if (!config.base || !config.id) fail_spawn("config", EINVAL);
}

/* MFD_NOEXEC_SEAL is 8, Linux 6.3; where it is required, memory without it is refused. */
void open_settings(void) {
  settings_fd = (int)syscall(SYS_memfd_create, "settings", 1u | 8u);
  if (settings_fd < 0) settings_fd = (int)syscall(SYS_memfd_create, "settings", 1u);
}

static void set_defaults(void) {
  struct settings *set = &config.set;
  set->uid = set->gid = set->open_files = set->lock_memory = -1;
}

void read_settings(int fd) {
  half_heard = false;
  uint32_t total = read_length(fd);
  if (settings_fd < 0 || ftruncate(settings_fd, total) != 0) fail_spawn("config", ENOMEM);
  char *block = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_SHARED, settings_fd, 0);
  if (block == MAP_FAILED) fail_spawn("config", ENOMEM);
  if (!read_exactly(fd, block, total)) fail_spawn("client", ECONNRESET);
  set_defaults();
  parse(block, total);
  page->settings_length = total;
}

/* In supervisor and guardian, when they need it. */
void adopt_settings(void) {
  if (config.program || settings_fd < 0 || page->settings_length == 0) return;
  char *block = mmap(NULL, page->settings_length, PROT_READ | PROT_WRITE, MAP_PRIVATE, settings_fd, 0);
  if (block == MAP_FAILED) return;
  set_defaults();
  parse(block, page->settings_length);
}
