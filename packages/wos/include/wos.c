#include "wos.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL(name) __attribute__((import_module("wos"), import_name(name)))

CALL("register_signals") int wos_call_register(int (*deliver)(int));
CALL("pid") int wos_call_pid(void);
CALL("parent") int wos_call_parent(void);
CALL("kill") int wos_call_kill(int pid, int signal);
CALL("spawn") int wos_call_spawn(const char *path, size_t length, const char *options, size_t size, int *pid);
CALL("wait") int wos_call_wait(int pid, int64_t timeout, struct wos_end *end);
CALL("send") int wos_call_send(int pid, const void *message, size_t length);
CALL("receive") int wos_call_receive(void *buffer, size_t size, int64_t timeout, int *from, size_t *length);
CALL("notify") int wos_call_notify(const char *text, size_t length);
CALL("listen") int wos_call_listen(const char *address, size_t length, int *fd);
CALL("connect") int wos_call_connect(const char *address, size_t length, int *fd);

enum { by_default, handled, ignored };

__attribute__((noinline)) static int handle(int number) {
  void (*handler)(int) = signal(number, SIG_IGN);
  signal(number, handler);
  if (handler == SIG_DFL) return by_default;
  if (handler == SIG_IGN) return ignored;
  int before = errno;
  handler(number);
  errno = before;
  return handled;
}

/* Called by the kernel between any two instructions. A function that calls no other may use up to 128 bytes below the stack pointer
 * without moving it: they are stepped over. */
__attribute__((noinline)) static int deliver(int number) {
  volatile char red_zone[256];
  __asm__ volatile("" : : "r"(red_zone) : "memory");
  return handle(number);
}

__attribute__((constructor(101))) static void begin(void) { wos_call_register(deliver); }

int wos_pid(void) { return wos_call_pid(); }
int wos_parent(void) { return wos_call_parent(); }
int wos_kill(int pid, int number) { return wos_call_kill(pid, number); }
int wos_send(int pid, const void *message, size_t length) { return wos_call_send(pid, message, length); }
int wos_receive(void *buffer, size_t size, int64_t timeout, int *from, size_t *length) {
  return wos_call_receive(buffer, size, timeout, from, length);
}
int wos_notify(const char *text) { return wos_call_notify(text, strlen(text)); }
int wos_listen(const char *address, int *fd) { return wos_call_listen(address, strlen(address), fd); }
int wos_connect(const char *address, int *fd) { return wos_call_connect(address, strlen(address), fd); }

/* The options as the kernel takes them, "KEY=VALUE", each with a NUL. Counted first, then written. */
struct options {
  char *at;
  size_t size;
};

static void add(struct options *all, const char *key, const char *value) {
  size_t key_size = strlen(key), value_size = strlen(value) + 1;
  if (all->at) {
    memcpy(all->at + all->size, key, key_size);
    memcpy(all->at + all->size + key_size, value, value_size);
  }
  all->size += key_size + value_size;
}

static void add_list(struct options *all, const char *key, const char *const *list) {
  for (; list && *list; list++) add(all, key, *list);
}

static void add_all(struct options *all, const struct wos_spawn *what) {
  char lower[2] = {(char)('0' + what->lower), 0};
  all->size = 0;
  if (what->name) add(all, "name=", what->name);
  if (what->cwd) add(all, "cwd=", what->cwd);
  add(all, "lower=", lower);
  add_list(all, "arg=", what->args);
  add_list(all, "env=", what->env);
  add_list(all, "cap=", what->caps);
}

int wos_spawn(const struct wos_spawn *what, int *pid) {
  struct options all = {NULL, 0};
  if (what->lower < 0 || what->lower > 7) return EINVAL;
  add_all(&all, what);
  all.at = malloc(all.size);
  if (!all.at) return ENOMEM;
  add_all(&all, what);
  int error = wos_call_spawn(what->module, what->module ? strlen(what->module) : 0, all.at, all.size, pid);
  free(all.at);
  return error;
}
int wos_wait(int pid, int64_t timeout, struct wos_end *end) { return wos_call_wait(pid, timeout, end); }
