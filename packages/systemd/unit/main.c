#include "unit.h"

int main(int argc, char **argv) {
  const char *command = argc == 2 ? argv[1] : "";
  if (!strcmp(command, "exec")) run();
  if (!strcmp(command, "stopped")) return stopped(), 0; /* never fails the unit */
  if (!strcmp(command, "version")) return puts("1"), 0;
  if (argc == 3 && !strcmp(argv[1], "drain")) return drain(strtol(argv[2], NULL, 10));
  fputs("usage: duende-unit exec | stopped | drain MS | version\n", stderr);
  return 2;
}
