/* qsort: calls through a table. Argument: numbers to sort. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int compare(const void *left, const void *right) {
  int a = *(const int *)left, b = *(const int *)right;
  return a < b ? -1 : a > b;
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 20000;
  int *numbers = malloc(count * sizeof(int));
  uint32_t state = 1, sum = 0;
  for (int i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    numbers[i] = (int)state;
  }
  qsort(numbers, count, sizeof(int), compare);
  for (int i = 0; i < count; i++) sum = sum * 31 + (uint32_t)numbers[i];
  printf("%u\n", sum);
  return 0;
}
