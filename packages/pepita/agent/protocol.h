/* The channel between duende-agent in the guest and duende-bridge on the host: see PROTOCOL.md. Everything is little endian. */
#ifndef PROTOCOL_H
#define PROTOCOL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define PROTOCOL_VERSION 1u
#define MAX_PAYLOAD (1u << 20)
#define SEQUENCE_MASK 0xffffffu
#define PORT_NAME "dev.duende.agent"

/* No byte of it is as small as the highest byte of a length or a sequence; PROTOCOL.md says why. */
#define PATTERN_SIZE 16
extern const unsigned char hello_pattern[PATTERN_SIZE];

enum frame_type {
  HELLO = 1, RUN, CONTROL, LOG_ACK, FILE_WRITE, EXEC, STDIN, EXEC_SIGNAL, STATS, SHUTDOWN, EXIT_ACK, OUT_ACK, CLOCK,
  HELLO_OK = 65, PAGE, LOG, FAILURE, ANSWER, OUT, EXEC_EXIT, STATS_OK, OOM_TEXT, NOTE, FILE_OK, STDIN_ACK, DONE, RESYNC,
  CLOCK_OK, REHEARSED
};

struct frame_head {
  uint32_t length;
  uint16_t type, mask;
  uint32_t sequence;
};

struct hello {
  unsigned char pattern[PATTERN_SIZE];
  uint32_t version;
  unsigned char nonce[16];
  uint32_t flags;
  uint64_t clock_ns;
  unsigned char random[32];
  unsigned char run[16]; /* of which the host has the log up to log_offset; zeros: of none */
  uint64_t log_offset;
};

enum { HELLO_SPARE = 1 }; /* the machine ends unless somebody has it when this session ends */
enum { IN_VM = 1, DAEMON_RUNS = 2, DAEMON_ENDED = 4, ROOT_MOUNTED = 8 };

struct hello_ok { /* then lines name=value */
  unsigned char nonce[16];
  uint32_t version, flags;
  unsigned char run[16];
  uint64_t log_acked, log_written;
  char boot_id[40];
};

enum { RUN_BEGIN = 1, RUN_END = 2, RUN_REHEARSE = 4 };
struct run_part { uint32_t flags, zero; }; /* then bytes of: page (4096), config block */
enum { FILE_BEGIN = 1, FILE_DIRECTORY = 2, FILE_LINK = 4 };
struct file_write { uint32_t id, flags, mode, uid, gid, path_length; uint64_t offset; }; /* then path, data */
enum { EXEC_STDIN = 1, EXEC_MERGE = 2, EXEC_IN_GROUP = 4 };
struct exec_start { uint32_t id, flags, uid, gid, argc, envc; }; /* then cwd, argv, env, each with its NUL */
enum { SIGNAL_ONE = 0, SIGNAL_GROUP = 1, SIGNAL_ABANDON = 2 };
struct exec_signal { uint32_t id, signal, flags; };
enum { OUT_STDOUT = 1, OUT_STDERR = 2 };
struct out { uint32_t id, stream; }; /* then bytes; none: the end of the stream */
struct id_bytes { uint32_t id, bytes; };
enum { EXIT_BY_CODE = 1, EXIT_BY_SIGNAL = 2, EXIT_NO_EXEC = 3 };
struct exec_exit { uint32_t id, kind; int32_t value; uint32_t zero; };
enum { POWER_OFF = 0, REBOOT = 1 };
struct shutdown { uint32_t how; int32_t timeout_ms; };
struct done { uint64_t log_written; };

/* Bytes of a stream that may be on their way without an answer. */
#define STREAM_WINDOW (256u << 10)
#define LOG_WINDOW (1u << 20)

/* channel.c */
#define IN_ROOM (MAX_PAYLOAD + sizeof(struct frame_head) + (64u << 10))
struct channel {
  int fd;
  bool session;
  bool is_host; /* masks what looks like a HELLO */
  bool in_hello;
  uint32_t next_out, next_in;
  char *in, *out;
  size_t in_length, out_from, out_length, out_room;
};
typedef void take_frame(uint16_t type, char *data, uint32_t length);
void begin_session(struct channel *channel);
void put_frame(struct channel *channel, uint16_t type, const struct iovec *parts, int count);
void put_bytes(struct channel *channel, uint16_t type, const void *data, size_t length);
int fill_channel(struct channel *channel);
bool flush_channel(struct channel *channel);
void drop_input(struct channel *channel, size_t length);
bool take_frames(struct channel *channel, size_t end, take_frame *take);
static inline size_t queued(const struct channel *channel) { return channel->out_length - channel->out_from; }
#endif
