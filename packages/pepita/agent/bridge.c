/* duende-bridge --connect SOCKET [--vsock PORT] [--run FOLDER] [--state FILE] [--exit-when-gone | --once] | vmm [PID START] | version
 * 0: the daemon and its machine have ended, and all of it is in the folder; or SIGTERM. 3: the machine is gone (--exit-when-gone).
 * 75: another bridge works on this folder. */
#include "bridge.h"
#include <stdarg.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

struct state_page *page;
int state_fd = -1;
const char *socket_path;
unsigned vsock_port;
static int watch_fd, signal_fd;
static bool leave_when_gone;
bool once;

void warn(const char *format, ...) {
  char text[512];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  dprintf(2, "duende-bridge: %s\n", text);
}

/* In the working directory: its path may be long. Made beside and moved, so that there always is one. */
int listen_at(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s.new", name);
  unlink(address.sun_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(address.sun_path, 0600) != 0 || listen(fd, 64) != 0 ||
      rename(address.sun_path, name) != 0) {
    warn("%s: %s", name, strerror(errno));
    exit(1);
  }
  return fd;
}

static void read_events(void) {
  char events[4096];
  while (read(watch_fd, events, sizeof events) > 0) continue;
}

static void leave(int code) {
  unlink("control");
  unlink("exec");
  exit(code);
}

static void serve(void) {
  static struct pollfd set[256];
  for (;;) {
    link_tick();
    boot_tick();
    run_tick();
    retry_log();
    tell_exit();
    if (channel.fd >= 0 && !flush_channel(&channel)) lose_link();
    /* Nobody is there any more, and there was an end. */
    if (has_ended() && vm_gone) leave(0);
    if (once && vm_gone) leave(0); /* nobody starts it again: whoever asks sees that it has ended, and how */
    if (leave_when_gone && vm_gone && was_connected) leave(3);
    int count = 0;
    set[count++] = (struct pollfd){signal_fd, POLLIN, 0};
    set[count++] = (struct pollfd){watch_fd, POLLIN, 0};
    int control_at = count, control_count = control_poll(&set[count]);
    count += control_count;
    int exec_at = count, exec_count = exec_poll(&set[count]);
    count += exec_count;
    int link_at = count, link_count = link_poll(&set[count]); /* the last: those before may have queued something */
    count += link_count;
    int wait = link_timeout();
    int boot = boot_timeout();
    if (boot >= 0 && (wait < 0 || wait > boot)) wait = boot;
    if (log_blocked_by && (wait < 0 || wait > 200)) wait = 200;
    if (poll(set, (nfds_t)count, wait) < 0 && errno != EINTR) usleep(1000);
    if (set[0].revents) leave(0);
    if (set[1].revents) read_events();
    control_ready(&set[control_at], control_count);
    exec_ready(&set[exec_at], exec_count);
    if (link_count > 0) link_ready(&set[link_at]);
  }
}

int main(int argc, char **argv) {
  const char *folder = ".", *state = "bridge";
  if ((argc == 2 || argc == 4) && !strcmp(argv[1], "vmm")) run_vmm(argv[2], argc == 4 ? argv[3] : NULL);
  if (argc == 2 && !strcmp(argv[1], "version")) return printf("%u\n", PROTOCOL_VERSION), 0;
  for (int i = 1; i < argc; i++) {
    bool more = i + 1 < argc;
    if (!strcmp(argv[i], "--exit-when-gone")) leave_when_gone = true;
    else if (!strcmp(argv[i], "--once")) once = true;
    else if (!strcmp(argv[i], "--connect") && more) socket_path = argv[++i];
    else if (!strcmp(argv[i], "--vsock") && more) vsock_port = (unsigned)strtoul(argv[++i], NULL, 10);
    else if (!strcmp(argv[i], "--run") && more) folder = argv[++i];
    else if (!strcmp(argv[i], "--state") && more) state = argv[++i];
    else return 2;
  }
  if (!socket_path) return 2;
  if (socket_path[0] != '/') socket_path = realpath(socket_path, NULL) ?: socket_path;
  umask(077);
  if (chdir(folder) != 0) {
    // Without its folder it has nobody to work for: its supervisor would start it again for ever.
    int gone = errno == ENOENT;
    warn("%s: %s", folder, strerror(errno));
    return gone ? 0 : 1;
  }
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  inotify_add_watch(watch_fd, ".", IN_CLOSE_WRITE | IN_MOVED_TO);
  read_answered();
  open_log_state(state);
  open_page();
  open_exec_socket();
  open_control_socket();
  serve();
}
