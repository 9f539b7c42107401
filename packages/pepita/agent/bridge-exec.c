/* The socket `exec`: frames as on the channel, with ids of the client's own. It may send EXEC, STDIN, EXEC_SIGNAL, STATS, FILE, SHUTDOWN
 * and CLOCK (whose time is ours), and gets OUT, EXEC_EXIT, STATS_OK, FILE_OK and STDIN_ACK. What a client has not read is bounded by the
 * window of each program. A client that goes takes its programs along. */
#include "bridge.h"
#include <sys/socket.h>

enum { MOST = 24, MOST_IDS = 1024, BUSY = 1 << 20, HEAD = sizeof(struct frame_head) };
static struct client_of { struct channel channel; uint32_t number; bool closing; } guests[MOST];
static struct entry { uint32_t id, theirs, client; uint32_t unacked, input; bool program; } entries[MOST_IDS];
static int exec_socket = -1;
static uint32_t last_id, last_client;

void open_exec_socket(void) {
  for (int i = 0; i < MOST; i++) guests[i].channel.fd = -1;
  exec_socket = listen_at("exec");
}

static struct entry *by_id(uint32_t id) {
  for (int i = 0; i < MOST_IDS && id; i++)
    if (entries[i].id == id) return &entries[i];
  return NULL;
}

static struct entry *by_theirs(uint32_t client, uint32_t theirs) {
  for (int i = 0; i < MOST_IDS; i++)
    if (entries[i].id && entries[i].client == client && entries[i].theirs == theirs) return &entries[i];
  return NULL;
}

static struct client_of *by_number(uint32_t number) {
  for (int i = 0; i < MOST; i++)
    if (guests[i].channel.fd >= 0 && guests[i].number == number) return &guests[i];
  return NULL;
}

static struct entry *new_entry(uint32_t client, uint32_t theirs, bool program) {
  for (int i = 0; i < MOST_IDS; i++) {
    if (entries[i].id) continue;
    while (++last_id == 0 || by_id(last_id)) continue;
    entries[i] = (struct entry){.id = last_id, .theirs = theirs, .client = client, .program = program};
    return &entries[i];
  }
  return NULL;
}

static void ack_output(struct entry *entry) {
  struct id_bytes ack = {entry->id, entry->unacked};
  if (entry->unacked) put_bytes(&channel, OUT_ACK, &ack, sizeof ack);
  entry->unacked = 0;
}

static void drop(struct client_of *client) {
  for (int i = 0; i < MOST_IDS; i++) {
    struct entry *entry = &entries[i];
    if (!entry->id || entry->client != client->number) continue;
    struct exec_signal order = {entry->id, 0, SIGNAL_ABANDON};
    if (entry->program) put_bytes(&channel, EXEC_SIGNAL, &order, sizeof order);
    *entry = (struct entry){0};
  }
  close(client->channel.fd);
  free(client->channel.in);
  free(client->channel.out);
  *client = (struct client_of){.channel.fd = -1};
}

/* The guest has lost sight of them. */
void drop_exec_clients(void) {
  memset(entries, 0, sizeof entries);
  for (int i = 0; i < MOST; i++)
    if (guests[i].channel.fd >= 0) drop(&guests[i]);
}

static void reply(struct client_of *client, uint16_t type, const char *data, uint32_t length, uint32_t theirs) {
  struct iovec parts[] = {{&theirs, 4}, {(char *)data + 4, length - 4}};
  put_frame(&client->channel, type, parts, 2);
}

void take_for_client(uint16_t type, const char *data, uint32_t length) {
  uint32_t id;
  if (length < sizeof id) return;
  memcpy(&id, data, sizeof id);
  struct entry *entry = by_id(id);
  struct client_of *client = entry ? by_number(entry->client) : NULL;
  if (!client) return;
  if (type == OUT && length > sizeof(struct out)) entry->unacked += length - (uint32_t)sizeof(struct out);
  if (type == STDIN_ACK && length >= sizeof(struct id_bytes)) {
    struct id_bytes ack;
    memcpy(&ack, data, sizeof ack);
    entry->input -= ack.bytes < entry->input ? ack.bytes : entry->input;
  }
  if (entry->unacked > 4 * STREAM_WINDOW) { /* it does not wait for us */
    warn("the guest sends more output than it may");
    return drop(client);
  }
  reply(client, type, data, length, entry->theirs);
  if (type == EXEC_EXIT || type == STATS_OK || type == FILE_OK) *entry = (struct entry){0};
}

static void pass_on(struct client_of *client, uint16_t type, char *data, uint32_t length) {
  uint32_t theirs = 0;
  if (type == CLOCK) return send_clock();
  if (type == SHUTDOWN) return put_bytes(&channel, SHUTDOWN, data, length);
  if (type == OUT_ACK || length < 4) return;
  memcpy(&theirs, data, 4);
  bool begins = type == EXEC || type == STATS || type == FILE_WRITE;
  if (!begins && type != STDIN && type != EXEC_SIGNAL) return;
  struct entry *entry = begins ? new_entry(client->number, theirs, type == EXEC) : by_theirs(client->number, theirs);
  if (!entry) {
    struct exec_exit end = {theirs, EXIT_NO_EXEC, EAGAIN, 0};
    if (type == EXEC) put_bytes(&client->channel, EXEC_EXIT, &end, sizeof end);
    return;
  }
  if (type == STDIN) entry->input += length - 4;
  memcpy(data, &entry->id, 4);
  put_bytes(&channel, type, data, length);
}

static bool is_full(const struct client_of *client) {
  if (!channel.session || queued(&channel) > BUSY) return true;
  for (int i = 0; i < MOST_IDS; i++)
    if (entries[i].id && entries[i].client == client->number && entries[i].input > STREAM_WINDOW) return true;
  return false;
}

/* False when it has gone, or does not speak as it should. */
static bool serve(struct client_of *client) {
  if (is_full(client)) return true;
  if (fill_channel(&client->channel) == 0) return false;
  size_t at = 0;
  struct frame_head head;
  while (client->channel.in_length - at >= HEAD && !is_full(client)) {
    memcpy(&head, client->channel.in + at, HEAD);
    if (head.length > MAX_PAYLOAD) return false;
    if (client->channel.in_length - at - HEAD < head.length) break;
    pass_on(client, head.type, client->channel.in + at + HEAD, head.length);
    at += HEAD + head.length;
  }
  drop_input(&client->channel, at);
  return true;
}

static bool settle(struct client_of *client) {
  if (!flush_channel(&client->channel)) return false;
  for (int i = 0; i < MOST_IDS && queued(&client->channel) < STREAM_WINDOW / 4; i++)
    if (entries[i].id && entries[i].client == client->number) ack_output(&entries[i]);
  return true;
}

int exec_poll(struct pollfd *set) {
  int count = 0;
  set[count++] = (struct pollfd){exec_socket, POLLIN, 0};
  for (int i = 0; i < MOST; i++) {
    if (guests[i].channel.fd < 0) continue;
    /* What waits in the buffer has no event of its own. */
    if ((guests[i].channel.in_length >= HEAD && !serve(&guests[i])) || !settle(&guests[i])) {
      drop(&guests[i]);
      continue;
    }
    short events = (short)((is_full(&guests[i]) ? 0 : POLLIN) | (queued(&guests[i].channel) ? POLLOUT : 0));
    set[count++] = (struct pollfd){guests[i].channel.fd, events, 0};
  }
  return count;
}

static void take_client(void) {
  int fd = accept4(exec_socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  for (int i = 0; i < MOST && fd >= 0; i++) {
    if (guests[i].channel.fd >= 0) continue;
    guests[i] = (struct client_of){.channel = {.fd = fd, .session = true}, .number = ++last_client};
    return;
  }
  if (fd >= 0) close(fd);
}

void exec_ready(const struct pollfd *set, int count) {
  if (count > 0 && set[0].revents) take_client();
  for (int at = 1; at < count; at++)
    for (int i = 0; i < MOST && set[at].revents; i++) {
      if (guests[i].channel.fd != set[at].fd) continue;
      bool alive = set[at].revents & (POLLIN | POLLHUP | POLLERR) ? serve(&guests[i]) : true;
      bool stuck = (set[at].revents & POLLHUP) && is_full(&guests[i]);
      if (!alive || stuck || (set[at].revents & POLLERR) || !settle(&guests[i])) drop(&guests[i]);
      break;
    }
}
