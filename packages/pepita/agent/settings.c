/* What the machine is to be. */
#include "agent.h"

struct machine machine = {.linger = 5, .log_bound = 8 << 20, .after = "poweroff", .rootfs = "ext4"};

static const struct { const char *name; char *value; size_t size; } texts[] = {
#define TEXT(name) {#name, machine.name, sizeof machine.name}
    TEXT(vm), TEXT(hostname), TEXT(root), TEXT(rootfs), TEXT(net), TEXT(after), TEXT(mount), TEXT(vsock)};

void apply_setting(const char *name, const char *value) {
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (!strcmp(texts[i].name, name)) snprintf(texts[i].value, texts[i].size, "%s", value);
  if (!strcmp(name, "overlay")) machine.overlay = atoi(value) != 0;
  if (!strcmp(name, "readonly")) machine.readonly = atoi(value) != 0;
  if (!strcmp(name, "writable")) add_writable(value);
  if (!strcmp(name, "linger")) machine.linger = strtoll(value, NULL, 10);
  if (!strcmp(name, "log_bound")) machine.log_bound = strtoll(value, NULL, 10);
}

void apply_line(char *line) {
  char *equals = strchr(line, '=');
  if (!equals) return;
  *equals = 0;
  apply_setting(line, equals + 1);
  *equals = '=';
}

static void each(char *text, const char *ends, const char *prefix, const char *other) {
  char *save = NULL;
  for (char *word = strtok_r(text, ends, &save); word; word = strtok_r(NULL, ends, &save)) {
    if (!strncmp(word, prefix, strlen(prefix))) apply_line(word + strlen(prefix));
    else if (other && !strncmp(word, other, strlen(other))) apply_line(word + strlen(other));
  }
}

void read_machine_settings(void) {
  static char text[65536];
  if (read_text("/etc/duende/agent.conf", text, sizeof text) > 0) each(text, "\n", "", NULL);
  if (read_text("/proc/cmdline", text, sizeof text) > 0) each(text, " \n", "duende.", "pepita.");
}
