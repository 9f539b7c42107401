/* The control socket: one command a line, one answer a line. Signals go through here, since the parent alone can be sure that a
 * pid is still its child's. A client names the id that it means, so that a later daemon of the same name is not hit. */
#include "supervise.h"
#include <sys/socket.h>
#include <sys/un.h>

struct client clients[MAX_CLIENTS];
int control_fd = -1;

/* Made by whoever supervises: the first supervisor, or anew by a guardian that takes over, since it cannot have that one's. */
void open_control(void) {
  if (control_fd >= 0) return;
  unlink("control");
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "control"};
  for (int i = 0; i < MAX_CLIENTS; i++) clients[i].fd = -1;
  control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  /* Relative to the working directory: a long state folder does not matter. */
  if (control_fd < 0 || bind(control_fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(control_fd, 64) != 0) {
    if (!page->committed) fail_spawn("control", errno);
    close(control_fd); /* without it signals still work, though not race free */
    control_fd = -1;
  }
}

static void drop(struct client *client) {
  close(client->fd);
  client->fd = -1;
  client->length = 0;
}

void drop_clients(void) {
  for (int i = 0; i < MAX_CLIENTS; i++)
    if (clients[i].fd >= 0) drop(&clients[i]);
}

void accept_client(void) {
  int fd = accept4(control_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  struct client *free_one = NULL;
  for (int i = 0; i < MAX_CLIENTS && !free_one; i++)
    if (clients[i].fd < 0) free_one = &clients[i];
  /* The first one makes room: clients ask one question and go. */
  if (!free_one) drop(free_one = &clients[0]);
  free_one->fd = fd;
}

static const char *obey(char *line) {
  char *save = NULL, *command = strtok_r(line, " ", &save), *id = strtok_r(NULL, " ", &save);
  char *value = strtok_r(NULL, " ", &save);
  if (!command || !id || strcmp(id, page->id) != 0) return "error not-found\n";
  if (!strcmp(command, "signal") && value) {
    int number = signal_number(value);
    if (!number) return "error unknown-signal\n";
    return send_main(number) ? "ok\n" : errno == EPERM ? "error permission-denied\n" : "error not-running\n";
  }
  if (!strcmp(command, "stop") && value) {
    begin_stop(strtoll(value, NULL, 10));
    return "ok\n";
  }
  return !strcmp(command, "ping") ? "ok\n" : "error unknown-command\n";
}

void serve_client(struct client *client) {
  ssize_t got = read(client->fd, client->line + client->length, sizeof client->line - 1 - client->length);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop(client);
  client->length += (size_t)got;
  client->line[client->length] = 0;
  for (char *end; (end = strchr(client->line, '\n'));) {
    *end = 0;
    const char *answer = obey(client->line);
    if (send(client->fd, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return drop(client);
    size_t used = (size_t)(end - client->line) + 1;
    memmove(client->line, client->line + used, client->length - used + 1);
    client->length -= used;
  }
  if (client->length == sizeof client->line - 1) drop(client);
}
