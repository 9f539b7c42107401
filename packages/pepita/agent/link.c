/* The host's end of the channel: a port of virtio-serial; or a socket of vsock, whose newest connection counts; or for tests a
 * descriptor, or a socket that one after the other connects to. It may go and come back at any time, also unseen: whatever comes is searched for the HELLO of another bridge. */
#include "agent.h"
#include <dirent.h>
#include <stdarg.h>
#include <sys/socket.h>

enum { RETRY_PORT = 5, RETRY_AWAY = 100, HELLO_START = PATTERN_SIZE + sizeof(uint32_t) };
struct channel channel = {.fd = -1};
int listen_fd = -1;
static bool away = true, is_port;
static char notes[4096];

static void say(const char *text) {
  if (channel.session) put_bytes(&channel, NOTE, text, strlen(text));
  else if (strlen(notes) + strlen(text) + 2 < sizeof notes) strcat(strcat(notes, text), "\n");
}

void send_note(const char *format, ...) {
  char text[512];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  say(text);
}

static void follow(int fd) {
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETOWN, getpid());
  fcntl(fd, F_SETFL, O_NONBLOCK | (is_port ? O_ASYNC : 0));
  channel.fd = fd;
  away = false;
}

void use_descriptor(int fd) { follow(fd); }

/* /sys/class/virtio-ports/vport1p1/name */
void open_port(void) {
  is_port = true;
  DIR *folder = opendir("/sys/class/virtio-ports");
  for (struct dirent *entry; folder && channel.fd < 0 && (entry = readdir(folder));) {
    char path[320], text[64];
    snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
    if (entry->d_name[0] == '.' || read_text(path, text, sizeof text) <= 0) continue;
    text[strcspn(text, "\n")] = 0;
    snprintf(path, sizeof path, "/dev/%s", entry->d_name);
    int fd = strcmp(text, PORT_NAME) == 0 ? open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
    if (fd >= 0) follow(fd);
  }
  if (folder) closedir(folder);
}

static void lose_session(void) {
  channel.session = channel.in_hello = false;
  channel.out_from = channel.out_length = 0;
  abandon_execs();
}

static void went_away(void) {
  lose_session();
  channel.in_length = 0;
  away = true;
  if (is_port) return;
  close(channel.fd);
  channel.fd = -1;
}

/* Where a HELLO begins, its first bytes being all there. */
static char *find_hello(size_t from) {
  for (char *end = channel.in + channel.in_length, *at = channel.in + from; end - at >= HELLO_START; at++) {
    if (!(at = memmem(at, (size_t)(end - at), hello_pattern, PATTERN_SIZE)) || end - at < HELLO_START) return NULL;
    if (at[16] != 0 && at[17] == 0 && at[18] == 0 && at[19] == 0) return at;
  }
  return NULL;
}

static void take_hello(void) {
  struct hello hello;
  memcpy(&hello, channel.in, sizeof hello);
  drop_input(&channel, sizeof hello);
  channel.in_hello = false;
  lose_session();
  greet(&hello);
}

static void digest(size_t from) {
  for (;; from = 0) {
    if (channel.in_hello) {
      if (channel.in_length < sizeof(struct hello)) return;
      take_hello();
    }
    char *found = find_hello(from);
    size_t at = found ? (size_t)(found - channel.in) : 0, before = channel.in_length;
    size_t end = !found ? before : at > sizeof(struct frame_head) ? at - sizeof(struct frame_head) : 0;
    bool sound = take_frames(&channel, end, obey_frame);
    if (found) {
      drop_input(&channel, at - (before - channel.in_length));
      channel.in_hello = true;
      continue;
    }
    if (!sound) {
      put_bytes(&channel, RESYNC, NULL, 0);
      channel.session = false; /* what is queued still goes out */
    }
    if (!channel.session && channel.in_length >= HELLO_START) drop_input(&channel, channel.in_length - HELLO_START + 1);
    return;
  }
}

static void receive(void) {
  for (int round = 0; round < 64; round++) {
    size_t before = channel.in_length;
    int got = fill_channel(&channel);
    if (got == 0) return went_away();
    away = false;
    if (got < 0) return;
    digest(before >= HELLO_START ? before - HELLO_START : 0);
  }
}

/* By vsock who comes anew takes the place of who is there: a guest that goes on from a snapshot may never learn that its client is gone. */
int link_poll(struct pollfd *set) {
  int count = 0;
  bool there = channel.fd >= 0 && !away;
  if (there) set[count++] = (struct pollfd){channel.fd, (short)(POLLIN | (queued(&channel) ? POLLOUT : 0)), 0};
  if (listen_fd >= 0 && (!there || machine.vsock[0])) set[count++] = (struct pollfd){listen_fd, POLLIN, 0};
  return count;
}

static void take_client(void) {
  int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  if (channel.fd >= 0 && !away) went_away();
  follow(fd);
}

void link_ready(const struct pollfd *set, int count) {
  for (int i = 0; i < count; i++) {
    if (set[i].revents == 0) continue;
    if (set[i].fd == listen_fd) take_client();
    else if (set[i].fd == channel.fd && set[i].revents & (POLLIN | POLLHUP | POLLERR)) receive();
  }
}

/* In each round: what has been queued goes out, and whoever is away may be back. */
void link_tick(void) {
  if (is_port && channel.fd < 0) open_port();
  if (in_vm && machine.vsock[0] && listen_fd < 0) open_vsock();
  if (is_port && away && channel.fd >= 0) receive();
  if (channel.session && notes[0]) {
    put_bytes(&channel, NOTE, notes, strlen(notes) - 1);
    notes[0] = 0;
  }
  if (channel.fd >= 0 && !away && queued(&channel) > 0 && !flush_channel(&channel)) went_away();
}

int link_timeout(void) {
  if (in_vm && machine.vsock[0]) return listen_fd < 0 ? RETRY_PORT : -1;
  return !is_port || (channel.fd >= 0 && !away) ? -1 : channel.fd < 0 ? RETRY_PORT : RETRY_AWAY;
}
