/* Native's life of a daemon; only its end is another: PID 1 passes on how the program ended. */
#include "init.h"
#define _exit(code) end_init()
#include "../../native/supervisor/life.c"
#undef _exit

/* The last thing before the end is published. */
void drop_cgroups(void) { kill_everything(); }
void drop_heir(void) {}
void commit_claim(void) {}
int adopted_fd = -1;
