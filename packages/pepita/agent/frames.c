/* What the host says. */
#include "agent.h"
#include <sys/utsname.h>

void obey_frame(uint16_t type, char *data, uint32_t length) {
  uint64_t number = 0;
  memcpy(&number, data, length < sizeof number ? length : sizeof number);
  switch (type) {
    case RUN: return take_run(data, length);
    case CONTROL:
      if (length >= 4) relay_line((uint32_t)number, data + 4, length - 4);
      return;
    case LOG_ACK: return log_acked(number);
    case FILE_WRITE: return take_file(data, length);
    case EXEC: return take_exec(data, length);
    case STDIN: return take_stdin(data, length);
    case EXEC_SIGNAL: return take_exec_signal(data, length);
    case STATS: return take_stats(data, length);
    case SHUTDOWN: return ask_shutdown((int)(number & 1), (int32_t)(number >> 32));
    case EXIT_ACK: return exit_acked();
    case OUT_ACK: return take_out_ack(data, length);
    case CLOCK:
      set_clock(number, 40000000);
      return put_bytes(&channel, CLOCK_OK, &number, sizeof number);
    default: return send_note("a frame of the unknown type %u", type);
  }
}

static size_t facts(char *text, size_t size) {
  struct utsname name;
  uname(&name);
  int length = snprintf(text, size, "kernel=%s\nmachine=%s\nvm=%s\nroot=%s\nrootfs=%s\noverlay=%d\n", name.release, name.machine,
                        machine.vm, machine.root, machine.rootfs, machine.overlay);
  return length < (int)size ? (size_t)length : size - 1;
}

void greet(const struct hello *hello) {
  char text[1024];
  set_clock(hello->clock_ns, 5000000);
  reseed(hello->random, sizeof hello->random);
  is_spare = (hello->flags & HELLO_SPARE) != 0;
  begin_session(&channel);
  channel.next_in = 1;
  struct hello_ok answer = {.version = PROTOCOL_VERSION, .log_acked = SEEN(acked), .log_written = SEEN(written)};
  memcpy(answer.nonce, hello->nonce, sizeof answer.nonce);
  if (run_begun) memcpy(answer.run, run_id, sizeof answer.run);
  answer.flags = (in_vm ? IN_VM : 0) | (init_pid > 0 ? DAEMON_RUNS : 0) | (run_over ? DAEMON_ENDED : 0) | (root_mounted ? ROOT_MOUNTED : 0);
  if (read_text("/proc/sys/kernel/random/boot_id", answer.boot_id, sizeof answer.boot_id) > 36) answer.boot_id[36] = 0;
  struct iovec parts[] = {{&answer, sizeof answer}, {text, facts(text, sizeof text)}};
  put_frame(&channel, HELLO_OK, parts, 2);
  if (!run_begun) memcpy(run_id, hello->nonce, sizeof run_id); /* what begins now is known by it */
  relay_closed();
  start_mirror(hello->run, hello->log_offset);
}
