/*
 * The C client of breakerd. breakerd.h says what each function does; this file is ordered from what all use to what users
 * call. docs/protocol.md and docs/board.md of breakerd are what it is written by.
 */
#define _GNU_SOURCE
#include "breakerd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define NEVER INT64_MAX
#define MILLISECOND INT64_C(1000000)
#define SECOND INT64_C(1000000000)

enum {
  /* The most that one report says, and the protocol takes. */
  MOST_SUCCESSES = 1000000,
  /* Reports that wait for a connection. */
  MOST_REPORTS = 512,
  /* So often a buffer is filled with what a server says, before something else is done. */
  MOST_READS = 16,
  /* The longest line that we write, and what is kept free for it. */
  LONGEST_LINE = 512,
  LONGEST_NAME = 100,
  LONGEST_WORD = 32,
  /* From how many milliseconds on the coarse clock is good enough to tell a slow call. */
  COARSE_ENOUGH = 100
};

/* No generation of the protocol, which has 24 bits. */
static const uint32_t NO_GENERATION = UINT32_MAX;
/* What the lower half of no word is. */
static const uint64_t NO_WORD = UINT64_MAX;
/* The retry time of a word that has none. */
static const uint64_t NO_RETRY = UINT32_MAX;
static const int64_t FIRST_BACKOFF = 10 * MILLISECOND, LONGEST_BACKOFF = SECOND;
/* How much later a daemon takes a failure up, as a rule. */
static const int64_t LAG = 10 * MILLISECOND;
/* For so long after a breaker's generation was first seen each success is told alone. */
static const int64_t UNBATCHED = SECOND;
static const int64_t COMPLAINT_INTERVAL = 60 * SECOND;

/* A call's stamp: in which process (bits 32-63) and generation (8-31) it was allowed, and these flags. */
enum {
  /* The board: its success may be counted here, and told with others. */
  BATCHABLE = 1,
  /* There is nothing to tell the daemon. */
  UNTOLD = 2,
  /* started_ is of the precise clock. */
  PRECISE = 4
};

/* What a process that was forked does not inherit: the system fills its page with zeros for a child. So the pointer that
   each call needs anyway says that the process is another, and that costs nothing. */
struct live {
  /* The board; NULL: there is none. */
  const uint8_t *board;
  bool is_alive;
};

struct board {
  const uint8_t *at;
  uint64_t size, slots, seed, base;
};

/* What the daemon said of its board. */
struct board_place {
  char path[1025];
  /* The number that its run has drawn, which its board bears too; 0: it said none. */
  uint64_t epoch;
};

enum { REPORT_OK = BREAKERD_OK, REPORT_FAIL = BREAKERD_FAIL, REPORT_IGNORE = BREAKERD_IGNORE, REPORT_DENIED };

/* What the daemon is to be told. */
struct report {
  const breakerd_breaker *breaker;
  int64_t ended_at;
  /* It ended later than this, whatever the coarse clock said. */
  int64_t after;
  /* -1: not to be said. */
  int64_t duration_ms;
  uint64_t permit;
  uint32_t generation;
  uint32_t count;
  int what;
  char error[LONGEST_WORD + 1];
};

struct answer {
  breakerd_decision decision;
  uint32_t generation;
  uint64_t permit;
  bool is_error;
};

enum complaint { UNAVAILABLE, NOT_PERMITTED, CALL_REFUSED, REPORT_REFUSED, COMPLAINTS };

struct breakerd_breaker {
  /* What each call looks at. */
  struct live *live;
  const uint8_t *slot;
  breakerd_client *client;
  /* The lower half of the last word that let calls pass, and the stamp of these; of no word: NO_WORD. */
  uint64_t passing, stamp;
  /* The same stamp, once their successes are told together. */
  uint64_t batching;
  int64_t newest;
  /* Successes of this generation that the daemon has not been told. */
  uint32_t count;
  /* Failures in a row that this client has seen. */
  uint32_t failures;

  uint32_t generation;
  /* Refusals by the board that the daemon has not been told. */
  uint32_t refused;
  /* From when on successes of this generation are told together. */
  int64_t batch_from;
  /* When the last failure was told. */
  int64_t failed_at;
  /* When the local breaker lets a call pass. */
  int64_t next_call_at;
  breakerd_breaker *next_dirty, *next_in_bucket, *next;
  bool is_dirty;
  uint8_t length;
  char name[LONGEST_NAME + 1];
};

struct breakerd_client {
  /* What each call looks at. */
  int64_t flush_at;
  uint32_t process;

  struct live *live;
  int64_t tick, flush, deadline, local_open;
  uint32_t local_failures;
  breakerd_on_unavailable on_unavailable;
  void (*log)(void *, breakerd_log_level, const char *);
  void *log_context;
  char *socket;
  char name[3 * LONGEST_WORD + 1];
  bool uses_board, wipes;
  pid_t pid;

  /* The breakers: all, by name, and those with something to tell. */
  breakerd_breaker *all, *dirty, **buckets;
  size_t breaker_count, bucket_count;

  /* The connection; -1: none. */
  int fd;
  ino_t inode;
  uid_t peer;
  int64_t connected_at, retry_at;
  unsigned failures;
  /* It has answered `allow`, or `hello` at least. */
  bool has_answered, is_greeted;
  bool awaits_hello, awaits_answer;
  uint32_t hello_tag, answer_tag, next_tag;
  uint64_t chance;
  struct answer answer;
  /* Why the daemon was of no use last, and what kind of thing that is. */
  char why[256];
  enum complaint why_kind;
  int64_t complain_at[COMPLAINTS];
  char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

  struct board board;
  struct board_place place;
  int64_t board_retry_at;
  bool board_is_due;

  breakerd_counts counts;
  size_t first_report, report_count;
  size_t out_start, out_end, in_end;
  struct report reports[MOST_REPORTS];
  char out[16384], in[4096];
};

/* A slot that says: ask. For breakers that have none. */
static const uint64_t no_slot[16];

/* ---- Time and chance ---- */

static inline int64_t read_clock(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * SECOND + time.tv_nsec;
}

/* Up to some milliseconds behind, and several times cheaper than the precise one. */
static inline int64_t coarse_now(void) { return read_clock(CLOCK_MONOTONIC_COARSE); }

static inline int64_t precise_now(void) { return read_clock(CLOCK_MONOTONIC); }

static int64_t whole_ms_up(int64_t span) { return span <= 0 ? 0 : (span - 1) / MILLISECOND + 1; }

static int32_t clamp_ms(int64_t ms) { return ms > INT32_MAX ? INT32_MAX : (int32_t)ms; }

/* xorshift64*; good enough for tags and jitter. */
static uint32_t random_number(breakerd_client *c) {
  c->chance ^= c->chance >> 12;
  c->chance ^= c->chance << 25;
  c->chance ^= c->chance >> 27;
  return (uint32_t)(c->chance * UINT64_C(0x2545F4914F6CDD1D) >> 32);
}

static void seed_chance(breakerd_client *c) {
  if (getrandom(&c->chance, sizeof c->chance, GRND_NONBLOCK) != sizeof c->chance || c->chance == 0)
    c->chance = ((uint64_t)precise_now() ^ (uint64_t)getpid() << 32) | 1;
  c->next_tag = random_number(c);
}

/* ---- Words ---- */

/* Copies what fits of a text, with what cannot be sent replaced. */
static void fit_word(char *to, const char *from) {
  size_t i = 0;
  for (; i < LONGEST_WORD && from[i]; i++) to[i] = from[i] >= 0x20 && from[i] < 0x7F ? from[i] : '_';
  to[i] = 0;
}

static void percent_encode(char *to, const char *from) {
  static const char digits[] = "0123456789ABCDEF";
  for (; *from; from++) {
    if (*from > 0x20 && *from != 0x7F && *from != '%') {
      *to++ = *from;
      continue;
    }
    *to++ = '%';
    *to++ = digits[(uint8_t)*from >> 4];
    *to++ = digits[*from & 15];
  }
  *to = 0;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns whether the value was well formed, and fits. */
static bool percent_decode(char *to, size_t room, const char *from) {
  while (*from) {
    if (room-- <= 1) return false;
    if (*from != '%') {
      *to++ = *from++;
      continue;
    }
    int high = hex_digit(from[1]), low = high < 0 ? -1 : hex_digit(from[2]);
    if (low < 0 || high * 16 + low == 0) return false;
    *to++ = (char)(high * 16 + low);
    from += 3;
  }
  *to = 0;
  return true;
}

static bool is_name(const char *name, size_t length) {
  if (length == 0 || length > LONGEST_NAME) return false;
  for (size_t i = 0; i < length; i++) {
    char c = name[i];
    bool begins = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!begins && (i == 0 || !strchr("./:@-", c))) return false;
  }
  return true;
}

static uint64_t fnv1a(uint64_t hash, const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001B3);
  return hash;
}

static const uint64_t FNV_BASIS = UINT64_C(0xCBF29CE484222325);

/* ---- The log ---- */

__attribute__((format(printf, 3, 4))) static void complain(
    breakerd_client *c, enum complaint kind, const char *format, ...) {
  if (!c->log) return;
  int64_t now = coarse_now();
  if (now < c->complain_at[kind]) return;
  c->complain_at[kind] = now + COMPLAINT_INTERVAL;
  char message[768];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  c->log(c->log_context, kind == NOT_PERMITTED ? BREAKERD_LOG_ERROR : BREAKERD_LOG_WARNING, message);
}

static void complain_unavailable(breakerd_client *c) {
  static const char *const consequences[] = {
      "calls are not guarded", "calls are refused", "calls are guarded by what this process sees alone"};
  const char *consequence = consequences[c->on_unavailable];
  if (c->why_kind == NOT_PERMITTED)
    complain(c, NOT_PERMITTED,
             "no permission to open breakerd's socket %s, so %s; mend it by: usermod -aG \"$(stat -c %%G %s)\" \"$(id -nu "
             "%u)\", then log in or start anew",
             c->path, consequence, c->path, (unsigned)geteuid());
  else if (c->why_kind == CALL_REFUSED)
    complain(c, CALL_REFUSED, "%s, since %s", consequence, c->why);
  else
    complain(c, UNAVAILABLE, "breakerd cannot be asked, so %s: %s", consequence, c->why);
}

/* ---- The board ---- */

static uint64_t load(const uint8_t *address) {
  return __atomic_load_n((const uint64_t *)(const void *)address, __ATOMIC_ACQUIRE);
}

static uint32_t slow_ms_of(const uint8_t *slot) {
  return __atomic_load_n((const uint32_t *)(const void *)(slot + 20), __ATOMIC_RELAXED);
}

/* To be looked at after the word: a file that is still alive then was in force when the word was loaded. */
static inline bool is_in_force(const uint8_t *board, int64_t now) {
  uint64_t status = load(board + 128);
  int64_t age = (int64_t)((uint64_t)now - load(board + 192));
  return status == 1 && age <= 2 * SECOND && age >= -50 * MILLISECOND;
}

static void drop_board(breakerd_client *c) {
  c->live->board = NULL;
  for (breakerd_breaker *b = c->all; b; b = b->next) b->slot = (const uint8_t *)no_slot;
  if (c->board.at) munmap((void *)(uintptr_t)c->board.at, c->board.size);
  memset(&c->board, 0, sizeof c->board);
}

static void open_board(breakerd_client *c) {
  int fd = open(c->place.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  struct stat status;
  uint64_t head[8];
  void *at = MAP_FAILED;
  /* Who owns a file can cut it short, which kills whoever reads it then. */
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_uid == c->peer || status.st_uid == 0) &&
      pread(fd, head, sizeof head, 0) == sizeof head && memcmp(head, "BRKBOARD", 8) == 0 && (uint32_t)head[1] == 1 &&
      head[2] == (4096 | UINT64_C(128) << 32) && head[3] && (head[3] & (head[3] - 1)) == 0 &&
      head[3] <= UINT64_C(1) << 32 && (!c->place.epoch || head[5] == c->place.epoch) &&
      head[7] == 4096 + 128 * head[3] && (uint64_t)status.st_size == head[7])
    at = mmap(NULL, head[7], PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (at == MAP_FAILED) return;
  c->board = (struct board){(const uint8_t *)at, head[7], head[3], head[4], head[6]};
  c->live->board = c->board.at;
  c->counts.boards++;
}

static const uint8_t *find_slot(const struct board *board, const breakerd_breaker *b) {
  uint8_t seed[8];
  for (int i = 0; i < 8; i++) seed[i] = (uint8_t)(board->seed >> 8 * i);
  uint64_t hash = fnv1a(fnv1a(FNV_BASIS, seed, sizeof seed), b->name, b->length);
  if (hash == 0) hash = 1;
  for (uint64_t i = 0; i < 32; i++) {
    const uint8_t *slot = board->at + 4096 + 128 * ((hash + i) & (board->slots - 1));
    uint64_t found = load(slot);
    uint16_t length;
    if (found == 0) break;
    if (found != hash) continue;
    memcpy(&length, slot + 16, sizeof length);
    if (length == b->length && memcmp(slot + 24, b->name, length) == 0) return slot;
  }
  return (const uint8_t *)no_slot;
}

/* Opens the board if there is none that is in force, at most once for each connection and second, and finds the breaker. To
   be called when the daemon has answered, since only then the name is on it. */
static void refresh_board(breakerd_client *c, breakerd_breaker *b) {
  int64_t now = coarse_now();
  if (!c->uses_board) return;
  bool serves = c->board.at && is_in_force(c->board.at, now);
  if (!serves && *c->place.path && (c->board_is_due || now >= c->board_retry_at)) {
    c->board_is_due = false;
    c->board_retry_at = now + SECOND;
    drop_board(c);
    open_board(c);
  }
  if (c->board.at && b->slot == (const uint8_t *)no_slot) b->slot = find_slot(&c->board, b);
}

/* ---- What is to be told ---- */

static bool pump(breakerd_client *c, int64_t now);

static void hold_report(breakerd_client *c, const struct report *report) {
  if (c->report_count == MOST_REPORTS) pump(c, precise_now());
  if (c->report_count == MOST_REPORTS) {
    c->first_report = (c->first_report + 1) % MOST_REPORTS;
    c->report_count--;
    c->counts.reports_dropped++;
  }
  c->reports[(c->first_report + c->report_count++) % MOST_REPORTS] = *report;
}

static void take_batch(breakerd_breaker *b) {
  struct report report = {.breaker = b, .duration_ms = -1, .generation = NO_GENERATION};
  if (b->count) {
    report.what = REPORT_OK;
    report.generation = b->generation;
    report.count = b->count;
    report.ended_at = b->newest;
    report.after = b->failed_at;
    b->count = 0;
    hold_report(b->client, &report);
  }
  if (b->refused) {
    report.what = REPORT_DENIED;
    report.generation = NO_GENERATION;
    report.count = b->refused;
    b->refused = 0;
    hold_report(b->client, &report);
  }
}

/* Takes what was counted of all breakers. */
static void take_batches(breakerd_client *c) {
  while (c->dirty) {
    breakerd_breaker *b = c->dirty;
    c->dirty = b->next_dirty;
    b->is_dirty = false;
    take_batch(b);
  }
}

/* Something of this breaker has been counted. */
static void mark_dirty(breakerd_breaker *b, int64_t now) {
  breakerd_client *c = b->client;
  if (!b->is_dirty) {
    b->is_dirty = true;
    b->next_dirty = c->dirty;
    c->dirty = b;
  }
  if (now + c->flush < c->flush_at) c->flush_at = now + c->flush;
}

static void see_generation(breakerd_breaker *b, uint32_t generation, int64_t now) {
  if (generation == b->generation) return;
  take_batch(b);
  b->generation = generation;
  b->batch_from = now + UNBATCHED;
  b->passing = NO_WORD;
  b->batching = 0;
}

static uint64_t stamp_of(const breakerd_client *c, uint32_t generation, uint32_t flags) {
  return (uint64_t)c->process << 32 | (uint32_t)(generation << 8) | flags;
}

__attribute__((format(printf, 2, 3))) static void append(breakerd_client *c, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t room = sizeof c->out - c->out_end;
  int length = vsnprintf(c->out + c->out_end, room, format, arguments);
  va_end(arguments);
  if (length > 0 && (size_t)length < room) c->out_end += (size_t)length;
}

static void append_report(breakerd_client *c, const struct report *r, int64_t now) {
  static const char *const words[] = {"ok", "fail", "ignore"};
  append(c, "@%08x ", c->next_tag++);
  if (r->what == REPORT_DENIED) {
    append(c, "denied %s n=%u quiet\n", r->breaker->name, r->count);
    return;
  }
  append(c, "report %s %s", r->breaker->name, words[r->what]);
  if (r->generation != NO_GENERATION) append(c, " %u", r->generation);
  if (r->permit) append(c, ".%llu", (unsigned long long)r->permit);
  if (r->count > 1) append(c, " n=%u", r->count);
  if (r->duration_ms >= 0) append(c, " ms=%lld", (long long)r->duration_ms);
  int64_t age = whole_ms_up(now - r->ended_at);
  /* A success that followed a failure of this client ends the run of failures, so it must not seem to come before it: by rounding, or
     because a busy daemon took the failure up a little later. */
  if (r->after && (now - r->after - LAG) / MILLISECOND < age) age = (now - r->after - LAG) / MILLISECOND;
  if (age > 0 && r->what != REPORT_IGNORE) append(c, " age=%lld", (long long)age);
  if (*r->error) {
    char word[3 * LONGEST_WORD + 1];
    percent_encode(word, r->error);
    append(c, " err=%s", word);
  }
  append(c, " quiet\n");
}

/* Puts reports where they are sent from, while there is room for them and one more request. */
static void append_reports(breakerd_client *c, int64_t now) {
  if (c->out_start == c->out_end) c->out_start = c->out_end = 0;
  if (c->out_start > sizeof c->out / 2) {
    memmove(c->out, c->out + c->out_start, c->out_end - c->out_start);
    c->out_end -= c->out_start;
    c->out_start = 0;
  }
  while (c->report_count && sizeof c->out - c->out_end >= 2 * LONGEST_LINE) {
    append_report(c, &c->reports[c->first_report], now);
    c->first_report = (c->first_report + 1) % MOST_REPORTS;
    c->report_count--;
    c->counts.reports_sent++;
  }
}

/* ---- The connection ---- */

/* Gives the connection up. How long no call tries the next depends on whether this one has ever been of use. */
__attribute__((format(printf, 3, 4))) static void lose(breakerd_client *c, bool hung, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(c->why, sizeof c->why, format, arguments);
  va_end(arguments);
  c->why_kind = UNAVAILABLE;
  int64_t now = precise_now();
  bool was_of_use = c->fd >= 0 && (c->has_answered || (c->is_greeted && now - c->connected_at >= SECOND));
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  /* The end of each line that was not sent; the last report may be half there. */
  for (size_t i = c->out_start; i < c->out_end; i++)
    if (c->out[i] == '\n' && i >= 5 && memcmp(c->out + i - 5, "quiet", 5) == 0) {
      c->counts.reports_sent--;
      c->counts.reports_dropped++;
    }
  c->out_start = c->out_end = c->in_end = 0;
  c->awaits_hello = c->awaits_answer = false;
  if (was_of_use) c->failures = 0;
  if (was_of_use && !hung) {
    c->retry_at = 0;
    return;
  }
  int64_t wait = FIRST_BACKOFF << (c->failures < 10 ? c->failures : 10);
  if (wait > LONGEST_BACKOFF) wait = LONGEST_BACKOFF;
  c->failures++;
  c->retry_at = now + wait / 2 + (int64_t)((uint64_t)(wait / 2) * random_number(c) >> 32);
}

static bool is_private_directory(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
         (status.st_mode & 022) == 0;
}

static bool may_exist(const char *path) { return access(path, F_OK) == 0 || errno == EACCES; }

/* Finds the socket. */
static bool find_path(breakerd_client *c) {
  static const char service[] = "/run/breakerd/breakerd.sock";
  const char *given = c->socket ? c->socket : getenv("BREAKERD_SOCKET");
  char path[sizeof c->path], temporary[64];
  if (c->socket || (given && *given)) return (size_t)snprintf(c->path, sizeof c->path, "%s", given) < sizeof c->path;
  memcpy(c->path, service, sizeof service);
  if (may_exist(service)) return true;
  const char *runtime = getenv("XDG_RUNTIME_DIR");
  if (runtime && *runtime &&
      (size_t)snprintf(path, sizeof path, "%s/breakerd/breakerd.sock", runtime) < sizeof path && may_exist(path)) {
    memcpy(c->path, path, sizeof path);
    return true;
  }
  /* Anybody can make a directory in /tmp. */
  snprintf(temporary, sizeof temporary, "/tmp/breakerd-%u", (unsigned)geteuid());
  snprintf(path, sizeof path, "%s/breakerd.sock", temporary);
  if (is_private_directory(temporary) && may_exist(path)) memcpy(c->path, path, sizeof path);
  return true;
}

static void connect_failed(breakerd_client *c, int error) {
  struct stat status;
  switch (error) {
  case ENOENT:
  case ENOTDIR:
  case ECONNREFUSED:
    if (stat(c->path, &status) == 0 && !S_ISSOCK(status.st_mode)) {
      lose(c, false, "%s is no socket", c->path);
      break;
    }
    lose(c, false, "nothing listens at %s: is breakerd running?", c->path);
    break;
  case EAGAIN: lose(c, false, "%s takes no more connections now", c->path); break;
  case EACCES:
  case EPERM:
    lose(c, false, "no permission to open %s", c->path);
    c->why_kind = NOT_PERMITTED;
    break;
  default: lose(c, false, "cannot connect to %s: %s", c->path, strerror(error));
  }
}

/* Opens the connection and says hello, without waiting for anything. */
static bool open_connection(breakerd_client *c, int64_t now) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!find_path(c) || !*c->path) {
    lose(c, false, "the path of a socket has 1 to %zu bytes", sizeof c->path - 1);
    return false;
  }
  memcpy(address.sun_path, c->path, sizeof c->path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    lose(c, false, "cannot make a socket: %s", strerror(errno));
    return false;
  }
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
    int error = errno;
    close(fd);
    connect_failed(c, error);
    return false;
  }
  struct ucred peer = {.uid = (uid_t)-1};
  socklen_t size = sizeof peer;
  struct stat status;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) peer.uid = 0;
  c->inode = fstat(fd, &status) == 0 ? status.st_ino : 0;
  c->fd = fd;
  c->peer = peer.uid;
  c->connected_at = now;
  c->has_answered = c->is_greeted = false;
  c->counts.connections++;
  c->hello_tag = c->next_tag++;
  c->awaits_hello = true;
  append(c, "@%08x hello 1 client=c/" BREAKERD_VERSION " bound=yes%s%s\n", c->hello_tag, *c->name ? " name=" : "",
         c->name);
  return true;
}

/* ---- What the daemon says ---- */

/* The next word of a line; NULL: there is none. */
static char *next_word(char **rest) {
  char *word = *rest;
  if (!word || !*word) return NULL;
  char *end = strchr(word, ' ');
  if (end) *end++ = 0;
  *rest = end;
  return word;
}

/* The value of `key=value`, if the word begins so; else NULL. */
static char *value_of(char *word, const char *key) {
  size_t length = strlen(key);
  return strncmp(word, key, length) == 0 ? word + length : NULL;
}

/* -1: it is no number. */
static int32_t milliseconds(const char *digits) {
  int64_t value = 0;
  if (!*digits) return -1;
  for (; *digits >= '0' && *digits <= '9'; digits++) value = value > INT32_MAX ? value : value * 10 + *digits - '0';
  return *digits ? -1 : clamp_ms(value);
}

static void take_hello(breakerd_client *c, char *rest) {
  c->is_greeted = true;
  struct board_place place = {{0}, 0};
  for (char *word, *value; (word = next_word(&rest));) {
    if ((value = value_of(word, "epoch="))) place.epoch = strtoull(value, NULL, 16);
    if ((value = value_of(word, "board=")) && !percent_decode(place.path, sizeof place.path, value)) *place.path = 0;
  }
  /* What is mapped may be the board of another run. */
  if (strcmp(place.path, c->place.path) != 0 || place.epoch != c->place.epoch) drop_board(c);
  c->place = place;
  c->board_is_due = c->uses_board;
}

static breakerd_reason reason_of(const char *word) {
  for (int reason = BREAKERD_CLOSED; reason <= BREAKERD_RAMP; reason++)
    if (strcmp(word, breakerd_reason_word((breakerd_reason)reason)) == 0) return (breakerd_reason)reason;
  return BREAKERD_OTHER;
}

/* The reply to `allow`; false: it is none. */
static bool take_answer(struct answer *answer, char *rest) {
  char *word = next_word(&rest), *reason = next_word(&rest), *value;
  if (!word || (strcmp(word, "allow") != 0 && strcmp(word, "deny") != 0)) return false;
  answer->decision =
      (breakerd_decision){strcmp(word, "allow") == 0, reason ? reason_of(reason) : BREAKERD_OTHER, -1, -1};
  while ((word = next_word(&rest))) {
    if (*word >= '0' && *word <= '9') {
      char *end;
      answer->generation = (uint32_t)strtoul(word, &end, 10) & 0xFFFFFF;
      if (*end == '.') answer->permit = strtoull(end + 1, NULL, 10);
    } else if ((value = value_of(word, "retry_ms="))) {
      answer->decision.retry_ms = milliseconds(value);
    } else if ((value = value_of(word, "lease_ms="))) {
      answer->decision.lease_ms = milliseconds(value);
    }
  }
  return true;
}

static void take_foreign(breakerd_client *c, const char *line) {
  char sample[41];
  size_t i = 0;
  for (; i < sizeof sample - 1 && line[i]; i++) sample[i] = line[i] >= 0x20 && line[i] < 0x7F ? line[i] : '?';
  sample[i] = 0;
  lose(c, true, "wrong socket: %s is not breakerd's, it said \"%s\"", c->path, sample);
}

/* One line, without its end. It may end the connection. */
static void take_line(breakerd_client *c, char *line) {
  char kind = *line, *rest = line + (kind != 0), *tag = NULL;
  if (kind == '>') return;
  if (*rest == '@') tag = next_word(&rest);
  if (!rest) rest = line + strlen(line);
  if (kind == '~') {
    c->counts.reports_refused++;
    complain(c, REPORT_REFUSED, "breakerd refused a report: %s", rest);
    return;
  }
  if (kind == '!') {
    lose(c, false, "breakerd closed the connection: %s", rest);
    return;
  }
  uint32_t expected = c->awaits_hello ? c->hello_tag : c->answer_tag;
  char name[16];
  snprintf(name, sizeof name, "@%08x", expected);
  if ((kind != '+' && kind != '-') || !tag || strcmp(tag, name) != 0 || !(c->awaits_hello || c->awaits_answer)) {
    if (tag && rest > tag && *rest) rest[-1] = ' ';
    take_foreign(c, line);
  } else if (c->awaits_hello) {
    c->awaits_hello = false;
    if (kind == '+') take_hello(c, rest);
    else lose(c, false, "breakerd refused: %s", rest);
  } else {
    c->awaits_answer = false;
    c->answer = (struct answer){.generation = NO_GENERATION, .is_error = kind == '-'};
    if (kind == '-') {
      snprintf(c->why, sizeof c->why, "breakerd refused: %s", rest);
      c->why_kind = CALL_REFUSED;
    } else if (!take_answer(&c->answer, rest)) {
      take_foreign(c, line);
      return;
    }
    c->has_answered = true;
    c->failures = 0;
  }
}

/* Takes in what has come, without waiting, and no more than a server has to say at a time: one that talks without end must not
   keep a call from its deadline. Returns whether the connection is still there. */
static bool take_in(breakerd_client *c) {
  for (int reads = 0; c->fd >= 0 && reads < MOST_READS; reads++) {
    size_t room = sizeof c->in - 1 - c->in_end;
    ssize_t count = recv(c->fd, c->in + c->in_end, room, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) {
      lose(c, false, "the connection to %s was lost", c->path);
      return false;
    }
    c->in_end += (size_t)count;
    char *line = c->in, *stop = c->in + c->in_end, *end;
    while (c->fd >= 0 && (end = (char *)memchr(line, '\n', (size_t)(stop - line)))) {
      *end = 0;
      take_line(c, line);
      line = end + 1;
    }
    if (c->fd < 0) return false;
    c->in_end = (size_t)(stop - line);
    memmove(c->in, line, c->in_end);
    if (c->in_end == sizeof c->in - 1) {
      c->in[c->in_end] = 0;
      take_foreign(c, c->in);
      return false;
    }
    if ((size_t)count < room) return true;
  }
  return c->fd >= 0;
}

/* ---- Talking ---- */

/* Sends what the socket takes. */
static bool send_out(breakerd_client *c) {
  while (c->out_start < c->out_end) {
    ssize_t count = send(c->fd, c->out + c->out_start, c->out_end - c->out_start, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0)
      c->out_start += (size_t)count;
    else if (errno == EAGAIN)
      return true;
    else if (errno != EINTR) {
      /* It may have said why. */
      if (take_in(c)) lose(c, false, "the connection to %s was lost", c->path);
      return false;
    }
  }
  return true;
}

/* Waits until the socket can be read, or written if something is to be sent, or it is too late. */
static bool await(breakerd_client *c, int64_t deadline) {
  int64_t left = deadline - precise_now();
  if (left <= 0) return false;
  short events = c->out_start < c->out_end ? POLLIN | POLLOUT : POLLIN;
  struct pollfd request = {.fd = c->fd, .events = events};
  return poll(&request, 1, (int)whole_ms_up(left)) > 0 || precise_now() < deadline;
}

/* Sends reports, as far as that takes no waiting. Returns whether there is a connection. */
static bool pump(breakerd_client *c, int64_t now) {
  if (c->fd >= 0) take_in(c);
  if (c->fd < 0 && (now < c->retry_at || !open_connection(c, now))) return false;
  do append_reports(c, now);
  while (send_out(c) && c->report_count && c->out_start == c->out_end);
  return c->fd >= 0;
}

/* Whether reports wait for room, though they were offered: one more for each success would only push others out. */
static bool has_waiting(breakerd_client *c, int64_t now) {
  if (c->report_count) pump(c, now);
  return c->report_count > 0;
}

/* Says when to look again at what could not be sent. */
static void reschedule(breakerd_client *c, int64_t now) {
  if (c->dirty) return;
  c->flush_at = NEVER;
  if (c->report_count == 0 && c->out_start == c->out_end) return;
  c->flush_at = now + FIRST_BACKOFF > c->retry_at || c->fd >= 0 ? now + FIRST_BACKOFF : c->retry_at;
}

/* Tells all that was counted. */
static void tell(breakerd_client *c, int64_t now) {
  take_batches(c);
  if (c->report_count || c->out_start < c->out_end) pump(c, now);
  reschedule(c, now);
}

/* Asks the daemon; true: c->answer is its decision. */
static bool ask(breakerd_breaker *b, uint32_t lease_ms) {
  breakerd_client *c = b->client;
  int64_t now = precise_now(), deadline = now + c->deadline;
  c->counts.asked++;
  for (bool again = false;; again = true) {
    if (c->fd >= 0) take_in(c);
    if (c->fd < 0 && (now < c->retry_at || !open_connection(c, now))) return false;
    append_reports(c, now);
    c->answer_tag = c->next_tag++;
    c->awaits_answer = true;
    append(c, "@%08x allow %s", c->answer_tag, b->name);
    if (lease_ms) append(c, " lease=%ums", lease_ms);
    append(c, "\n");
    while (send_out(c) && await(c, deadline) && take_in(c) && c->awaits_answer) {}
    if (c->fd >= 0 && !c->awaits_answer) return !c->answer.is_error;
    if (c->fd >= 0) {
      c->counts.timeouts++;
      lose(c, true, "no reply from %s within the deadline", c->path);
      return false;
    }
    /* It was an old connection, and the daemon may have been started anew. */
    now = precise_now();
    if (again || now < c->retry_at || now >= deadline) return false;
  }
}

/* ---- Processes ---- */

/* Forgets what belongs to the process that this one was forked from. */
static void begin_anew(breakerd_client *c) {
  struct stat status;
  /* The number may be another file's by now. */
  if (c->fd >= 0 && fstat(c->fd, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_ino == c->inode) close(c->fd);
  c->fd = -1;
  c->out_start = c->out_end = c->in_end = 0;
  c->awaits_hello = c->awaits_answer = false;
  c->first_report = c->report_count = 0;
  for (breakerd_breaker *b = c->all; b; b = b->next) {
    b->count = b->refused = b->failures = 0;
    b->failed_at = b->next_call_at = 0;
    b->generation = NO_GENERATION;
    b->is_dirty = false;
    b->passing = NO_WORD;
    b->batching = 0;
  }
  c->dirty = NULL;
  c->flush_at = NEVER;
  c->retry_at = 0;
  c->failures = 0;
  c->process++;
  c->pid = getpid();
  memset(&c->counts, 0, sizeof c->counts);
  seed_chance(c);
  drop_board(c);
  c->live->is_alive = true;
}

static inline void see_process(breakerd_client *c) {
  if (UNLIKELY(!c->live->is_alive || (!c->wipes && getpid() != c->pid))) begin_anew(c);
}

/* ---- Calls ---- */

static inline breakerd_decision allowed(breakerd_reason reason) { return (breakerd_decision){true, reason, -1, -1}; }

static breakerd_decision deny(breakerd_call *call, breakerd_reason reason, int32_t retry_ms) {
  call->breaker_ = NULL;
  return (breakerd_decision){false, reason, retry_ms, -1};
}

/* By the local breaker: -1: pass, else when to ask again. */
static int64_t wait_locally(breakerd_breaker *b, int64_t now) {
  const breakerd_client *c = b->client;
  if (b->failures < c->local_failures) return -1;
  if (now < b->next_call_at) return b->next_call_at - now;
  b->next_call_at = now + c->local_open;
  return -1;
}

static breakerd_decision decide_alone(breakerd_breaker *b, breakerd_call *call) {
  breakerd_client *c = b->client;
  c->counts.unavailable++;
  complain_unavailable(c);
  /* If the daemon comes back, it can be told how the call ended, and knows it for stale if the breaker has moved. */
  call->stamp_ = stamp_of(c, b->generation, b->generation == NO_GENERATION ? PRECISE | UNTOLD : PRECISE);
  if (c->on_unavailable == BREAKERD_UNAVAILABLE_DENY) return deny(call, BREAKERD_UNAVAILABLE, -1);
  if (c->on_unavailable == BREAKERD_UNAVAILABLE_LOCAL) {
    int64_t wait = wait_locally(b, precise_now());
    if (wait >= 0) return deny(call, BREAKERD_LOCAL, clamp_ms(whole_ms_up(wait)));
  }
  return allowed(BREAKERD_UNAVAILABLE);
}

static breakerd_decision decide_by_daemon(breakerd_breaker *b, uint32_t lease_ms, breakerd_call *call) {
  breakerd_client *c = b->client;
  call->started_ = precise_now();
  call->slow_at_ = NEVER;
  call->permit_ = 0;
  bool answered = ask(b, lease_ms);
  reschedule(c, call->started_);
  if (!answered) return decide_alone(b, call);
  struct answer answer = c->answer;
  refresh_board(c, b);
  if (answer.generation != NO_GENERATION) see_generation(b, answer.generation, coarse_now());
  if (!answer.decision.allowed) return deny(call, answer.decision.reason, answer.decision.retry_ms);
  /* What it took to ask is no part of the call. */
  call->started_ = precise_now();
  call->stamp_ = stamp_of(c, answer.generation, answer.generation == NO_GENERATION ? PRECISE | UNTOLD : PRECISE);
  call->permit_ = answer.permit;
  return answer.decision;
}

static inline breakerd_decision begin_by_board(breakerd_breaker *b, breakerd_call *call, uint64_t word, int64_t now) {
  uint32_t slow_ms = slow_ms_of(b->slot);
  int64_t slow_at = NEVER;
  uint64_t stamp = b->stamp;
  if (UNLIKELY(slow_ms != 0)) {
    slow_at = now + (int64_t)slow_ms * MILLISECOND;
    if (slow_ms < COARSE_ENOUGH) {
      now = precise_now();
      /* What the coarse clock shows later may be a tick behind. */
      slow_at = now + (int64_t)slow_ms * MILLISECOND - b->client->tick;
      stamp |= PRECISE;
    }
  }
  call->breaker_ = b;
  call->started_ = now;
  call->slow_at_ = slow_at;
  call->stamp_ = stamp;
  return allowed((breakerd_reason)(word & 15));
}

/* When the word of an open breaker says to ask again. */
static uint64_t time_of(const breakerd_client *c, uint64_t word) {
  return c->board.base + (word >> 32) * 10 * (uint64_t)MILLISECOND;
}

/* Refused by the board. */
static breakerd_decision refuse(breakerd_breaker *b, breakerd_call *call, breakerd_reason reason, uint64_t word, int64_t now) {
  breakerd_client *c = b->client;
  int32_t retry_ms = -1;
  if (word >> 32 != NO_RETRY)
    retry_ms = clamp_ms(whole_ms_up((int64_t)(time_of(c, word) - (uint64_t)now)));
  c->counts.refused++;
  if (b->refused++ == 0) mark_dirty(b, now);
  if (b->refused == MOST_SUCCESSES) tell(c, now);
  return deny(call, reason, retry_ms);
}

/* All that is not quickly decided. */
__attribute__((noinline)) static breakerd_decision decide(breakerd_breaker *b, uint32_t lease_ms, breakerd_call *call) {
  breakerd_client *c = b->client;
  see_process(c);
  call->breaker_ = b;
  int64_t now = coarse_now();
  if (now >= c->flush_at) tell(c, now);
  uint64_t word = load(b->slot + 8);
  if (!c->board.at || !is_in_force(c->board.at, now)) return decide_by_daemon(b, lease_ms, call);
  uint32_t generation = (uint32_t)word >> 8;
  /* With the bit `ask`, no case fits. */
  switch (word & 31) {
  case BREAKERD_CLOSED:
  case BREAKERD_FORCED_CLOSED:
  case BREAKERD_OBSERVE:
    see_generation(b, generation, now);
    b->passing = (uint32_t)word;
    b->stamp = stamp_of(c, generation, BATCHABLE);
    return begin_by_board(b, call, word, now);
  case BREAKERD_OPEN:
    if (word >> 32 != NO_RETRY && (uint64_t)now >= time_of(c, word)) break;
    return refuse(b, call, BREAKERD_OPEN, word, now);
  case BREAKERD_HALF_OPEN: return refuse(b, call, BREAKERD_HALF_OPEN, word, now);
  case BREAKERD_FORCED_OPEN: return refuse(b, call, BREAKERD_FORCED_OPEN, word, now);
  default: break;
  }
  return decide_by_daemon(b, lease_ms, call);
}

breakerd_decision breakerd_allow_for(breakerd_breaker *b, uint32_t lease_ms, breakerd_call *call) {
  return decide(b, lease_ms, call);
}

breakerd_decision breakerd_allow(breakerd_breaker *b, breakerd_call *call) {
  const uint8_t *board = b->live->board;
  if (UNLIKELY(!board)) return decide(b, 0, call);
  uint64_t word = load(b->slot + 8);
  int64_t now = coarse_now();
  if (LIKELY((uint32_t)word == b->passing && is_in_force(board, now) && now < b->client->flush_at))
    return begin_by_board(b, call, word, now);
  return decide(b, 0, call);
}

static void record_locally(breakerd_breaker *b, breakerd_outcome outcome, int64_t now) {
  const breakerd_client *c = b->client;
  if (outcome == BREAKERD_OK) b->failures = 0;
  if (outcome != BREAKERD_FAIL) return;
  if (b->failures < c->local_failures) b->failures++;
  if (b->failures == c->local_failures) b->next_call_at = now + c->local_open;
}

/* A success that is told with others. */
static void count_success(breakerd_breaker *b, int64_t now) {
  breakerd_client *c = b->client;
  b->newest = now;
  if (now >= b->batch_from) b->batching = b->stamp;
  if (b->count++ == 0) mark_dirty(b, now);
  if (b->count == MOST_SUCCESSES || now >= c->flush_at) tell(c, now);
}

/* All that is not quickly counted. */
__attribute__((noinline)) static breakerd_error settle(breakerd_call *call, breakerd_outcome outcome, const char *error) {
  breakerd_breaker *b = call->breaker_;
  if (!b) return BREAKERD_E_SETTLED;
  call->breaker_ = NULL;
  breakerd_client *c = b->client;
  see_process(c);
  /* It is the parent's call. */
  if (call->stamp_ >> 32 != c->process) return BREAKERD_DONE;
  uint32_t generation = (uint32_t)call->stamp_ >> 8;
  bool is_precise = call->stamp_ & PRECISE, is_batchable = call->stamp_ & BATCHABLE;
  uint64_t permit = is_batchable ? 0 : call->permit_;
  int64_t coarse = coarse_now(), now = precise_now();
  int64_t ended_at = is_precise ? now : coarse, duration = ended_at - call->started_;
  bool is_slow = call->slow_at_ != NEVER && ended_at >= call->slow_at_ + (is_precise ? c->tick : 0);
  record_locally(b, outcome, now);
  if (call->stamp_ & UNTOLD || (outcome == BREAKERD_IGNORE && !permit)) {
    if (coarse >= c->flush_at) tell(c, now);
    return BREAKERD_DONE;
  }
  if (is_batchable && outcome == BREAKERD_OK && !is_slow && generation == b->generation &&
      (coarse >= b->batch_from || has_waiting(c, now))) {
    count_success(b, coarse);
    return BREAKERD_DONE;
  }
  struct report report = {.breaker = b,
                          .ended_at = now,
                          .duration_ms = outcome == BREAKERD_IGNORE ? -1 : duration / MILLISECOND,
                          .permit = permit,
                          .generation = generation,
                          .count = 1,
                          .what = (int)outcome};
  if (error && outcome == BREAKERD_FAIL) fit_word(report.error, error);
  /* The successes before it go before it, in the same write. */
  if (coarse >= c->flush_at) take_batches(c);
  else take_batch(b);
  if (outcome == BREAKERD_FAIL) b->failed_at = now;
  hold_report(c, &report);
  pump(c, now);
  reschedule(c, now);
  return BREAKERD_DONE;
}

breakerd_error breakerd_report(breakerd_call *call, breakerd_outcome outcome, const char *error) {
  breakerd_breaker *b = call->breaker_;
  if (LIKELY(b && outcome == BREAKERD_OK)) {
    int64_t now = coarse_now();
    if (LIKELY((call->stamp_ & ~(uint64_t)PRECISE) == b->batching && now < call->slow_at_ && now < b->client->flush_at &&
               b->count - 1 < MOST_SUCCESSES - 2)) {
      call->breaker_ = NULL;
      b->failures = 0;
      b->newest = now;
      b->count++;
      return BREAKERD_DONE;
    }
  }
  return settle(call, outcome, error);
}

/* ---- Clients ---- */

static breakerd_error give(breakerd_error *to, breakerd_error error) {
  if (to) *to = error;
  return error;
}

static bool are_valid(const breakerd_options *o) {
  return o->size >= sizeof *o && o->deadline_ms >= 1 && o->deadline_ms <= 60000 && o->flush_ms >= 1 &&
         o->flush_ms <= 60000 && o->on_unavailable <= BREAKERD_UNAVAILABLE_LOCAL && o->local_failures >= 1 &&
         o->local_open_ms >= 1;
}

static struct live *make_live(bool *wipes) {
  void *page = mmap(NULL, sizeof(struct live), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return NULL;
  /* Without it (Linux before 4.14) there is no board, and each call looks at its process's number. */
  *wipes = madvise(page, sizeof(struct live), MADV_WIPEONFORK) == 0;
  return (struct live *)page;
}

breakerd_client *breakerd_new(const breakerd_options *given, breakerd_error *error) {
  breakerd_options options;
  breakerd_options_init(&options);
  if (given) {
    if (!are_valid(given)) return give(error, BREAKERD_E_OPTION), NULL;
    options = *given;
  }
  breakerd_client *c = (breakerd_client *)calloc(1, sizeof *c);
  if (!c) return give(error, BREAKERD_E_MEMORY), NULL;
  c->fd = -1;
  c->bucket_count = 16;
  c->buckets = (breakerd_breaker **)calloc(c->bucket_count, sizeof *c->buckets);
  c->live = make_live(&c->wipes);
  c->socket = options.socket ? strdup(options.socket) : NULL;
  if (!c->buckets || !c->live || (options.socket && !c->socket)) {
    breakerd_free(c);
    return give(error, BREAKERD_E_MEMORY), NULL;
  }
  if (options.name) {
    char word[LONGEST_WORD + 1];
    fit_word(word, options.name);
    percent_encode(c->name, word);
  }
  struct timespec resolution;
  c->tick = clock_getres(CLOCK_MONOTONIC_COARSE, &resolution) == 0 ? resolution.tv_nsec : 10 * MILLISECOND;
  c->deadline = options.deadline_ms * MILLISECOND;
  c->flush = options.flush_ms * MILLISECOND;
  c->local_open = options.local_open_ms * MILLISECOND;
  c->local_failures = options.local_failures;
  c->on_unavailable = options.on_unavailable;
  c->log = options.log;
  c->log_context = options.log_context;
  c->uses_board = options.use_board && c->wipes;
  c->flush_at = NEVER;
  c->pid = getpid();
  c->live->is_alive = true;
  seed_chance(c);
  give(error, BREAKERD_DONE);
  return c;
}

breakerd_error breakerd_flush(breakerd_client *c) {
  see_process(c);
  int64_t deadline = precise_now() + c->deadline;
  take_batches(c);
  while (c->report_count || c->out_start < c->out_end) {
    if (!pump(c, precise_now()) && precise_now() < c->retry_at) break;
    if (c->fd >= 0 && c->out_start < c->out_end && !await(c, deadline)) break;
  }
  reschedule(c, coarse_now());
  return c->report_count || c->out_start < c->out_end ? BREAKERD_E_UNAVAILABLE : BREAKERD_DONE;
}

void breakerd_free(breakerd_client *c) {
  if (!c) return;
  if (c->live && c->buckets) {
    see_process(c);
    int64_t deadline = precise_now() + c->deadline;
    breakerd_flush(c);
    /* The daemon closes when it has taken in all that was sent. */
    if (c->fd >= 0 && shutdown(c->fd, SHUT_WR) == 0)
      while (await(c, deadline) && take_in(c)) {}
    if (c->fd >= 0) close(c->fd);
    drop_board(c);
  }
  if (c->live) munmap(c->live, sizeof(struct live));
  for (breakerd_breaker *b = c->all, *next; b; b = next) {
    next = b->next;
    free(b);
  }
  free(c->buckets);
  free(c->socket);
  free(c);
}

static void widen(breakerd_client *c) {
  size_t count = 2 * c->bucket_count;
  breakerd_breaker **buckets = (breakerd_breaker **)calloc(count, sizeof *buckets);
  /* Longer chains will do. */
  if (!buckets) return;
  for (breakerd_breaker *b = c->all; b; b = b->next) {
    size_t index = fnv1a(FNV_BASIS, b->name, b->length) & (count - 1);
    b->next_in_bucket = buckets[index];
    buckets[index] = b;
  }
  free(c->buckets);
  c->buckets = buckets;
  c->bucket_count = count;
}

breakerd_breaker *breakerd_get(breakerd_client *c, const char *name, breakerd_error *error) {
  size_t length = name ? strnlen(name, LONGEST_NAME + 1) : 0;
  if (!name || !is_name(name, length)) return give(error, BREAKERD_E_NAME), NULL;
  uint64_t hash = fnv1a(FNV_BASIS, name, length);
  give(error, BREAKERD_DONE);
  for (breakerd_breaker *b = c->buckets[hash & (c->bucket_count - 1)]; b; b = b->next_in_bucket)
    if (b->length == length && memcmp(b->name, name, length) == 0) return b;
  breakerd_breaker *b = (breakerd_breaker *)calloc(1, sizeof *b);
  if (!b) return give(error, BREAKERD_E_MEMORY), NULL;
  if (++c->breaker_count > c->bucket_count) widen(c);
  b->live = c->live;
  b->client = c;
  b->slot = (const uint8_t *)no_slot;
  b->generation = NO_GENERATION;
  b->passing = NO_WORD;
  b->length = (uint8_t)length;
  memcpy(b->name, name, length);
  b->next = c->all;
  c->all = b;
  b->next_in_bucket = c->buckets[hash & (c->bucket_count - 1)];
  c->buckets[hash & (c->bucket_count - 1)] = b;
  return b;
}

const char *breakerd_name(const breakerd_breaker *b) { return b->name; }

void breakerd_count(const breakerd_client *c, breakerd_counts *counts) { *counts = c->counts; }

const char *breakerd_strerror(breakerd_error error) {
  switch (error) {
  case BREAKERD_DONE: return "done";
  case BREAKERD_E_MEMORY: return "no memory is left";
  case BREAKERD_E_NAME:
    return "a name is 1 to 100 bytes of letters, digits, '.', '_', ':', '/', '@' and '-', the first a letter, a digit or '_'";
  case BREAKERD_E_OPTION: return "an option is out of its range, or breakerd_options_init was not called";
  case BREAKERD_E_SETTLED: return "the call was not allowed, or its end has been told already";
  case BREAKERD_E_UNAVAILABLE: return "breakerd could not be told in time";
  }
  return "unknown error";
}

const char *breakerd_reason_word(breakerd_reason reason) {
  static const char *const words[] = {"",        "closed",    "open",      "half-open", "forced-open", "forced-closed",
                                      "observe", "unmanaged", "saturated", "ramp",      "unavailable", "other",
                                      "local"};
  return reason >= BREAKERD_CLOSED && reason <= BREAKERD_LOCAL ? words[reason] : "other";
}
