/* The configuration: the file `config`, one block as native's config.c describes it, read with that one's parser. */
#include "init.h"
#include "../../native/supervisor/config.c"

int capture_log, engine_restarts;
static char *block;
static uint32_t block_length;
static int block_error = EPROTO;

/* Read before anything else is open, understood later: what is wrong with it can then be told in the state. */
void read_config(void) {
  int fd = open_anyhow("config", O_RDONLY, 0);
  if (fd < 0) {
    block_error = errno;
    return;
  }
  uint32_t total = 0;
  if (read_exactly(fd, &total, sizeof total) && total > 0 && total <= 64u << 20) {
    block = malloc(total);
    if (block && read_exactly(fd, block, total)) block_length = total;
  }
  close(fd);
}

/* Numbers that only we know: their frames become such as say nothing. */
static const struct { const char *name; int *value; } own_numbers[] = {
    {"capture_log=", &capture_log}, {"engine_restarts=", &engine_restarts}};

static void take_own_numbers(void) {
  uint32_t head[2];
  for (size_t at = 0; block_length - at >= sizeof head; at += sizeof head + head[1] + 1) {
    memcpy(head, block + at, sizeof head);
    char *value = block + at + sizeof head;
    if (head[1] >= block_length - at - sizeof head) return; /* cut off: the parser says so */
    for (size_t i = 0; head[0] == NUMBER && i < sizeof own_numbers / sizeof *own_numbers; i++) {
      size_t length = strlen(own_numbers[i].name);
      if (strncmp(value, own_numbers[i].name, length) != 0) continue;
      *own_numbers[i].value = atoi(value + length);
      head[0] = SPEC;
      memcpy(block + at, head, sizeof head);
    }
  }
}

static size_t name_length(const char *variable) {
  const char *equals = strchr(variable, '=');
  return equals ? (size_t)(equals - variable) : strlen(variable);
}

static bool same_name(const char *one, const char *other) {
  size_t length = name_length(one);
  return length == name_length(other) && memcmp(one, other, length) == 0;
}

static char **merged;
static size_t merged_count;

static void set_variable(char *variable) {
  for (size_t i = 0; i < merged_count; i++)
    if (same_name(merged[i], variable)) {
      merged[i] = variable;
      return;
    }
  append(&merged, &merged_count, variable);
}

/* What the engine and the image say, then what the spec says. */
static void merge_environment(void) {
  for (char **variable = environ; *variable; variable++)
    if (!same_name(*variable, "DUENDE_RUN")) set_variable(*variable);
  if (config.set.notify) {
    static char path[64];
    snprintf(path, sizeof path, "NOTIFY_SOCKET=@duende-%s", config.id);
    set_variable(path);
    set_variable("DUENDE_NOTIFY_FD=3");
  }
  for (char **variable = config.envp; variable && *variable; variable++) set_variable(*variable);
  static char *none[1];
  config.envp = merged ? merged : none;
}

void use_config(void) {
  if (block_length == 0) fail_spawn("config", block_error);
  set_defaults();
  config.set.stop_signal = SIGTERM;
  config.set.stop_timeout = 10000;
  config.set.start_timeout = 30000;
  config.set.log_max_size = 10 << 20;
  config.set.log_files = 5;
  take_own_numbers();
  parse(block, block_length);
  if (!config.program || !config.id || !config.name) fail_spawn("config", EINVAL);
  int64_t check = config.set.health_type;
  bool whole = check == NO_HEALTH || (check == HEALTH_COMMAND ? config.health_argv != NULL : config.health_host != NULL);
  if (!whole || (check == HEALTH_HTTP && !config.health_request)) fail_spawn("config", EINVAL);
  if (!config.argv) append(&config.argv, &arguments, config.program);
  if (!config.cwd) config.cwd = start_folder;
  merge_environment();
}
