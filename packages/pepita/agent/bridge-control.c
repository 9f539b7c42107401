/* The control socket: lines go to the guest as they are, one of each client at a time. Who asks while nobody is there waits. */
#include "bridge.h"
#include <sys/socket.h>

enum { MOST = 32 };
static struct asking { int fd; uint32_t id; size_t length; char line[256]; } clients_of[MOST];
static int control_socket = -1;
static uint32_t last_id;

static void drop(struct asking *client) {
  close(client->fd);
  *client = (struct asking){.fd = -1};
}

void open_control_socket(void) {
  for (int i = 0; i < MOST; i++) clients_of[i].fd = -1;
  if (has_ended()) return;
  control_socket = listen_at("control");
}

/* As duende-init, which takes its socket away at its end. */
void close_control_socket(void) {
  if (control_socket < 0) return;
  unlink("control");
  close(control_socket);
  control_socket = -1;
}

static void forward(struct asking *client) {
  char *end = memchr(client->line, '\n', client->length);
  if (!end) {
    if (client->length == sizeof client->line) drop(client);
    return;
  }
  if (client->id || !channel.session) return;
  client->id = ++last_id ? last_id : ++last_id;
  struct iovec parts[] = {{&client->id, 4}, {client->line, (size_t)(end - client->line)}};
  put_frame(&channel, CONTROL, parts, 2);
  size_t used = (size_t)(end - client->line) + 1;
  memmove(client->line, client->line + used, client->length - used);
  client->length -= used;
}

void take_answer(uint32_t id, const char *line, size_t length) {
  for (int i = 0; i < MOST; i++) {
    struct asking *client = &clients_of[i];
    if (client->fd < 0 || client->id != id) continue;
    char text[258];
    if (length > 256) length = 256;
    memcpy(text, line, length);
    text[length] = '\n';
    client->id = 0;
    if (length == 0 || send(client->fd, text, length + 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) drop(client);
    else forward(client);
    return;
  }
}

/* The guest may or may not have heard them: they ask again. */
void drop_asking(void) {
  for (int i = 0; i < MOST; i++)
    if (clients_of[i].fd >= 0 && clients_of[i].id) drop(&clients_of[i]);
}

static void take_client(void) {
  int fd = accept4(control_socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  struct asking *place = &clients_of[0]; /* the first one makes room when all are taken */
  for (int i = 0; i < MOST; i++)
    if (clients_of[i].fd < 0) place = &clients_of[i];
  if (place->fd >= 0) drop(place);
  place->fd = fd;
}

int control_poll(struct pollfd *set) {
  int count = 0;
  if (control_socket >= 0) set[count++] = (struct pollfd){control_socket, POLLIN, 0};
  for (int i = 0; i < MOST; i++) {
    struct asking *client = &clients_of[i];
    if (client->fd >= 0) forward(client);
    if (client->fd >= 0) set[count++] = (struct pollfd){client->fd, client->length < sizeof client->line ? POLLIN : 0, 0};
  }
  return count;
}

void control_ready(const struct pollfd *set, int count) {
  for (int at = 0; at < count; at++) {
    if (!set[at].revents) continue;
    if (set[at].fd == control_socket) {
      take_client();
      continue;
    }
    for (int i = 0; i < MOST; i++) {
      struct asking *client = &clients_of[i];
      if (client->fd != set[at].fd) continue;
      ssize_t got = read(client->fd, client->line + client->length, sizeof client->line - client->length);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
      if (got <= 0) drop(client);
      else client->length += (size_t)got, forward(client);
      break;
    }
  }
}
