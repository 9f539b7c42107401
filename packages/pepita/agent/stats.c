/* Numbers of the machine and of its daemon, lines name=value; what is not measured is not there. */
#include "agent.h"
#include <dirent.h>

static char text[16384];
static size_t filled;

static void add(const char *name, uint64_t value) {
  if (filled + 96 < sizeof text) filled += (size_t)snprintf(text + filled, sizeof text - filled, "%s=%llu\n", name, (unsigned long long)value);
}

static bool in_file(const char *path, const char *name, uint64_t *value) {
  static char content[16384];
  if (read_text(path, content, sizeof content) <= 0) return false;
  char *at = strstr(content, name);
  if (!at) return false;
  *value = strtoull(at + strlen(name), NULL, 10);
  return true;
}

/* KiB. */
bool memory_number(const char *line, uint64_t *value) { return in_file("/proc/meminfo", line, value); }

static void add_memory(void) {
  static const struct { const char *line, *name; } lines[] = {
      {"MemTotal:", "memory_total"}, {"MemFree:", "memory_free"}, {"MemAvailable:", "memory_available"}};
  uint64_t value;
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    if (memory_number(lines[i].line, &value)) add(lines[i].name, value * 1024);
}

/* /proc/stat in hundredths of a second: user, nice, system, idle, iowait, irq, softirq. */
static void add_machine_cpu(void) {
  char line[256];
  unsigned long long user, nice, system, idle, wait, irq, soft;
  if (read_text("/proc/stat", line, sizeof line) <= 0) return;
  if (sscanf(line, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system, &idle, &wait, &irq, &soft) == 7)
    add("machine_cpu_usec", (user + nice + system + irq + soft) * 10000);
}

static void add_network(void) {
  char content[4096];
  if (read_text("/proc/net/dev", content, sizeof content) <= 0) return;
  unsigned long long in, out;
  char *at = strstr(content, "eth0:");
  if (at && sscanf(at + 5, "%llu %*u %*u %*u %*u %*u %*u %*u %llu", &in, &out) == 2) add("network_rx_bytes", in), add("network_tx_bytes", out);
}

static void add_uptime(void) {
  char line[64];
  if (read_text("/proc/uptime", line, sizeof line) > 0) add("uptime_ms", (uint64_t)(strtod(line, NULL) * 1000));
}

/* Those of the daemon's group, whom a tracer wants. The init is not of them. */
static void add_processes(void) {
  static char list[8192];
  if (!in_vm || read_text("/sys/fs/cgroup/duende/cgroup.procs", list, sizeof list) <= 0) return;
  char *save = NULL;
  for (char *line = strtok_r(list, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
    if (strtol(line, NULL, 10) != init_pid) add("process", strtoull(line, NULL, 10));
}

void take_stats(const char *data, uint32_t length) {
  uint32_t id = 0;
  uint64_t value;
  if (length < sizeof id) return;
  memcpy(&id, data, sizeof id);
  filled = 0;
  if (group_number("cpu.stat", "usage_usec ", &value)) add("cpu_usec", value);
  if (group_number("memory.current", NULL, &value)) add("memory_bytes", value);
  if (group_number("memory.peak", NULL, &value)) add("memory_peak_bytes", value);
  if (group_number("pids.current", NULL, &value) && init_pid > 0) add("pids", value > 0 ? value - 1 : 0);
  if (in_file("/proc/vmstat", "\noom_kill ", &value)) add("oom_kills", value);
  add_memory();
  add_machine_cpu();
  add_network();
  add_uptime();
  add("log_written", SEEN(written));
  add("log_acked", SEEN(acked));
  add_processes();
  struct iovec parts[] = {{&id, sizeof id}, {text, filled}};
  put_frame(&channel, STATS_OK, parts, 2);
}
