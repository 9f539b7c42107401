/* The daemon: its configuration, its init, its end. */
#include "agent.h"
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Tags of native's config.c, and ours. */
enum { TAG_NAME = 2, TAG_ID = 3, TAG_NOTHING = 4, TAG_NUMBER = 9, TAG_SETTING = 100 };

pid_t init_pid;
bool run_begun, run_over;
unsigned char run_id[16]; /* zeros are said to the host until a daemon has begun */
const char *run_folder = "/run/duende";
struct shared *shared;
static char *text;
static size_t text_length;
static struct state_page first_page;
static int64_t pids_max = -1, memory_max = -1, cpu_max = -1, cpu_weight = -1, pid_base = -1;

static bool own_number(const char *value) {
  static const struct { const char *name; int64_t *number; } own[] = {
      {"pids_max=", &pids_max}, {"memory_max=", &memory_max}, {"cpu_max=", &cpu_max},
      {"cpu_weight=", &cpu_weight}, {"pid_base=", &pid_base}, {"log_bound=", &machine.log_bound}};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (!strncmp(value, own[i].name, strlen(own[i].name))) return *own[i].number = strtoll(value + strlen(own[i].name), NULL, 10), true;
  return false;
}

/* Takes what is ours out of the block; what is wrong with the rest the init's own parser says. */
static void take_settings(char *at, char *end) {
  uint32_t head[2];
  for (; end - at >= (ptrdiff_t)sizeof head; at += sizeof head + head[1] + 1) {
    memcpy(head, at, sizeof head);
    char *value = at + sizeof head;
    if (head[1] >= (size_t)(end - value) || value[head[1]] != 0) return;
    if (head[0] == TAG_ID) strncpy(first_page.id, value, sizeof first_page.id - 1);
    if (head[0] == TAG_NAME) strncpy(first_page.name, value, sizeof first_page.name - 1);
    if (head[0] == TAG_SETTING) apply_line(value);
    if (head[0] != TAG_SETTING && !(head[0] == TAG_NUMBER && own_number(value))) continue;
    uint32_t nothing = TAG_NOTHING;
    memcpy(at, &nothing, sizeof nothing);
  }
}

static bool write_file(const char *name, const void *data, size_t length, mode_t mode) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", run_folder, name);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  bool done = fd >= 0 && write_all(fd, data, length);
  if (fd >= 0) close(fd);
  return done;
}

static void end_page(struct state_page *of) {
  of->state = FAILED;
  of->reason = run_over ? LOST : SPAWN;
  of->exit_kind = run_over ? of->exit_kind : NO_EXIT;
  of->main_pid = 0;
  of->main_start = 0;
  of->finished_ms = wall_ms();
}

/* It could not even come to its init. */
void fail_run(const char *stage, int error) {
  char line[128];
  snprintf(line, sizeof line, "%s %d \n", stage, error);
  write_file("failure", line, strlen(line), 0644);
  patch_page(end_page);
  run_over = true;
}

/* A clone of a template has the template's command line: what asks there shall find this machine. */
static void tell_vm(void) {
  if (machine.vm[0] == 0 || strpbrk(machine.vm, "\"\\")) return;
  char line[128], old[4096], changed[4400];
  snprintf(line, sizeof line, "{\"vmId\":\"%s\"}\n", machine.vm);
  write_file("pepita.json", line, strlen(line), 0644);
  if (!in_vm || read_text("/proc/cmdline", old, sizeof old) <= 0) return;
  snprintf(line, sizeof line, "pepita.vm=%s", machine.vm);
  char *at = strstr(old, "pepita.vm="), *rest = at ? at + strcspn(at, " \n") : old + strcspn(old, "\n");
  if (at && (size_t)(rest - at) == strlen(line) && !memcmp(at, line, strlen(line))) return;
  snprintf(changed, sizeof changed, "%.*s%s%s%s", (int)((at ? at : rest) - old), old, at ? "" : " ", line, rest);
  write_file("cmdline", changed, strlen(changed), 0644);
  char path[4096];
  snprintf(path, sizeof path, "%s/cmdline", run_folder);
  if (mount(path, "/proc/cmdline", NULL, MS_BIND, NULL) != 0) send_note("/proc/cmdline: %s", strerror(errno));
}

/* A clone has the same numbers as every other one: who looks at several would take them for one. */
static void number_from(int64_t first) {
  char number[24];
  snprintf(number, sizeof number, "%lld", (long long)first - 1);
  if (!put_text("/proc/sys/kernel/pid_max", "4194304") || !put_text("/proc/sys/kernel/ns_last_pid", number))
    send_note("the numbers of its processes begin low: %s", strerror(errno));
}

static void begin(void) {
  char path[4096];
  const char *stage = "root";
  run_begun = true;
  memcpy(&first_page, text, sizeof first_page);
  take_settings(text + STATE_SIZE + 4, text + text_length);
  memcpy(first_page.magic, STATE_MAGIC, 8);
  make_parents(run_folder);
  mkdir(run_folder, 0755);
  snprintf(path, sizeof path, "%s/log", run_folder);
  mkdir(path, 0700);
  char page_bytes[STATE_SIZE] = {0};
  memcpy(page_bytes, &first_page, offsetof(struct state_page, committed));
  if (!write_file("state", page_bytes, STATE_SIZE, 0600) || !write_file("config", text + STATE_SIZE, text_length - STATE_SIZE, 0600))
    return fail_run("state-folder", errno);
  watch_run();
  int error = ensure_root(&stage);
  if (error) return fail_run(stage, error);
  if (in_vm && machine.hostname[0]) sethostname(machine.hostname, strlen(machine.hostname));
  configure_net();
  tell_vm();
  make_group(pids_max, memory_max);
  limit_cpu(cpu_max, cpu_weight);
  if (in_vm && pid_base > 0) number_from(pid_base);
  error = ready_folders(&stage);
  if (error) return fail_run(stage, error);
  shared->bound = (uint64_t)machine.log_bound;
  init_pid = fork();
  if (init_pid == 0) become_init();
  if (init_pid < 0) init_pid = 0, fail_run("fork", errno);
}

void take_run(const char *data, uint32_t length) {
  struct run_part part;
  if (length < sizeof part) return;
  memcpy(&part, data, sizeof part);
  if (part.flags & RUN_BEGIN) text_length = 0;
  if (run_begun) return send_note("a daemon has been run here before: one each boot");
  size_t more = length - sizeof part;
  text = realloc(text, text_length + more + 1);
  if (!text) abort();
  memcpy(text + text_length, data + sizeof part, more);
  text_length += more;
  if (!(part.flags & RUN_END)) return;
  if (text_length < STATE_SIZE + 4) return send_note("a RUN that is too short");
  if (part.flags & RUN_REHEARSE) rehearse(begin);
  else begin();
  free(text);
  text = NULL;
}

static bool has_ended;
static void see_end(struct state_page *of) { has_ended = of->state == STOPPED || of->state == FAILED; }

void init_ended(int status) {
  init_pid = 0;
  run_over = true;
  SHOW(writing, 0);
  patch_page(see_end);
  if (!has_ended) {
    send_note("duende-init has ended without a word (%s %d)", WIFSIGNALED(status) ? "signal" : "code",
              WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    patch_page(end_page);
  }
  if (in_vm) kill(-1, SIGKILL);
  relay_closed();
}
