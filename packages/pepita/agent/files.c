/* Files that the host puts into the machine, in pieces. */
#include "agent.h"
#include <sys/stat.h>

static int open_file(const char *path, const struct file_write *head) {
  bool fresh = head->flags & FILE_BEGIN;
  if (fresh) unlink(path);
  return open(path, O_WRONLY | O_CLOEXEC | (fresh ? O_CREAT | O_EXCL : 0), 0600);
}

static bool write_at(int fd, const char *data, size_t length, off_t at) {
  while (length > 0) {
    ssize_t done = pwrite(fd, data, length, at);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    data += done, length -= (size_t)done, at += done;
  }
  return true;
}

static int put_file(const struct file_write *head, const char *path, const char *data, size_t length) {
  make_parents(path);
  if (head->flags & FILE_DIRECTORY) {
    if (mkdir(path, head->mode) != 0 && errno != EEXIST) return errno;
    return chown(path, head->uid, head->gid) != 0 || chmod(path, head->mode) != 0 ? errno : 0;
  }
  if (head->flags & FILE_LINK) {
    char target[4096];
    if (length >= sizeof target) return ENAMETOOLONG;
    memcpy(target, data, length);
    target[length] = 0;
    unlink(path);
    return symlink(target, path) != 0 || lchown(path, head->uid, head->gid) != 0 ? errno : 0;
  }
  int fd = open_file(path, head), error = 0;
  if (fd < 0) return errno;
  if (!write_at(fd, data, length, (off_t)head->offset) || fchown(fd, head->uid, head->gid) != 0 || fchmod(fd, head->mode) != 0) error = errno;
  close(fd);
  return error;
}

void take_file(const char *data, uint32_t length) {
  struct file_write head;
  char path[4096];
  if (length < sizeof head) return;
  memcpy(&head, data, sizeof head);
  const char *stage;
  size_t rest = length - sizeof head;
  int error = head.path_length >= sizeof path || head.path_length > rest ? EINVAL : ensure_root(&stage);
  if (!error) {
    memcpy(path, data + sizeof head, head.path_length);
    path[head.path_length] = 0;
    error = put_file(&head, path, data + sizeof head + head.path_length, rest - head.path_length);
  }
  struct id_bytes answer = {head.id, (uint32_t)error};
  put_bytes(&channel, FILE_OK, &answer, sizeof answer);
}
