/* The connection to the VMM's socket, and the word with which each session begins. What is left of the session before is passed over
 * until the answer with our nonce comes. */
#include "bridge.h"
#include <libgen.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

enum { RETRY = 20, QUICK = 4, QUICK_FOR = 3000, PATIENCE = 25, MOST_PATIENCE = 2000, CLOCK_EVERY = 5000, SLOW = 30, HEAD = sizeof(struct frame_head) };
/* Milliseconds until a VMM is asked again for the guest's port, longer than they ask the guest themselves; bytes of the longest `OK PORT`. */
enum { VSOCK_PATIENCE = 3000, OK_ROOM = 14 };
extern const char *socket_path;
extern unsigned vsock_port;
struct channel channel = {.fd = -1, .is_host = true};
bool was_connected, vm_gone;
static unsigned char nonce[16];
static int64_t hello_at, clock_at, lost_at, asked_at;
static int patience = PATIENCE;
static bool clock_waits, asks; /* asks: for the guest's port of vsock */
static int again;

static uint64_t wall_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* One at a time: what a machine that stands still has not heard would set its clock back later. */
void send_clock(void) {
  if (clock_waits) return;
  uint64_t ns = wall_ns();
  put_bytes(&channel, CLOCK, &ns, sizeof ns);
  clock_at = now_ms();
  clock_waits = true;
}

/* One that has been on its way for long has set the clock to what it was then. */
void clock_set(void) {
  bool slow = now_ms() - clock_at > SLOW;
  clock_waits = false;
  again = slow ? again + 1 : 0;
  if (slow && again < 5) send_clock();
  else again = 0;
}

/* Again after 25 ms, then after twice as many each time: the guest may have lost it, or it may be booting. */
static void say_hello(void) {
  struct hello hello = {.version = PROTOCOL_VERSION, .log_offset = log_offset()};
  memcpy(hello.pattern, hello_pattern, sizeof hello.pattern);
  memcpy(hello.run, known_run, sizeof hello.run);
  if (getrandom(nonce, sizeof nonce, 0) < 0 || getrandom(hello.random, sizeof hello.random, 0) < 0) warn("getrandom: %s", strerror(errno));
  memcpy(hello.nonce, nonce, sizeof nonce);
  hello.clock_ns = wall_ns();
  begin_session(&channel);
  put_bytes(&channel, HELLO, &hello, sizeof hello);
  channel.session = false; /* until it is answered */
  hello_at = now_ms();
}

/* A path may be longer than an address: then it is entered by its folder. */
static int connect_path(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char copy[4096];
  int folder = -1;
  if (strlen(path) < sizeof address.sun_path) {
    strcpy(address.sun_path, path);
  } else {
    snprintf(copy, sizeof copy, "%s", path);
    const char *name = strrchr(path, '/') + 1;
    folder = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%.64s", folder, name);
  }
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    error = errno;
    close(fd);
    fd = -1;
  }
  if (folder >= 0) close(folder);
  return errno = error, fd;
}

void lose_link(void) {
  if (channel.session) session_ended();
  close(channel.fd);
  channel.fd = -1;
  asks = false;
  /* A guest that does not listen yet is asked in vain, and is not lost each time. */
  if (channel.session || !vsock_port) lost_at = now_ms();
  channel.session = false;
  channel.in_length = channel.out_from = channel.out_length = 0;
}

void greet_again(void) {
  channel.session = false;
  hello_at = -MOST_PATIENCE;
}

void link_tick(void) {
  int64_t now = now_ms();
  if (channel.fd < 0) {
    channel.fd = connect_path(socket_path);
    vm_gone = channel.fd < 0 && (errno == ECONNREFUSED || errno == ENOENT);
    if (channel.fd < 0) return;
    was_connected = true;
    patience = PATIENCE;
    if (!vsock_port) return say_hello();
    asked_at = now;
    asks = true;
    if (dprintf(channel.fd, "CONNECT %u\n", vsock_port) < 0) lose_link();
  } else if (asks) {
    if (now - asked_at >= VSOCK_PATIENCE) lose_link();
  } else if (!channel.session && now - hello_at >= patience) {
    patience = 2 * patience < MOST_PATIENCE ? 2 * patience : MOST_PATIENCE;
    say_hello();
  } else if (channel.session && now - clock_at >= CLOCK_EVERY) {
    send_clock();
  }
}

static void find_answer(void) {
  if (channel.in_length < HEAD + sizeof nonce) return;
  char *found = memmem(channel.in + HEAD, channel.in_length - HEAD, nonce, sizeof nonce);
  if (!found) {
    if (channel.in_length > HEAD + sizeof nonce) drop_input(&channel, channel.in_length - HEAD - sizeof nonce + 1);
    return;
  }
  drop_input(&channel, (size_t)(found - channel.in) - HEAD);
  struct frame_head head;
  struct hello_ok ok;
  memcpy(&head, channel.in, sizeof head);
  if (head.type != HELLO_OK || head.length < sizeof ok || head.length > 65536) return drop_input(&channel, HEAD + 1);
  if (channel.in_length < HEAD + head.length) return;
  memcpy(&ok, channel.in + HEAD, sizeof ok);
  static char facts[65536];
  size_t length = head.length - sizeof ok;
  memcpy(facts, channel.in + HEAD + sizeof ok, length);
  drop_input(&channel, HEAD + head.length);
  uint32_t next = channel.next_out;
  channel.session = true;
  patience = PATIENCE;
  channel.next_in = 1;
  channel.next_out = next;
  clock_waits = false;
  send_clock();
  session_begins(&ok, facts, length);
}

/* `OK PORT`: the guest listens, and what follows is its own. A VMM whose guest does not listen closes the connection. */
static void find_ok(void) {
  char *end = memchr(channel.in, '\n', channel.in_length);
  if (!end && channel.in_length < OK_ROOM) return;
  if (!end || end - channel.in < 3 || memcmp(channel.in, "OK ", 3)) {
    warn("the VMM does not answer CONNECT with OK");
    return lose_link();
  }
  drop_input(&channel, (size_t)(end - channel.in) + 1);
  asks = false;
  say_hello();
}

static void digest(void) {
  if (asks) find_ok();
  if (asks || channel.fd < 0) return;
  if (!channel.session) find_answer();
  if (!channel.session) return;
  if (!take_frames(&channel, channel.in_length, take_guest_frame)) {
    warn("the guest has sent something that is no frame");
    lose_link();
  }
}

int link_poll(struct pollfd *entry) {
  *entry = (struct pollfd){channel.fd, (short)(POLLIN | (queued(&channel) ? POLLOUT : 0)), 0};
  return channel.fd >= 0;
}

void link_ready(const struct pollfd *entry) {
  if (!(entry->revents & (POLLIN | POLLHUP | POLLERR)) || entry->fd != channel.fd) return;
  for (int round = 0; round < 32 && channel.fd >= 0; round++) {
    int got = fill_channel(&channel);
    if (got == 0) return lose_link();
    if (got < 0) return;
    digest();
  }
}

static int64_t begun_at(void) {
  static int64_t at;
  return at ? at : (at = now_ms());
}

int link_timeout(void) {
  int64_t now = now_ms();
  if (channel.fd < 0) return now - (lost_at ? lost_at : begun_at()) < QUICK_FOR ? QUICK : RETRY;
  if (channel.session && clock_waits) return -1;
  int64_t at = asks ? asked_at + VSOCK_PATIENCE : channel.session ? clock_at + CLOCK_EVERY : hello_at + patience;
  return at <= now ? 0 : (int)(at - now);
}
