/* The page, in a file that may be there already: the adapter writes the state `created` into it, and after that we do. */
#include "init.h"
#include <stddef.h>
#include <sys/stat.h>

int base_fd = -1, folder_fd = -1, state_fd = -1;
static struct state_page before;

static void clear_private(struct state_page *of) {
  memset(&of->committed, 0, sizeof *of - offsetof(struct state_page, committed));
}

void open_state(void) {
  state_fd = open_anyhow("state", O_RDWR | O_CREAT, 0666);
  if (state_fd < 0) fail_spawn("state-folder", errno);
  struct stat info;
  static const char zeros[STATE_SIZE];
  /* Written, not only reserved: on a full disk this fails here, and no later store to the page can. */
  if (fstat(state_fd, &info) == 0 && info.st_size < STATE_SIZE && pwrite(state_fd, zeros, STATE_SIZE, 0) != STATE_SIZE)
    fail_spawn("state-folder", errno ? errno : ENOSPC);
  if (pread(state_fd, &before, sizeof before, 0) < (ssize_t)offsetof(struct state_page, committed) ||
      memcmp(before.magic, STATE_MAGIC, 8) != 0)
    memset(&before, 0, sizeof before);
  clear_private(&before);
  *page = before; /* until the configuration says who it is */
}

/* Whether this daemon has been started before: the engine does so again after our end, or after the machine was switched off. */
bool goes_on(void) { return before.magic[0] && !strncmp(before.id, config.id, sizeof before.id) && before.state != CREATED; }

void begin_page(bool again) {
  struct state_page next = {.sequence = before.sequence, .supervisor_pid = getpid()};
  memcpy(next.magic, STATE_MAGIC, 8);
  strncpy(next.id, config.id, sizeof next.id - 1);
  strncpy(next.name, config.name, sizeof next.name - 1);
  if (config.boot_id) strncpy(next.boot_id, config.boot_id, sizeof next.boot_id - 1);
  next.supervisor_start = start_time(getpid());
  next.started_ms = wall_ms();
  next.run_begin = now_ms();
  next.state = STARTING;
  next.committed = 1;
  if (again) {
    bool ended = before.state == STOPPED || before.state == FAILED;
    next.restarts = before.restarts + 1;
    next.first_pid = before.first_pid;
    /* A run that was cut off: how it ended nobody knows, and what is known is about the one before it. */
    next.exit_kind = ended ? before.exit_kind : NO_EXIT;
    next.exit_value = ended ? before.exit_value : 0;
    next.exit_core = ended ? before.exit_core : 0;
    next.last_exit_kind = ended ? before.last_exit_kind : before.exit_kind;
    next.last_exit_value = ended ? before.last_exit_value : before.exit_value;
  }
  begin_write();
  next.sequence |= page->sequence;
  *page = next;
  end_write();
}
