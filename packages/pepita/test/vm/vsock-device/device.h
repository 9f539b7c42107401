/* A vsock device for QEMU by vhost-user, whose host's side is a unix socket as that of Firecracker and cloud-hypervisor: what guests of
 * theirs meet, for tests on machines without KVM. The protocols: docs/interop/vhost-user.rst of QEMU, virtio 1.2 sections 2.7 and 5.10. */
#ifndef DEVICE_H
#define DEVICE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

enum { RX, TX, QUEUES, MOST_PIECES = 64 };

/* One chain of descriptors of the guest, as memory of ours. */
struct chain {
  struct iovec pieces[MOST_PIECES];
  int count;
  uint16_t head;
};

/* vhost-user.c */
extern uint64_t guest_cid;
int kick_of(int queue);
bool next_chain(int queue, struct chain *chain);
void give_back(int queue, const struct chain *chain, uint32_t written);
void serve_vhost(int fd);
_Noreturn void fail(const char *what);

/* main.c */
struct packet_head {
  uint64_t from_cid, to_cid;
  uint32_t from_port, to_port, length;
  uint16_t type, operation;
  uint32_t flags, room, consumed;
} __attribute__((packed));
#endif
