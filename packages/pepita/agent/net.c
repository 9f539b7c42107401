/* The network, by netdevice(7): `lo`, and one card with what it is told: ADDRESS/BITS,GATEWAY,NAMESERVER. */
#include "agent.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

static bool bring_up(int fd, const char *name) {
  struct ifreq request = {0};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) return false;
  request.ifr_flags |= IFF_UP;
  return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

void bring_up_loopback(void) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || !bring_up(fd, "lo")) send_note("lo: %s", strerror(errno));
  if (fd >= 0) bring_up(fd, "eth0"); /* where there is one: its link takes up to a second, in a template nobody's */
  if (fd >= 0) close(fd);
}

static bool set_address(int fd, unsigned long request_code, const char *name, in_addr_t address) {
  struct ifreq request = {0};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;
  in->sin_family = AF_INET;
  in->sin_addr.s_addr = address;
  return ioctl(fd, (int)request_code, &request) == 0;
}

static bool set_gateway(int fd, in_addr_t gateway) {
  struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
  struct sockaddr_in *any = (struct sockaddr_in *)&route.rt_dst, *mask = (struct sockaddr_in *)&route.rt_genmask;
  struct sockaddr_in *by = (struct sockaddr_in *)&route.rt_gateway;
  any->sin_family = mask->sin_family = by->sin_family = AF_INET;
  by->sin_addr.s_addr = gateway;
  return ioctl(fd, SIOCADDRT, &route) == 0;
}

/* Until its link is up the card sends nothing, and whoever connects to the guest meanwhile is turned away. */
static void await_link(void) {
  char state[16] = "";
  for (int64_t until = now_ms() + 1500; now_ms() < until; usleep(10000))
    if (read_text("/sys/class/net/eth0/operstate", state, sizeof state) > 0 && !strncmp(state, "up", 2)) return;
  send_note("eth0: no link");
}

/* On a read-only root it lies over the file that is there. */
static void write_resolver(const char *server) {
  char text[64];
  snprintf(text, sizeof text, "nameserver %s\n", server);
  if (put_text("/etc/resolv.conf", text)) return;
  if (!put_text("/run/resolv.conf", text) || mount("/run/resolv.conf", "/etc/resolv.conf", NULL, MS_BIND, NULL) != 0)
    send_note("/etc/resolv.conf: %s", strerror(errno));
}

void configure_net(void) {
  static bool done;
  if (!in_vm || done || machine.net[0] == 0) return;
  done = true;
  char text[sizeof machine.net], *save = NULL;
  memcpy(text, machine.net, sizeof text);
  char *address = strtok_r(text, ",", &save), *gateway = strtok_r(NULL, ",", &save), *server = strtok_r(NULL, ",", &save);
  char *slash = address ? strchr(address, '/') : NULL;
  int bits = slash ? atoi(slash + 1) : 24;
  if (slash) *slash = 0;
  const char *card = "eth0";
  for (int64_t until = now_ms() + 2000; access("/sys/class/net/eth0", F_OK) != 0 && now_ms() < until;) usleep(5000);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  in_addr_t mask = bits > 0 ? htonl(~0u << (32 - bits)) : 0;
  if (fd < 0 || !address || !set_address(fd, SIOCSIFADDR, card, inet_addr(address)) ||
      !set_address(fd, SIOCSIFNETMASK, card, mask) || !bring_up(fd, card))
    send_note("%s: %s", card, strerror(errno));
  else if (gateway && gateway[0] && !set_gateway(fd, inet_addr(gateway))) send_note("route: %s", strerror(errno));
  else await_link();
  if (fd >= 0) close(fd);
  if (server) write_resolver(server);
}
