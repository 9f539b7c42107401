/* The sieve of Eratosthenes: nested loops over memory. Argument: rounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { limit = 4000000 };
static unsigned char is_prime[limit + 1];

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  long total = 0;
  for (int round = 0; round < rounds; round++) {
    memset(is_prime, 1, sizeof is_prime);
    for (int i = 2; i * i <= limit; i++)
      if (is_prime[i])
        for (int j = i * i; j <= limit; j += i) is_prime[j] = 0;
    for (int i = 2; i <= limit; i++) total += is_prime[i];
  }
  printf("%ld\n", total);
  return 0;
}
