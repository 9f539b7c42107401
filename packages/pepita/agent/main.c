/* duende-agent [version | read FILE... | --channel FD | --listen SOCKET] [--run FOLDER]: without arguments it is PID 1 of a machine. With a channel it
 * sets nothing up, leaves clock and randomness alone, and ends instead of the machine: for tests. */
#include "agent.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

bool in_vm;
static int signal_fd = -1;

static void open_signals(void) {
  sigset_t set;
  static const int wanted[] = {SIGCHLD, SIGIO, SIGTERM, SIGINT, SIGPWR};
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) sigaddset(&set, wanted[i]);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void read_signals(void) {
  struct signalfd_siginfo info;
  while (read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT || info.ssi_signo == SIGPWR) ask_shutdown(POWER_OFF, -1);
}

static void reap(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == init_pid) init_ended(status);
    else if (!rehearsed(pid, status)) exec_reaped(pid, status);
  }
}

static int timeout(bool relay_waits) {
  int64_t ends[] = {end_next(), exec_next()}, now = now_ms(), first = -1;
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0 && (first < 0 || ends[i] < first)) first = ends[i];
  int wait = first < 0 ? -1 : first <= now ? 0 : first - now > 60000 ? 60000 : (int)(first - now);
  int link = link_timeout();
  if (link >= 0 && (wait < 0 || link < wait)) wait = link;
  bool soon = relay_waits || mirror_is_behind();
  return soon && (wait < 0 || wait > 1) ? 1 : wait;
}

static _Noreturn void serve(void) {
  static struct pollfd set[16 + 3 * MAX_EXECS];
  for (;;) {
    mirror();
    exec_tick();
    link_tick();
    end_tick();
    int count = 0;
    set[count++] = (struct pollfd){signal_fd, POLLIN, 0};
    set[count++] = (struct pollfd){watch_fd, POLLIN, 0};
    set[count++] = (struct pollfd){kmsg_fd, POLLIN, 0};
    int relay_at = count, relay_count = relay_poll(&set[count]);
    count += relay_count;
    int link_at = count, link_count = link_poll(&set[count]);
    count += link_count;
    int exec_at = count, exec_count = exec_poll(&set[count]);
    count += exec_count;
    if (poll(set, (nfds_t)count, timeout(relay_is_waiting())) < 0 && errno != EINTR) usleep(1000);
    if (set[0].revents) read_signals();
    reap();
    if (set[1].revents) look_at_run();
    if (set[2].revents) read_kmsg();
    if (relay_count > 0 && set[relay_at].revents) relay_ready();
    exec_ready(&set[exec_at], exec_count);
    link_ready(&set[link_at], link_count);
  }
}

static void set_up_machine(void) {
  in_vm = true;
  mount_basics();
  int null = open("/dev/console", O_RDWR);
  for (int fd = 0; null >= 0 && fd < 3; fd++) dup2(null, fd);
  if (null > 2) close(null);
  read_machine_settings();
  load_modules();
  if (machine.vsock[0]) open_vsock();
  else open_port();
  mount_groups();
  bring_up_loopback();
  open_kmsg();
  prctl(PR_SET_NAME, "duende-agent", 0, 0, 0);
  sethostname(machine.hostname[0] ? machine.hostname : "duende", strlen(machine.hostname[0] ? machine.hostname : "duende"));
  const char *stage;
  int error = !strcmp(machine.mount, "boot") ? ensure_root(&stage) : 0;
  if (error) send_note("%s: %s", stage, strerror(error));
}

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  unlink(path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 4) == 0 ? fd : -1;
}

static bool take_arguments(int argc, char **argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!strcmp(argv[i], "--channel")) use_descriptor(atoi(argv[i + 1]));
    else if (!strcmp(argv[i], "--listen")) listen_fd = listen_at(argv[i + 1]);
    else if (!strcmp(argv[i], "--run")) run_folder = argv[i + 1];
    else if (!strcmp(argv[i], "--set")) apply_line(argv[i + 1]);
    else return false;
  }
  return argc % 2 == 1 && (channel.fd >= 0 || listen_fd >= 0);
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "version")) return printf("%u\n", PROTOCOL_VERSION), 0;
  if (argc >= 3 && !strcmp(argv[1], "read")) return read_files(argv + 2);
  bool alone = argc == 1 || strncmp(argv[1], "--", 2) != 0;
  if (!alone && !take_arguments(argc, argv)) return 2;
  if (alone && getpid() != 1) return 2;
  umask(022);
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 126;
  open_signals();
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  if (alone) set_up_machine();
  serve();
}
