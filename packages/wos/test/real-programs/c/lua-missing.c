/* What Lua's os and io libraries call and WASI does not have: there are no commands and no files without a name. */
#include <errno.h>
#include <stdio.h>

FILE *tmpfile(void) {
  errno = ENOTSUP;
  return NULL;
}

int system(const char *command) {
  errno = ENOTSUP;
  return command == NULL ? 0 : -1;
}
