/* The channel by AF_VSOCK, where the VMM has no port of virtio-serial: the host connects to us. */
#include "agent.h"
#include <sys/socket.h>

/* struct sockaddr_vm of linux/vm_sockets.h, which musl does not come with. */
struct vsock_address {
  sa_family_t family;
  uint16_t zero;
  uint32_t port, cid;
  uint8_t flags, zeros[3];
};
enum { ANY_CID = -1 };

/* Until the module is there and the port is ours. */
void open_vsock(void) {
  struct vsock_address address = {.family = AF_VSOCK, .port = (uint32_t)strtoul(machine.vsock, NULL, 10), .cid = (uint32_t)ANY_CID};
  int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 4) == 0) {
    listen_fd = fd;
    return;
  }
  static bool told;
  if (!told) dprintf(2, "duende-agent: vsock port %s: %s\n", machine.vsock, strerror(errno));
  told = true;
  if (fd >= 0) close(fd);
}
