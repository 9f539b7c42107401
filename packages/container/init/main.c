/* duende-init [version | loopback] */
#include "init.h"
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

struct config config;
struct state_page *page;

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "version")) return puts("1"), 0;
  if (argc == 2 && !strcmp(argv[1], "loopback")) return loopback_main();
  if (argc != 1) return 2;
  take_signals();
  start_umask = umask(0);
  char *memory = mmap(NULL, 2 * STATE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 126;
  page = (struct state_page *)memory;
  attempt = (struct attempt *)(memory + STATE_SIZE);
  start_folder = getcwd(NULL, 0);
  if (!start_folder) start_folder = "/";
  make_room();
  have_standard();
  close_inherited(3);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const char *folder = getenv("DUENDE_RUN");
  if (chdir(folder ? folder : "/run/duende") != 0) {
    complain("its folder", errno);
    return 126;
  }
  unlink("failure");
  read_config();
  open_state();
  use_config();
  bool again = goes_on();
  begin_page(again);
  /* Nobody waits for the first run of a later start: what becomes of it is up to the restart policy. */
  handshake_fd = again ? -1 : state_fd;
  open_rest();
  supervise(again ? RESUME : FIRST, true);
}
