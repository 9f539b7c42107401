/* File operations, one for each argument: COMMAND:PATH[:PATH], each answered by a line. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void answer(const char *command, int result) {
  if (result < 0) printf("%s: %s\n", command, strerror(errno));
  else printf("%s: ok %d\n", command, result);
}

static int compare(const void *one, const void *other) { return strcmp(*(char *const *)one, *(char *const *)other); }

static int list(const char *path) {
  char *names[5000];
  int count = 0;
  DIR *folder = opendir(path);
  if (!folder) return -1;
  for (struct dirent *entry; (entry = readdir(folder)) && count < 5000;) {
    names[count] = malloc(strlen(entry->d_name) + 3);
    sprintf(names[count++], "%s%s", entry->d_name, entry->d_type == DT_DIR ? "/" : entry->d_type == DT_LNK ? "@" : "");
  }
  closedir(folder);
  qsort(names, (size_t)count, sizeof *names, compare);
  for (int i = 0; i < count && i < 10; i++) printf("%s ", names[i]);
  return count;
}

static int copy_out(const char *path) {
  char block[256];
  int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  ssize_t got = read(fd, block, sizeof block - 1);
  if (got < 0) return -1;
  block[got] = 0;
  printf("<%s> ", block);
  return close(fd);
}

static int put(const char *path, int flags, const char *text) {
  int fd = open(path, flags, 0644);
  if (fd < 0) return -1;
  if (write(fd, text, strlen(text)) < 0) return -1;
  return close(fd);
}

/* Positions, vectors, sizes, appending and synchronising on one file. */
static int exercise(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return -1;
  struct iovec parts[] = {{"0123", 4}, {"", 0}, {"456789", 6}};
  char back[20] = {0};
  struct stat facts;
  if (writev(fd, parts, 3) != 10) return -2;
  if (lseek(fd, -3, SEEK_END) != 7 || read(fd, back, 2) != 2 || memcmp(back, "78", 2)) return -3;
  if (pread(fd, back, 4, 2) != 4 || memcmp(back, "2345", 4) || lseek(fd, 0, SEEK_CUR) != 9) return -4;
  if (pwrite(fd, "xy", 2, 1) != 2 || lseek(fd, 0, SEEK_CUR) != 9) return -5;
  if (lseek(fd, -20, SEEK_CUR) >= 0 || errno != EINVAL) return -6;
  if (ftruncate(fd, 5) || fstat(fd, &facts) || facts.st_size != 5) return -7;
  if (posix_fallocate(fd, 0, 100) || fstat(fd, &facts) || facts.st_size != 100) return -8;
  if (ftruncate(fd, 5) || fsync(fd) || fdatasync(fd)) return -9;
  if (fcntl(fd, F_SETFL, O_APPEND) || lseek(fd, 0, SEEK_SET) || write(fd, "end", 3) != 3) return -10;
  if (fcntl(fd, F_SETFL, 0) || lseek(fd, 0, SEEK_SET) || write(fd, "B", 1) != 1) return -11;
  struct timespec times[2] = {{1000000000, 5000000}, {1100000000, 0}};
  if (futimens(fd, times) || fstat(fd, &facts) || facts.st_mtim.tv_sec != 1100000000) return -12;
  if (pread(fd, back, 20, 0) != 8 || memcmp(back, "Bxy34end", 8)) return -13;
  return close(fd);
}

static int open_many(const char *path) {
  int count = 0;
  while (open(path, O_RDONLY) >= 0) count++;
  printf("%s ", strerror(errno));
  return count;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    char *command = strdup(argv[i]), *path = strchr(command, ':');
    *path++ = 0;
    char *second = strchr(path, ':');
    if (second) *second++ = 0;
    struct stat facts;
    char target[256];
    int result = -1;
    errno = ENOSYS;
    if (!strcmp(command, "read")) result = copy_out(path);
    else if (!strcmp(command, "write")) result = put(path, O_WRONLY | O_CREAT | O_TRUNC, second);
    else if (!strcmp(command, "append")) result = put(path, O_WRONLY | O_APPEND, second);
    else if (!strcmp(command, "create")) result = put(path, O_WRONLY | O_CREAT | O_EXCL, "new");
    else if (!strcmp(command, "nofollow")) result = open(path, O_RDONLY | O_NOFOLLOW);
    else if (!strcmp(command, "list")) result = list(path);
    else if (!strcmp(command, "mkdir")) result = mkdir(path, 0755);
    else if (!strcmp(command, "rmdir")) result = rmdir(path);
    else if (!strcmp(command, "unlink")) result = unlink(path);
    else if (!strcmp(command, "rename")) result = rename(path, second);
    else if (!strcmp(command, "link")) result = link(path, second);
    else if (!strcmp(command, "symlink")) result = symlink(path, second);
    else if (!strcmp(command, "size")) result = stat(path, &facts) ? -1 : (int)facts.st_size;
    else if (!strcmp(command, "lsize")) result = lstat(path, &facts) ? -1 : (int)facts.st_size;
    else if (!strcmp(command, "touch")) result = utimensat(AT_FDCWD, path, (struct timespec[2]){{5, 0}, {6, 0}}, 0);
    else if (!strcmp(command, "exercise")) result = exercise(path);
    else if (!strcmp(command, "many")) result = open_many(path);
    else if (!strcmp(command, "readlink")) {
      ssize_t length = readlink(path, target, sizeof target);
      if (length >= 0) printf("<%.*s> ", (int)length, target);
      result = length < 0 ? -1 : 0;
    }
    if (result < -1) printf("step %d ", -result);
    answer(argv[i], result);
    free(command);
  }
  return 0;
}
