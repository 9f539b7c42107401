/* The streams of the programs of exec.c: what is on its way without an answer is bounded, in both directions. */
#include "agent.h"
#include <sys/wait.h>

static struct exec *find(uint32_t id) {
  for (int i = 0; i < MAX_EXECS; i++)
    if (execs[i].used && execs[i].id == id && !execs[i].abandoned) return &execs[i];
  return NULL;
}

static void ack_input(struct exec *exec, size_t length) {
  struct id_bytes ack = {exec->id, (uint32_t)length};
  if (!exec->abandoned) put_bytes(&channel, STDIN_ACK, &ack, sizeof ack);
}

static void close_input(struct exec *exec) {
  if (exec->in >= 0) close(exec->in);
  exec->in = -1;
  if (exec->input_length > 0) ack_input(exec, exec->input_length); /* nobody reads it any more */
  exec->input_length = 0;
}

static void feed(struct exec *exec) {
  size_t length = 0;
  while (exec->in >= 0 && length < exec->input_length) {
    ssize_t done = write(exec->in, exec->input + length, exec->input_length - length);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && errno == EAGAIN) break;
    if (done <= 0) return close_input(exec);
    length += (size_t)done;
  }
  memmove(exec->input, exec->input + length, exec->input_length - length);
  exec->input_length -= length;
  if (length > 0) ack_input(exec, length);
  if (exec->input_length == 0 && exec->input_ends) close_input(exec);
}

/* Nothing after the id: the end. */
void take_stdin(const char *data, uint32_t length) {
  uint32_t id;
  if (length < sizeof id) return;
  memcpy(&id, data, sizeof id);
  struct exec *exec = find(id);
  size_t more = length - sizeof id;
  if (!exec) return;
  if (more == 0) exec->input_ends = true;
  if (exec->in < 0) {
    if (more > 0) ack_input(exec, more);
    return;
  }
  char *input = realloc(exec->input, exec->input_length + more + 1);
  if (!input) abort();
  exec->input = input;
  memcpy(input + exec->input_length, data + sizeof id, more);
  exec->input_length += more;
  feed(exec);
}

void take_out_ack(const char *data, uint32_t length) {
  struct id_bytes ack;
  if (length < sizeof ack) return;
  memcpy(&ack, data, sizeof ack);
  struct exec *exec = find(ack.id);
  if (exec) exec->unacked -= ack.bytes < exec->unacked ? ack.bytes : exec->unacked;
}

static bool may_send(const struct exec *exec) { return exec->abandoned || (exec->unacked < STREAM_WINDOW && queued(&channel) < STREAM_WINDOW); }

/* False when there is nothing now. */
static bool pass_on(struct exec *exec, int stream) {
  static char piece[32 << 10];
  ssize_t got = read(exec->out[stream], piece, sizeof piece);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got > 0 && exec->abandoned) return true;
  struct out head = {exec->id, stream == 0 ? OUT_STDOUT : OUT_STDERR};
  struct iovec parts[] = {{&head, sizeof head}, {piece, got > 0 ? (size_t)got : 0}};
  if (!exec->abandoned) put_frame(&channel, OUT, parts, got > 0 ? 2 : 1);
  if (got > 0) return exec->unacked += (uint32_t)got, true;
  close(exec->out[stream]);
  exec->out[stream] = -1;
  return false;
}

/* After its end: all that it has said is in the pipes by then; who inherited them may go on, unheard. */
static void finish(struct exec *exec) {
  for (int stream = 0; stream < 2; stream++)
    while (exec->out[stream] >= 0) {
      if (!may_send(exec)) return;
      if (!pass_on(exec, stream)) break;
    }
  struct exec_exit end = {exec->id, WIFSIGNALED(exec->status) ? EXIT_BY_SIGNAL : EXIT_BY_CODE,
                          WIFSIGNALED(exec->status) ? WTERMSIG(exec->status) : WEXITSTATUS(exec->status), 0};
  if (!exec->abandoned) put_bytes(&channel, EXEC_EXIT, &end, sizeof end);
  for (int stream = 0; stream < 2; stream++)
    if (exec->out[stream] >= 0) close(exec->out[stream]);
  if (exec->in >= 0) close(exec->in);
  free(exec->input);
  *exec = (struct exec){0};
}

int exec_poll(struct pollfd *set) {
  int count = 0;
  for (int i = 0; i < MAX_EXECS; i++) {
    if (!execs[i].used) continue;
    if (execs[i].in >= 0) set[count++] = (struct pollfd){execs[i].in, execs[i].input_length > 0 ? POLLOUT : 0, 0};
    for (int stream = 0; stream < 2; stream++)
      if (execs[i].out[stream] >= 0 && may_send(&execs[i])) set[count++] = (struct pollfd){execs[i].out[stream], POLLIN, 0};
  }
  return count;
}

void exec_ready(const struct pollfd *set, int count) {
  for (int at = 0; at < count; at++)
    for (int i = 0; i < MAX_EXECS && set[at].revents; i++) {
      struct exec *exec = &execs[i];
      if (!exec->used) continue;
      if (exec->in == set[at].fd) {
        if (set[at].revents & POLLERR) close_input(exec); /* nobody reads it any more */
        else feed(exec);
      }
      for (int stream = 0; stream < 2; stream++)
        if (exec->out[stream] == set[at].fd && may_send(exec)) pass_on(exec, stream);
    }
}

void exec_tick(void) {
  for (int i = 0; i < MAX_EXECS; i++) {
    if (!execs[i].used) continue;
    if (execs[i].kill_at && now_ms() >= execs[i].kill_at && !execs[i].exited) {
      kill(-execs[i].pid, SIGKILL);
      execs[i].kill_at = now_ms() + 2000;
    }
    if (execs[i].exited) finish(&execs[i]);
  }
}

int64_t exec_next(void) {
  int64_t first = -1;
  for (int i = 0; i < MAX_EXECS; i++)
    if (execs[i].used && !execs[i].exited && execs[i].kill_at && (first < 0 || execs[i].kill_at < first)) first = execs[i].kill_at;
  return first;
}
