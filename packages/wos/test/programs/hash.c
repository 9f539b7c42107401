/* FNV-1a over a counter: a loop of a few instructions. Argument: rounds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  uint32_t hash = 2166136261u;
  long rounds = argc > 1 ? atol(argv[1]) : 1000000;
  for (long i = 0; i < rounds; i++) {
    hash ^= (uint32_t)i & 0xff;
    hash *= 16777619u;
    hash ^= hash >> 13;
  }
  printf("%u\n", hash);
  return 0;
}
