/* sqlite-run DATABASE SQL: prints the rows, their fields between bars. 1 and a line on standard error when a statement fails. */
#include <sqlite3.h>
#include <stdio.h>

static int print(void *context, int count, char **fields, char **names) {
  (void)context, (void)names;
  for (int index = 0; index < count; index++)
    printf("%s%s", index > 0 ? "|" : "", fields[index] != NULL ? fields[index] : "NULL");
  puts("");
  return 0;
}

int main(int count, char **args) {
  sqlite3 *database;
  if (count != 3) return 2;
  int failed = sqlite3_open(args[1], &database);
  if (failed == SQLITE_OK) failed = sqlite3_exec(database, args[2], print, NULL, NULL);
  if (failed != SQLITE_OK) fprintf(stderr, "%d %s\n", failed, sqlite3_errmsg(database));
  return sqlite3_close(database) != SQLITE_OK || failed != SQLITE_OK;
}
