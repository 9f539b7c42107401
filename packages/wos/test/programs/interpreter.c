/* A stack machine: one loop around a large switch. Argument: rounds of its program. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { PUSH, SUB, MUL, DUP, JNZ, LOAD, STORE, HALT, MOD, XOR };
static int64_t memory[16];

static int64_t run(const int *code) {
  int64_t stack[64];
  int top = 0, at = 0;
  for (;;) switch (code[at++]) {
      case PUSH: stack[top++] = code[at++]; break;
      case SUB: top--; stack[top - 1] -= stack[top]; break;
      case MUL: top--; stack[top - 1] *= stack[top]; break;
      case DUP: stack[top] = stack[top - 1]; top++; break;
      case JNZ: { int target = code[at++]; if (stack[--top]) at = target; break; }
      case LOAD: stack[top++] = memory[code[at++]]; break;
      case STORE: memory[code[at++]] = stack[--top]; break;
      case MOD: top--; stack[top - 1] %= stack[top]; break;
      case XOR: top--; stack[top - 1] ^= stack[top]; break;
      case HALT: return stack[top - 1];
    }
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 20000;
  int code[] = {PUSH, rounds, STORE, 0, PUSH, 1, STORE, 1, LOAD, 1, PUSH, 31, MUL, LOAD, 0, XOR, PUSH, 1000003, MOD,
                STORE, 1, LOAD, 0, PUSH, 1, SUB, DUP, STORE, 0, JNZ, 8, LOAD, 1, HALT};
  printf("%lld\n", (long long)run(code));
  return 0;
}
