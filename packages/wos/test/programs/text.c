/* snprintf and string functions: many calls of small loops. Argument: rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 5000;
  unsigned sum = 0;
  char line[128];
  for (int i = 0; i < rounds; i++) {
    sum += snprintf(line, sizeof line, "%d:%s:%x", i, "hello world", i * 7);
    sum ^= strlen(line);
    if (strstr(line, "9:hel")) sum += 3;
    sum += strchr(line, ':') - line;
  }
  printf("%u\n", sum);
  return 0;
}
