/* Signals, without a descriptor: all are blocked but while we wait, and then a handler notes which one came. What the engine sends to the
 * container arrives here, and PID 1 gets only what it has a handler for. The system calls are made directly: the C library keeps
 * 32 to 34 for itself, which elsewhere are the first of the real-time ones. */
#include "init.h"
#include <poll.h>
#include <sys/syscall.h>

struct kernel_action {
  void (*handler)(int, siginfo_t *, void *);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};
extern void __restore_rt(void); /* the C library's */
#define WITH_RESTORER 0x04000000ul

static volatile sig_atomic_t came; /* one at a time: in a handler all others are blocked, and after it again */

/* Faults of our own end us; one that somebody sends is nothing to us. */
static bool is_fault(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL || number == SIGTRAP || number == SIGSYS;
}

/* PIPE or XFSZ is what our own write has met, CHLD is seen to in every round. */
static bool is_for_us(int number, const siginfo_t *info) {
  return number == SIGCHLD || (info->si_code <= 0 && info->si_pid == getpid());
}

static void note(int number, siginfo_t *info, void *context) {
  (void)context;
  if (!is_for_us(number, info)) came = number;
}

static void set_mask(uint64_t mask) { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask); }

void take_signals(void) {
  set_mask(~0ull);
  struct kernel_action action = {note, SA_SIGINFO | WITH_RESTORER, __restore_rt, ~0ull};
  for (int number = 1; number <= 64; number++)
    if (!is_fault(number)) syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
}

/* In a child. The handlers go with its exec, also where whoever started us had a signal ignored. */
void give_back_signals(void) {
  struct kernel_action action = {.flags = WITH_RESTORER, .restorer = __restore_rt};
  for (int number = 1; number <= 64; number++) syscall(SYS_rt_sigaction, number, &action, NULL, sizeof action.mask);
  set_mask(0);
}

/* Only what is open: poll(2) refuses more entries than descriptors may be open, and a limit may be 3. */
int wait_for(struct pollfd *set, int count, int timeout) {
  struct timespec time = {timeout / 1000, timeout % 1000 * 1000000l};
  struct pollfd open_ones[count];
  sigset_t none;
  sigemptyset(&none);
  int open_count = 0;
  for (int i = 0; i < count; i++)
    if (set[i].fd >= 0) open_ones[open_count++] = set[i];
  int got = ppoll(open_ones, (nfds_t)open_count, timeout < 0 ? NULL : &time, &none);
  for (int i = 0, at = 0; i < count; i++) {
    short came_back = set[i].fd >= 0 ? open_ones[at++].revents : 0;
    set[i].revents = got > 0 ? came_back : 0;
  }
  return got;
}

/* Also those that have come since: while descriptors are always ready no handler runs. */
int next_signal(void) {
  int number = came;
  came = 0;
  uint64_t all = ~0ull;
  struct timespec now = {0};
  siginfo_t info;
  while (number == 0) {
    long got = syscall(SYS_rt_sigtimedwait, &all, &info, &now, sizeof all);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return 0;
    if (!is_for_us((int)got, &info) && !is_fault((int)got)) number = (int)got;
  }
  return number;
}
