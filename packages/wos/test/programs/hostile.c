/* What a process might do to harm the kernel, or others. */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#define I int32_t
#define L int64_t
#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name))) I raw_##name
WASI(args_get)(I, I);
WASI(args_sizes_get)(I, I);
WASI(environ_get)(I, I);
WASI(environ_sizes_get)(I, I);
WASI(clock_res_get)(I, I);
WASI(clock_time_get)(I, L, I);
WASI(fd_advise)(I, L, L, I);
WASI(fd_allocate)(I, L, L);
WASI(fd_close)(I);
WASI(fd_datasync)(I);
WASI(fd_fdstat_get)(I, I);
WASI(fd_fdstat_set_flags)(I, I);
WASI(fd_fdstat_set_rights)(I, L, L);
WASI(fd_filestat_get)(I, I);
WASI(fd_filestat_set_size)(I, L);
WASI(fd_filestat_set_times)(I, L, L, I);
WASI(fd_pread)(I, I, I, L, I);
WASI(fd_prestat_get)(I, I);
WASI(fd_prestat_dir_name)(I, I, I);
WASI(fd_pwrite)(I, I, I, L, I);
WASI(fd_read)(I, I, I, I);
WASI(fd_readdir)(I, I, I, L, I);
WASI(fd_renumber)(I, I);
WASI(fd_seek)(I, L, I, I);
WASI(fd_sync)(I);
WASI(fd_tell)(I, I);
WASI(fd_write)(I, I, I, I);
WASI(path_create_directory)(I, I, I);
WASI(path_filestat_get)(I, I, I, I, I);
WASI(path_filestat_set_times)(I, I, I, I, L, L, I);
WASI(path_link)(I, I, I, I, I, I, I);
WASI(path_open)(I, I, I, I, I, L, L, I, I);
WASI(path_readlink)(I, I, I, I, I, I);
WASI(path_remove_directory)(I, I, I);
WASI(path_rename)(I, I, I, I, I, I);
WASI(path_symlink)(I, I, I, I, I);
WASI(path_unlink_file)(I, I, I);
WASI(random_get)(I, I);
WASI(sched_yield)(void);
WASI(sock_accept)(I, I, I);
WASI(sock_recv)(I, I, I, I, I, I);
WASI(sock_send)(I, I, I, I, I);
WASI(sock_shutdown)(I, I);

static uint64_t state;
static char area[65536];

static uint32_t next(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}

/* A descriptor, an address, a length or a flag: sensible, at a limit, or nonsense. */
static I any(void) {
  switch (next() % 8) {
    case 0: return (I)(next() % 8);
    case 1: return (I)(uintptr_t)area + (I)(next() % sizeof area);
    case 2: return -(I)(next() % 16);
    case 3: return (I)next();
    case 4: return INT32_MIN + (I)(next() % 4);
    case 5: return (I)(next() % 64);
    case 6: return (I)(__builtin_wasm_memory_size(0) * 65536) - (I)(next() % 16);
    default: return (I)(next() % 5);
  }
}

static L wide(void) { return next() % 3 ? (L)any() : (L)(((uint64_t)next() << 33) ^ next()); }

#define A any()
#define W wide()
static void one(uint32_t which) {
  switch (which) {
    case 0: raw_args_get(A, A); break;
    case 1: raw_args_sizes_get(A, A); break;
    case 2: raw_environ_get(A, A); break;
    case 3: raw_environ_sizes_get(A, A); break;
    case 4: raw_clock_res_get(A, A); break;
    case 5: raw_clock_time_get(A, W, A); break;
    case 6: raw_fd_advise(A, W, W, A); break;
    case 7: raw_fd_allocate(A, W % 100000, W % 100000); break;
    case 8: raw_fd_close(3 + A); break;
    case 9: raw_fd_datasync(A); break;
    case 10: raw_fd_fdstat_get(A, A); break;
    case 11: raw_fd_fdstat_set_flags(A, A | 4); break;
    case 12: raw_fd_fdstat_set_rights(5 + A, W, W); break;
    case 13: raw_fd_filestat_get(A, A); break;
    case 14: raw_fd_filestat_set_size(A, W % 100000); break;
    case 15: raw_fd_filestat_set_times(A, W, W, A); break;
    case 16: raw_fd_pread(A, A, A, W, A); break;
    case 17: raw_fd_prestat_get(A, A); break;
    case 18: raw_fd_prestat_dir_name(A, A, A); break;
    case 19: raw_fd_pwrite(A, A, A, W % 100000, A); break;
    case 20: raw_fd_read(A, A, A, A); break;
    case 21: raw_fd_readdir(A, A, A, W, A); break;
    case 22: raw_fd_renumber(3 + A, 3 + A); break;
    case 23: raw_fd_seek(A, W, A, A); break;
    case 24: raw_fd_sync(A); break;
    case 25: raw_fd_tell(A, A); break;
    case 26: raw_fd_write(3 + A, A, A, A); break;
    case 27: raw_path_create_directory(A, A, A); break;
    case 28: raw_path_filestat_get(A, A, A, A, A); break;
    case 29: raw_path_filestat_set_times(A, A, A, A, W, W, A); break;
    case 30: raw_path_link(A, A, A, A, A, A, A); break;
    case 31: raw_path_open(A, A, A, A, A, W, W, A, A); break;
    case 32: raw_path_readlink(A, A, A, A, A, A); break;
    case 33: raw_path_remove_directory(A, A, A); break;
    case 34: raw_path_rename(A, A, A, A, A, A); break;
    case 35: raw_path_symlink(A, A, A, A, A); break;
    case 36: raw_path_unlink_file(A, A, A); break;
    case 37: raw_random_get(A, A); break;
    case 38: raw_sched_yield(); break;
    case 39: raw_sock_accept(A, A | 4, A); break;
    case 40: raw_sock_recv(A, A, A, A, A, A); break;
    case 41: raw_sock_send(A, A, A, A, A); break;
    default: raw_sock_shutdown(A, A);
  }
}

int main(int argc, char **argv) {
  const char *command = argv[1];
  if (!strcmp(command, "calls")) {
    state = (uint64_t)atoll(argv[2]) * 7919;
    for (int left = atoi(argv[3]); left > 0; left--) {
      for (size_t i = 0; i < 64; i++) area[next() % sizeof area] = "/.ab"[next() % 4];
      one(next() % 43);
    }
    return 0;
  }
  if (!strcmp(command, "poll"))
    for (;;) poll(NULL, 0, 0);
  if (!strcmp(command, "clock"))
    for (struct timespec time;;) clock_gettime(CLOCK_MONOTONIC, &time);
  if (!strcmp(command, "fill")) {
    size_t size = 100 << 20;
    char *all = malloc(size);
    for (int i = 0;; i++) memset(all, i, size);
  }
  if (!strcmp(command, "write"))
    for (;;) write(1, area, sizeof area);
  if (!strcmp(command, "random")) {
    size_t size = 100 << 20;
    for (char *all = malloc(size);;) raw_random_get((I)(uintptr_t)all, (I)size);
  }
  if (!strcmp(command, "vectors")) {
    size_t size = 32 << 20;
    char *all = calloc(1, size);
    struct iovec parts[1024];
    for (int i = 0; i < 1024; i++) parts[i] = (struct iovec){all, size};
    ssize_t wrote = writev(2, parts, 1024);
    printf("wrote %d, then %d\n", (int)wrote, (int)writev(2, parts, 1025));
    __wasi_size_t count;
    __wasi_ciovec_t beyond = {(uint8_t *)all, 0xffffffff};
    printf("beyond %d, list %d\n", __wasi_fd_write(2, &beyond, 1, &count), __wasi_fd_write(2, (void *)(uintptr_t)0xfffffff0, 1000, &count));
    return 0;
  }
  return 99;
}
