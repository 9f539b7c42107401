/* vsock-device VHOST_SOCKET UNIX_SOCKET CID */
#include "device.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { REQUEST = 1, RESPONSE, RESET, SHUTDOWN, DATA, CREDIT, CREDIT_REQUEST };
enum { STREAM = 1, HOST = 2, MOST = 32, ROOM = 256 << 10, PIECE = 4096, BOTH_WAYS = 3, MOST_ANSWERS = 256 };
static struct client {
  int fd;
  uint32_t host_port, guest_port;
  bool is_open, is_ending;
  uint32_t room, taken, sent, consumed; /* the guest's room, and what it has taken of what was sent; what we have taken */
} clients[MOST];
static struct packet_head answers[MOST_ANSWERS]; /* packets without data, until the guest has room for them */
static int answer_count;
static uint32_t last_port = 1u << 30;

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0) fail(path);
  return fd;
}

static struct packet_head packet(const struct client *client, uint16_t operation, uint32_t flags) {
  return (struct packet_head){.from_cid = HOST, .to_cid = guest_cid, .from_port = client->host_port, .to_port = client->guest_port,
      .type = STREAM, .operation = operation, .flags = flags, .room = ROOM, .consumed = client->consumed};
}

static void answer(const struct client *client, uint16_t operation, uint32_t flags) {
  if (answer_count == MOST_ANSWERS) fail("too many answers");
  answers[answer_count++] = packet(client, operation, flags);
}

static void drop(struct client *client) {
  close(client->fd);
  *client = (struct client){.fd = -1};
}

/* Bytes at the begin of a chain, behind `from`: written to the guest, or read from it. */
static size_t copy(const struct chain *chain, size_t from, void *bytes, size_t length, bool to_guest) {
  size_t done = 0;
  for (int i = 0; i < chain->count && done < length; i++) {
    size_t size = chain->pieces[i].iov_len;
    if (from >= size) { from -= size; continue; }
    size_t part = size - from < length - done ? size - from : length - done;
    char *theirs = (char *)chain->pieces[i].iov_base + from, *ours = (char *)bytes + done;
    memcpy(to_guest ? theirs : ours, to_guest ? ours : theirs, part);
    done += part, from = 0;
  }
  return done;
}

static void write_all(struct client *client, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t done = send(client->fd, bytes, length, MSG_NOSIGNAL);
    if (done < 0) return;
    bytes += done, length -= (size_t)done;
  }
}

static void take_packet(const struct packet_head *head, const char *data) {
  struct client *client = NULL;
  for (int i = 0; i < MOST; i++)
    if (clients[i].fd >= 0 && clients[i].host_port == head->to_port && clients[i].guest_port == head->from_port) client = &clients[i];
  if (!client) {
    struct client nobody = {.host_port = head->to_port, .guest_port = head->from_port};
    if (head->operation != RESET) answer(&nobody, RESET, 0);
    return;
  }
  client->room = head->room, client->taken = head->consumed;
  char line[32];
  switch (head->operation) {
    case RESPONSE:
      client->is_open = true;
      write_all(client, line, (size_t)snprintf(line, sizeof line, "OK %u\n", client->host_port));
      break;
    case DATA:
      write_all(client, data, head->length);
      client->consumed += head->length;
      answer(client, CREDIT, 0);
      break;
    case CREDIT_REQUEST: answer(client, CREDIT, 0); break;
    case SHUTDOWN:
      if ((head->flags & BOTH_WAYS) != BOTH_WAYS) break;
      answer(client, RESET, 0);
      drop(client);
      break;
    case RESET: drop(client); break;
    default: break;
  }
}

static void take_from_guest(void) {
  static char data[65536];
  struct chain chain;
  while (answer_count < MOST_ANSWERS / 2 && next_chain(TX, &chain)) {
    struct packet_head head;
    if (copy(&chain, 0, &head, sizeof head, false) != sizeof head || head.length > sizeof data) fail("a packet that is none");
    copy(&chain, sizeof head, data, head.length, false);
    give_back(TX, &chain, 0);
    take_packet(&head, data);
  }
}

static void send_answers(void) {
  struct chain chain;
  int sent = 0;
  for (; sent < answer_count && next_chain(RX, &chain); sent++)
    give_back(RX, &chain, (uint32_t)copy(&chain, 0, &answers[sent], sizeof *answers, true));
  memmove(answers, answers + sent, (size_t)(answer_count - sent) * sizeof *answers);
  answer_count -= sent;
}

/* `CONNECT PORT`, byte by byte: what follows is the guest's. */
static void ask_for(struct client *client) {
  char line[24] = "";
  for (size_t length = 0; length < sizeof line - 1 && !strchr(line, '\n'); length++)
    if (recv(client->fd, line + length, 1, 0) != 1) return drop(client);
  if (sscanf(line, "CONNECT %u\n", &client->guest_port) != 1) return drop(client);
  client->host_port = ++last_port;
  answer(client, REQUEST, 0);
}

static void take_from_client(struct client *client) {
  if (client->guest_port == 0) return ask_for(client);
  static char data[PIECE];
  struct packet_head head = packet(client, DATA, 0);
  ssize_t there = recv(client->fd, data, 1, MSG_PEEK | MSG_DONTWAIT);
  if (there < 0 && errno == EAGAIN) return;
  if (there <= 0) {
    answer(client, client->is_open ? SHUTDOWN : RESET, BOTH_WAYS);
    client->is_ending = true;
    return client->is_open ? (void)0 : drop(client);
  }
  struct chain chain;
  if (!next_chain(RX, &chain)) return;
  size_t room = 0, credit = client->room - (client->sent - client->taken);
  for (int i = 0; i < chain.count; i++) room += chain.pieces[i].iov_len;
  if (room <= sizeof head) fail("a chain that is too short");
  room -= sizeof head;
  if (room > sizeof data) room = sizeof data;
  ssize_t got = recv(client->fd, data, credit < room ? credit : room, 0);
  if (got <= 0) fail("recv");
  head.length = (uint32_t)got;
  copy(&chain, 0, &head, sizeof head, true);
  copy(&chain, sizeof head, data, (size_t)got, true);
  give_back(RX, &chain, (uint32_t)(sizeof head + (size_t)got));
  client->sent += (uint32_t)got;
}

/* What may be read of: who has not asked yet, and whose guest has room. */
static bool may_read(const struct client *client) {
  if (client->fd < 0 || client->is_ending) return false;
  return client->guest_port == 0 || (client->is_open && answer_count == 0 && client->room - (client->sent - client->taken) > 0);
}

static void take_client(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), place = 0;
  while (place < MOST && clients[place].fd >= 0) place++;
  if (fd >= 0 && place < MOST) clients[place].fd = fd;
  else if (fd >= 0) close(fd);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  signal(SIGPIPE, SIG_IGN);
  guest_cid = strtoull(argv[3], NULL, 10);
  int listener = listen_at(argv[2]), vhost_listener = listen_at(argv[1]);
  int vhost = accept4(vhost_listener, NULL, NULL, SOCK_CLOEXEC);
  for (int i = 0; i < MOST; i++) clients[i].fd = -1;
  for (;;) {
    struct pollfd set[4 + MOST] = {{vhost, POLLIN, 0}, {listener, POLLIN, 0}, {kick_of(RX), POLLIN, 0}, {kick_of(TX), POLLIN, 0}};
    for (int i = 0; i < MOST; i++) set[4 + i] = (struct pollfd){may_read(&clients[i]) ? clients[i].fd : -1, POLLIN, 0};
    if (poll(set, 4 + MOST, 50) < 0) fail("poll");
    for (int i = 2; i < 4; i++) {
      eventfd_t count;
      if (set[i].revents) eventfd_read(set[i].fd, &count);
    }
    if (set[1].revents) take_client(listener);
    for (int i = 0; i < MOST; i++)
      if (set[4 + i].revents) take_from_client(&clients[i]);
    take_from_guest();
    send_answers();
    if (set[0].revents) serve_vhost(vhost);
  }
}
