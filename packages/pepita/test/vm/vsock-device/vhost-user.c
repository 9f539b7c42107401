#include "device.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  GET_FEATURES = 1, SET_FEATURES, SET_OWNER, SET_MEM_TABLE = 5, SET_VRING_NUM = 8, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE,
  SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR, GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, GET_QUEUE_NUM, SET_VRING_ENABLE,
  GET_CONFIG = 24
};
enum { MOST_REGIONS = 8, VERSION = 1, REPLY = 4, NEED_REPLY = 8, NO_FD = 256, F_NEXT = 1 };
/* VIRTIO_F_VERSION_1, VHOST_USER_F_PROTOCOL_FEATURES; VHOST_USER_PROTOCOL_F_CONFIG. */
static const uint64_t features = 1ull << 32 | 1ull << 30, protocol_features = 1ull << 9;

struct region { uint64_t guest, size, user, offset; };
struct message {
  uint32_t request, flags, size;
  union {
    uint64_t number;
    struct { uint32_t index, value; } ring;
    struct { uint32_t index, flags; uint64_t desc, used, avail, log; } address;
    struct { uint32_t count, zero; struct region regions[MOST_REGIONS]; } memory;
    struct { uint32_t offset, size, flags; uint8_t bytes[256]; } config;
  } __attribute__((packed));
} __attribute__((packed));

struct descriptor { uint64_t address; uint32_t length; uint16_t flags, next; };
struct ring_of { uint16_t flags, index, ring[]; };
struct used { uint16_t flags, index; struct { uint32_t id, length; } ring[]; };
static struct queue {
  struct descriptor *descriptors;
  struct ring_of *available;
  struct used *used;
  uint32_t size;
  uint16_t next;
  int kick, call;
} queues[QUEUES] = {{.kick = -1, .call = -1}, {.kick = -1, .call = -1}};
static struct { struct region region; char *bytes; } regions[MOST_REGIONS];
static uint32_t region_count;
uint64_t guest_cid;

void fail(const char *what) {
  perror(what);
  exit(1);
}

static void *find(uint64_t address, bool is_guest) {
  for (uint32_t i = 0; i < region_count; i++) {
    uint64_t start = is_guest ? regions[i].region.guest : regions[i].region.user;
    if (address >= start && address - start < regions[i].region.size) return regions[i].bytes + (address - start);
  }
  fprintf(stderr, "no memory at %llx\n", (unsigned long long)address);
  exit(1);
}

int kick_of(int queue) { return queues[queue].available ? queues[queue].kick : -1; }

bool next_chain(int index, struct chain *chain) {
  struct queue *queue = &queues[index];
  if (!queue->available || queue->next == __atomic_load_n(&queue->available->index, __ATOMIC_ACQUIRE)) return false;
  chain->head = queue->available->ring[queue->next++ % queue->size];
  chain->count = 0;
  for (uint16_t at = chain->head;; at = queue->descriptors[at].next) {
    if (chain->count == MOST_PIECES) fail("a chain that is too long");
    struct descriptor *one = &queue->descriptors[at];
    chain->pieces[chain->count++] = (struct iovec){find(one->address, true), one->length};
    if (!(one->flags & F_NEXT)) return true;
  }
}

void give_back(int index, const struct chain *chain, uint32_t written) {
  struct queue *queue = &queues[index];
  uint16_t at = queue->used->index;
  queue->used->ring[at % queue->size].id = chain->head;
  queue->used->ring[at % queue->size].length = written;
  __atomic_store_n(&queue->used->index, (uint16_t)(at + 1), __ATOMIC_RELEASE);
  if (queue->call >= 0) eventfd_write(queue->call, 1);
}

static void set_memory(const struct message *message, const int *fds) {
  region_count = message->memory.count;
  if (region_count > MOST_REGIONS) fail("too many regions");
  for (uint32_t i = 0; i < region_count; i++) {
    struct region region = message->memory.regions[i];
    char *bytes = mmap(NULL, region.size + region.offset, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
    if (bytes == MAP_FAILED) fail("mmap");
    regions[i].region = region;
    regions[i].bytes = bytes + region.offset;
    close(fds[i]);
  }
}

static void set_fd(int *place, const struct message *message, int fd) {
  if (*place >= 0) close(*place);
  *place = message->number & NO_FD ? -1 : fd;
}

/* One request of QEMU; it ends when that does. */
void serve_vhost(int socket) {
  static struct message message;
  int fds[MOST_REGIONS];
  char control[CMSG_SPACE(sizeof fds)];
  struct iovec head = {&message, 12};
  struct msghdr received = {.msg_iov = &head, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(socket, &received, MSG_CMSG_CLOEXEC | MSG_WAITALL) != 12) exit(0);
  struct cmsghdr *rights = CMSG_FIRSTHDR(&received);
  if (rights) memcpy(fds, CMSG_DATA(rights), rights->cmsg_len - CMSG_LEN(0));
  if (message.size > sizeof message - 12) exit(1);
  if (message.size > 0 && recv(socket, &message.number, message.size, MSG_WAITALL) != (ssize_t)message.size) exit(1);
  struct queue *queue = &queues[(message.ring.index & 0xff) < QUEUES ? message.ring.index & 0xff : 0];
  bool answers = message.flags & NEED_REPLY;
  uint32_t size = 8;
  switch (message.request) {
    case GET_FEATURES: answers = true, message.number = features; break;
    case GET_PROTOCOL_FEATURES: answers = true, message.number = protocol_features; break;
    case GET_QUEUE_NUM: answers = true, message.number = QUEUES; break;
    case GET_CONFIG:
      answers = true, size = message.size;
      memset(message.config.bytes, 0, sizeof message.config.bytes);
      memcpy(message.config.bytes, &guest_cid, sizeof guest_cid);
      break;
    case SET_MEM_TABLE: set_memory(&message, fds); break;
    case SET_VRING_NUM: queue->size = message.ring.value; break;
    case SET_VRING_BASE: queue->next = (uint16_t)message.ring.value; break;
    case SET_VRING_ADDR:
      queue->descriptors = find(message.address.desc, false);
      queue->available = find(message.address.avail, false);
      queue->used = find(message.address.used, false);
      break;
    case GET_VRING_BASE:
      answers = true, message.ring.value = queue->next;
      queue->available = NULL;
      break;
    case SET_VRING_KICK: set_fd(&queue->kick, &message, fds[0]); break;
    case SET_VRING_CALL: set_fd(&queue->call, &message, fds[0]); break;
    case SET_VRING_ERR: if (rights) close(fds[0]); break;
    default: break;
  }
  if (!answers) return;
  message.flags = VERSION | REPLY;
  message.size = size;
  if (write(socket, &message, 12 + size) != (ssize_t)(12 + size)) exit(1);
}
