/* What clang 14 calls for setjmp() and longjmp(). Each function that calls setjmp() has a table of its own, which it begins with
 * room for four and a zero behind; a buffer holds the number of its call. */
#include <stdlib.h>

struct point {
  int id;
  int label;
};

static int second_result;
int getTempRet0(void) { return second_result; }
void setTempRet0(int value) { second_result = value; }

struct point *saveSetjmp(int *buffer, int label, struct point *table, int size) {
  static int last_id;
  int at = 0;
  while (at < size && table[at].id != 0) at++;
  if (at == size) {
    size *= 2;
    table = realloc(table, sizeof *table * (size + 1));
    if (table == NULL) abort();
  }
  *buffer = ++last_id;
  table[at] = (struct point){last_id, label};
  table[at + 1].id = 0;
  second_result = size;
  return table;
}

int testSetjmp(int id, const struct point *table, int size) {
  for (int at = 0; at < size && table[at].id != 0; at++)
    if (table[at].id == id) return table[at].label;
  return 0;
}

/* What is thrown: clang's code reads the two fields. */
static struct {
  int *buffer;
  int value;
} jump;

_Noreturn void __wasm_longjmp(int *buffer, int value) {
  jump.buffer = buffer;
  jump.value = value;
  __builtin_wasm_throw(1, &jump);
}
