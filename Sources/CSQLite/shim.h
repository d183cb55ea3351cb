#include <sqlite3.h>

// sqlite3_db_config takes a variable number of arguments, which Swift cannot call.

/// While `keep` is not 0, closing the connection leaves the database file and its write-ahead log as they are, where it
/// would otherwise copy the log into the file and remove it.
static inline int breakerd_sqlite3_keep_log_on_close(sqlite3 *database, int keep) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep, (int *)0);
}
