/* Frames in and out of one descriptor that never blocks. */
#define _GNU_SOURCE
#include "protocol.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const unsigned char hello_pattern[PATTERN_SIZE] = {
    0xd5, 0xe7, 0x9a, 0xc4, 0x75, 0xb3, 0x6e, 0xf1, 0x65, 0xb7, 0xf3, 0x8c, 0xc6, 0x91, 0xea, 0xfd};

void begin_session(struct channel *channel) {
  channel->session = true;
  channel->next_out = channel->next_in = 0;
  channel->out_from = channel->out_length = 0;
}

static char *make_room(struct channel *channel, size_t length) {
  if (channel->out_from > 0) {
    memmove(channel->out, channel->out + channel->out_from, queued(channel));
    channel->out_length -= channel->out_from;
    channel->out_from = 0;
  }
  if (channel->out_length + length > channel->out_room) {
    size_t room = channel->out_length + length + (64u << 10);
    char *more = realloc(channel->out, room);
    if (!more) abort();
    channel->out = more;
    channel->out_room = room;
  }
  return channel->out + channel->out_length;
}

static void apply_mask(char *data, size_t length, uint16_t mask) {
  for (size_t i = 0; mask && i < length; i++) data[i] ^= (char)(i & 1 ? mask >> 8 : mask);
}

/* A payload that holds the pattern of a HELLO would be taken for one by a guest that looks for it. */
static uint16_t mask_for(char *data, size_t length) {
  uint16_t mask = 0;
  while (memmem(data, length, hello_pattern, PATTERN_SIZE)) {
    apply_mask(data, length, mask);
    apply_mask(data, length, ++mask);
  }
  return mask;
}

void put_frame(struct channel *channel, uint16_t type, const struct iovec *parts, int count) {
  if (!channel->session) return;
  struct frame_head head = {.type = type, .sequence = channel->next_out};
  for (int i = 0; i < count; i++) head.length += (uint32_t)parts[i].iov_len;
  char *at = make_room(channel, sizeof head + head.length), *data = at + sizeof head, *end = data;
  for (int i = 0; i < count; i++) {
    memcpy(end, parts[i].iov_base, parts[i].iov_len);
    end += parts[i].iov_len;
  }
  if (channel->is_host && type != HELLO) head.mask = mask_for(data, head.length);
  memcpy(at, &head, sizeof head);
  channel->out_length += sizeof head + head.length;
  channel->next_out = (channel->next_out + 1) & SEQUENCE_MASK;
}

void put_bytes(struct channel *channel, uint16_t type, const void *data, size_t length) {
  put_frame(channel, type, &(struct iovec){(void *)data, length}, length > 0);
}

/* 1: something came, 0: nobody is at the other end, -1: nothing now. */
int fill_channel(struct channel *channel) {
  if (!channel->in && !(channel->in = malloc(IN_ROOM))) abort();
  if (channel->in_length == IN_ROOM) return -1;
  ssize_t got = read(channel->fd, channel->in + channel->in_length, IN_ROOM - channel->in_length);
  if (got > 0) {
    channel->in_length += (size_t)got;
    return 1;
  }
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? -1 : 0;
}

/* False when nobody takes it any more. */
bool flush_channel(struct channel *channel) {
  while (queued(channel) > 0) {
    ssize_t done = write(channel->fd, channel->out + channel->out_from, queued(channel));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno == EAGAIN;
    channel->out_from += (size_t)done;
  }
  channel->out_from = channel->out_length = 0;
  return true;
}

void drop_input(struct channel *channel, size_t length) {
  if (length == 0) return;
  memmove(channel->in, channel->in + length, channel->in_length - length);
  channel->in_length -= length;
}

/* All whole frames before `end`. False when what stands there is none. */
bool take_frames(struct channel *channel, size_t end, take_frame *take) {
  size_t at = 0;
  bool sound = true;
  struct frame_head head;
  while (channel->session && end - at >= sizeof head) {
    memcpy(&head, channel->in + at, sizeof head);
    sound = head.length <= MAX_PAYLOAD && head.sequence == channel->next_in;
    if (!sound || end - at - sizeof head < head.length) break;
    char *data = channel->in + at + sizeof head;
    apply_mask(data, head.length, head.mask);
    channel->next_in = (channel->next_in + 1) & SEQUENCE_MASK;
    at += sizeof head + head.length;
    take(head.type, data, head.length);
  }
  drop_input(channel, at < channel->in_length ? at : channel->in_length);
  return sound;
}
