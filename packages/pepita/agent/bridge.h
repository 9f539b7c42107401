/* duende-bridge: the host's end of the channel to a guest. It makes a folder look like the run folder of a container: `state`, `log/`,
 * `failure`, `control`; and it takes frames for the guest on the socket `exec`. All that it must know of before is in files, so that one
 * that was killed is succeeded by another without loss. Its working directory is the folder. */
#ifndef BRIDGE_H
#define BRIDGE_H
#include "../../native/supervisor/supervise.h"
#include "protocol.h"
#include <poll.h>

/* bridge.c */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
int listen_at(const char *name);
/* bridge-vmm.c */
_Noreturn void run_vmm(const char *owner, const char *start);
/* bridge-boot.c */
void read_answered(void);
size_t vmm_answered(char *line, size_t size);
void boot_tick(void);
int boot_timeout(void);
/* bridge-link.c */
extern struct channel channel;
extern bool was_connected, vm_gone, once;
void link_tick(void);
int link_poll(struct pollfd *entry);
void link_ready(const struct pollfd *entry);
int link_timeout(void);
void lose_link(void);
void greet_again(void);
void send_clock(void);
void clock_set(void);
/* bridge-frames.c */
take_frame take_guest_frame;
void session_begins(const struct hello_ok *ok, const char *facts, size_t length);
void run_tick(void);
void session_ended(void);
extern bool exit_told;
void tell_exit(void);
/* bridge-log.c */
extern unsigned char known_run[16];
extern uint32_t log_blocked_by; /* errno */
void open_log_state(const char *path);
void read_log_settings(const char *block, size_t length);
uint64_t log_offset(void);
void log_of_run(const unsigned char *run, uint64_t offset);
void take_log(uint64_t offset, const char *data, size_t length);
void retry_log(void);
/* bridge-page.c */
void open_page(void);
bool has_begun(void);
bool has_ended(void);
void show_page(const char *bytes);
void show_log_error(void);
void write_failure(const char *line, size_t length);
void put_file(const char *name, const char *data, size_t length);
/* bridge-control.c */
int control_poll(struct pollfd *set);
void control_ready(const struct pollfd *set, int count);
void open_control_socket(void);
void close_control_socket(void);
void take_answer(uint32_t id, const char *line, size_t length);
void drop_asking(void);
/* bridge-exec.c */
void open_exec_socket(void);
int exec_poll(struct pollfd *set);
void exec_ready(const struct pollfd *set, int count);
void take_for_client(uint16_t type, const char *data, uint32_t length);
void drop_exec_clients(void);
#endif
