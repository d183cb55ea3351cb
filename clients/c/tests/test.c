/*
 * test.c: the client against servers that are not what they should be, boards that are none, and wrong arguments. Each
 * server is a child of this process that does one thing.
 */
#define _GNU_SOURCE
#include "../breakerd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failures;
static char directory[] = "/tmp/breakerd-c-XXXXXX";
static char socket_path[64], board_path[64];
static char last_line[1024];

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      failures++;                                                             \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);         \
    }                                                                         \
  } while (0)

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void keep_line(void *context, breakerd_log_level level, const char *message) {
  (void)level;
  ++*(int *)context;
  snprintf(last_line, sizeof last_line, "%s", message);
}

/* ---- Servers ---- */

static int listening(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
  unlink(socket_path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
  CHECK(listen(fd, 0) == 0);
  return fd;
}

/* Answers each line of a client: `hello` by its board, the others by `answer`. TAG in it becomes the tag of the line. */
static void serve(int fd, const char *board, const char *answer) {
  FILE *input = fdopen(fd, "r");
  char line[1200];
  while (input && fgets(line, sizeof line, input)) {
    char tag[40] = "", reply[2048];
    size_t length = 0;
    if (sscanf(line, "%39s", tag) != 1 || strstr(line, " quiet\n")) continue;
    bool is_hello = strstr(line, " hello ");
    for (const char *text = is_hello ? "+TAG ok version=0.1.0 epoch=00000000000000ff board=" : answer; *text; text++) {
      bool is_tag = strncmp(text, "TAG", 3) == 0;
      size_t count = is_tag ? strlen(tag) : 1;
      memcpy(reply + length, is_tag ? tag : text, count);
      length += count;
      if (is_tag) text += 2;
    }
    dprintf(fd, "%.*s%s%s", (int)length, reply, is_hello ? board : "", is_hello ? " max_line=1024\n" : "");
  }
  if (input) fclose(input);
}

/* A server in a child: one client after the other. */
static pid_t start(const char *board, const char *answer) {
  int fd = listening();
  pid_t child = fork();
  if (child == 0) {
    for (;;) serve(accept(fd, NULL, NULL), board, answer);
  }
  close(fd);
  return child;
}

static void stop(pid_t child) {
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

/* Long enough for a busy machine. */
enum { DEADLINE_MS = 500 };

static breakerd_client *client_within(uint32_t deadline_ms, int *lines) {
  breakerd_options options;
  breakerd_options_init(&options);
  options.socket = socket_path;
  options.deadline_ms = deadline_ms;
  options.on_unavailable = BREAKERD_UNAVAILABLE_DENY;
  options.log = keep_line;
  options.log_context = lines;
  return breakerd_new(&options, NULL);
}

static breakerd_client *client_with(int *lines) { return client_within(DEADLINE_MS, lines); }

/* ---- Tests ---- */

static void test_arguments(void) {
  breakerd_error error;
  breakerd_client *client = breakerd_new(NULL, &error);
  CHECK(client && error == BREAKERD_DONE);
  char longest[102];
  memset(longest, 'a', sizeof longest);
  longest[101] = 0;
  const char *bad[] = {"", " ", "a b", "-a", ".a", "a\n", "\xc3\xa9", longest, "a*"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    CHECK(!breakerd_get(client, bad[i], &error) && error == BREAKERD_E_NAME);
    CHECK(!breakerd_get(client, bad[i], NULL));
  }
  CHECK(!breakerd_get(client, NULL, &error) && error == BREAKERD_E_NAME);
  longest[100] = 0;
  const char *good[] = {"a", "_", "9", "payments-api.example.com:443/v1@eu", longest};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    breakerd_breaker *breaker = breakerd_get(client, good[i], &error);
    CHECK(breaker && error == BREAKERD_DONE && breakerd_get(client, good[i], NULL) == breaker);
    CHECK(breaker && strcmp(breakerd_name(breaker), good[i]) == 0);
  }
  breakerd_breaker *many[1000];
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 1000; i++) {
      char name[16];
      snprintf(name, sizeof name, "name-%d", i);
      breakerd_breaker *breaker = breakerd_get(client, name, NULL);
      CHECK(breaker && (round == 0 || breaker == many[i]));
      many[i] = breaker;
    }
  breakerd_free(client);
  breakerd_free(NULL);

  breakerd_options options;
  memset(&options, 0, sizeof options);
  CHECK(!breakerd_new(&options, &error) && error == BREAKERD_E_OPTION);
  breakerd_options_init(&options);
  options.deadline_ms = 0;
  CHECK(!breakerd_new(&options, &error) && error == BREAKERD_E_OPTION);
  breakerd_options_init(&options);
  options.on_unavailable = (breakerd_on_unavailable)3;
  CHECK(!breakerd_new(&options, &error) && error == BREAKERD_E_OPTION);
  for (int i = 0; i <= 6; i++) CHECK(*breakerd_strerror((breakerd_error)i));
}

static void test_replies(void) {
  static const struct {
    const char *answer;
    breakerd_decision expected;
  } rows[] = {
      {"+TAG allow closed 77\n", {true, BREAKERD_CLOSED, -1, -1}},
      {"+TAG allow closed 77.5 lease_ms=60000\n", {true, BREAKERD_CLOSED, -1, 60000}},
      {"+TAG allow half-open 77.5 lease_ms=30000 more=words\n", {true, BREAKERD_HALF_OPEN, -1, 30000}},
      {"+TAG allow forced-closed 77\n", {true, BREAKERD_FORCED_CLOSED, -1, -1}},
      {"+TAG allow observe 77\n", {true, BREAKERD_OBSERVE, -1, -1}},
      {"+TAG allow unmanaged\n", {true, BREAKERD_UNMANAGED, -1, -1}},
      {"+TAG allow sideways 77\n", {true, BREAKERD_OTHER, -1, -1}},
      {"+TAG deny open retry_ms=8120\n", {false, BREAKERD_OPEN, 8120, -1}},
      {"+TAG deny open\n", {false, BREAKERD_OPEN, -1, -1}},
      {"+TAG deny half-open retry_ms=99999999999999999999\n", {false, BREAKERD_HALF_OPEN, INT32_MAX, -1}},
      {"+TAG deny forced-open\n", {false, BREAKERD_FORCED_OPEN, -1, -1}},
      {"+TAG deny saturated\n", {false, BREAKERD_SATURATED, -1, -1}},
      {"+TAG deny ramp retry_ms=40\n", {false, BREAKERD_RAMP, 40, -1}},
      {"+TAG deny sideways\n", {false, BREAKERD_OTHER, -1, -1}},
      {"> transition name=api from=closed to=open\n~FULL no room\n+TAG allow closed 77\n", {true, BREAKERD_CLOSED, -1, -1}},
      /* An error is as good as no answer. */
      {"-TAG INTERNAL a fault\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      {"-TAG FORBIDDEN\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      /* Who answers so is not breakerd. */
      {"+@0 allow closed 77\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      {"+allow closed 77\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      {"+TAG\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      {"+TAG ok closed\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      {"HTTP/1.1 400 Bad Request\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      {"\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      {"*1\n a=b\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      {"!BUSY too many connections\n", {false, BREAKERD_UNAVAILABLE, -1, -1}},
      {"half a line", {false, BREAKERD_UNAVAILABLE, -1, -1}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    pid_t server = start("", rows[i].answer);
    int lines = 0;
    breakerd_client *client = client_with(&lines);
    breakerd_call call;
    breakerd_decision decision = breakerd_allow(breakerd_get(client, "api", NULL), &call);
    const breakerd_decision *expected = &rows[i].expected;
    bool same = decision.allowed == expected->allowed && decision.reason == expected->reason &&
                decision.retry_ms == expected->retry_ms && decision.lease_ms == expected->lease_ms;
    if (!same) fprintf(stderr, "for %s", rows[i].answer);
    CHECK(same);
    CHECK((lines != 0) == (decision.reason == BREAKERD_UNAVAILABLE || strchr(rows[i].answer, '~')));
    CHECK(breakerd_report(&call, BREAKERD_OK, NULL) == (decision.allowed ? BREAKERD_DONE : BREAKERD_E_SETTLED));
    CHECK(breakerd_report(&call, BREAKERD_OK, NULL) == BREAKERD_E_SETTLED);
    breakerd_free(client);
    stop(server);
  }
}

/* A server that answers nothing, and one whose queue of connections is full. */
static void test_deadline(void) {
  int fd = listening(), lines = 0;
  breakerd_client *client = client_within(50, &lines);
  breakerd_breaker *breaker = breakerd_get(client, "api", NULL);
  breakerd_call call;
  int64_t start_at = now_ns();
  CHECK(!breakerd_allow(breaker, &call).allowed);
  int64_t span = now_ns() - start_at;
  CHECK(span >= 50 * INT64_C(1000000) && span < 400 * INT64_C(1000000));
  CHECK(lines == 1 && strstr(last_line, "no reply from"));
  breakerd_free(client);

  int others[4];
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
  for (int i = 0; i < 4; i++) {
    others[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connect(others[i], (struct sockaddr *)&address, sizeof address) != 0) CHECK(errno == EAGAIN);
  }
  lines = 0;
  client = client_with(&lines);
  breaker = breakerd_get(client, "api", NULL);
  start_at = now_ns();
  CHECK(!breakerd_allow(breaker, &call).allowed);
  CHECK(now_ns() - start_at < DEADLINE_MS * INT64_C(1000000) / 2);
  CHECK(lines == 1 && strstr(last_line, "takes no more connections now"));
  breakerd_free(client);
  for (int i = 0; i < 4; i++) close(others[i]);
  close(fd);
}

/* While it waits before the next try, no call does as much as a system call on the socket; then one does. */
static void test_backoff(void) {
  unlink(socket_path);
  int lines = 0;
  breakerd_client *client = client_with(&lines);
  breakerd_breaker *breaker = breakerd_get(client, "api", NULL);
  breakerd_call call;
  for (int64_t end = now_ns() + 3 * INT64_C(1000000000); now_ns() < end;) CHECK(!breakerd_allow(breaker, &call).allowed);
  CHECK(lines == 1);
  pid_t server = start("", "+TAG allow closed 77\n");
  int64_t start_at = now_ns();
  while (!breakerd_allow(breaker, &call).allowed && now_ns() - start_at < 3 * INT64_C(1000000000)) {}
  CHECK(now_ns() - start_at < 1500 * INT64_C(1000000));
  breakerd_counts counts;
  breakerd_count(client, &counts);
  CHECK(counts.connections == 1 && counts.timeouts == 0);
  breakerd_free(client);
  stop(server);
}

/* A server that talks without end, and never answers: a call waits no longer for it than for one that is silent. */
static void test_endless_talk(void) {
  int fd = listening();
  pid_t server = fork();
  if (server == 0) {
    static char lines[60000];
    for (size_t i = 0; i < sizeof lines; i++) lines[i] = i % 2 ? '\n' : '>';
    for (;;)
      for (int client = accept(fd, NULL, NULL); send(client, lines, sizeof lines, MSG_NOSIGNAL) > 0;) {}
  }
  close(fd);
  int lines = 0;
  breakerd_client *client = client_within(100, &lines);
  breakerd_breaker *breaker = breakerd_get(client, "api", NULL);
  breakerd_call call;
  int64_t start_at = now_ns();
  CHECK(!breakerd_allow(breaker, &call).allowed);
  CHECK(now_ns() - start_at < 1000 * INT64_C(1000000));
  breakerd_counts counts;
  breakerd_count(client, &counts);
  CHECK(counts.timeouts == 1);
  breakerd_free(client);
  stop(server);
}

/* A server that reads nothing: what cannot be sent is dropped and counted, and nothing waits. */
static void test_unread_reports(void) {
  pid_t server = start("", "+TAG allow closed 77\n");
  int lines = 0;
  breakerd_client *client = client_with(&lines);
  breakerd_breaker *breaker = breakerd_get(client, "api", NULL);
  enum { CALLS = 20000 };
  static breakerd_call calls[CALLS];
  for (int i = 0; i < CALLS; i++) CHECK(breakerd_allow(breaker, &calls[i]).allowed);
  kill(server, SIGSTOP);
  int64_t longest = 0;
  for (int i = 0; i < CALLS; i++) {
    int64_t start_at = now_ns();
    CHECK(breakerd_report(&calls[i], BREAKERD_FAIL, "a class of errors that is longer than it may be") == BREAKERD_DONE);
    if (now_ns() - start_at > longest) longest = now_ns() - start_at;
  }
  CHECK(longest < DEADLINE_MS * INT64_C(1000000) / 2);
  CHECK(breakerd_flush(client) == BREAKERD_E_UNAVAILABLE);
  breakerd_counts counts;
  breakerd_count(client, &counts);
  CHECK(counts.reports_dropped > 0 && counts.reports_sent > 0);
  CHECK(counts.reports_dropped + counts.reports_sent + 512 == CALLS);
  breakerd_free(client);
  stop(server);
}

static void put(uint8_t *at, size_t offset, uint64_t value, size_t size) { memcpy(at + offset, &value, size); }

/* A board of one name, api, closed. */
static uint8_t *make_board(void) {
  enum { SLOTS = 1024, SIZE = 4096 + 128 * SLOTS };
  unlink(board_path);
  int fd = open(board_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CHECK(fd >= 0 && ftruncate(fd, SIZE) == 0);
  uint8_t *at = (uint8_t *)mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  memcpy(at, "BRKBOARD", 8);
  put(at, 8, 1, 4);
  put(at, 16, 4096, 4);
  put(at, 20, 128, 4);
  put(at, 24, SLOTS, 8);
  put(at, 32, 1, 8);
  put(at, 40, 0xFF, 8);
  put(at, 48, (uint64_t)now_ns(), 8);
  put(at, 56, SIZE, 8);
  put(at, 128, 1, 8);
  put(at, 192, (uint64_t)now_ns(), 8);
  /* From docs/board.md. */
  const uint64_t hash = UINT64_C(0xB5DBBCE48484F83C);
  uint8_t *slot = at + 4096 + 128 * (hash & (SLOTS - 1));
  put(slot, 0, hash, 8);
  put(slot, 8, 1 | 77 << 8 | UINT64_C(0xFFFFFFFF) << 32, 8);
  put(slot, 16, 3, 2);
  memcpy(slot + 24, "api", 3);
  return at;
}

static uint8_t *slot_of(uint8_t *at) { return at + 4096 + 128 * (0xF83C & 1023); }

/* Whether the second call is decided by the board. */
static bool is_used(void) {
  pid_t server = start(board_path, "+TAG allow closed 77\n");
  int lines = 0;
  breakerd_client *client = client_with(&lines);
  breakerd_call call;
  breakerd_counts counts;
  for (int i = 0; i < 2; i++) CHECK(breakerd_allow(breakerd_get(client, "api", NULL), &call).allowed);
  breakerd_count(client, &counts);
  breakerd_free(client);
  stop(server);
  return counts.asked == 1;
}

static void test_boards(void) {
  uint8_t *at = make_board();
  CHECK(is_used());
  static const struct {
    size_t offset;
    uint64_t value;
    size_t size;
  } wrong[] = {{0, 0, 1},   {8, 2, 4},    {16, 8192, 4}, {20, 64, 4},       {24, 1000, 8}, {24, 2048, 8},
               {24, 0, 8},  {40, 0xFE, 8},  {56, 4096, 8}, {128, 2, 8},   {128, 3, 8},       {192, 0, 8},   {4096 + 128 * (0xF83C & 1023), 5, 8}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    at = make_board();
    put(at, wrong[i].offset, wrong[i].value, wrong[i].size);
    CHECK(!is_used());
  }
  make_board();
  CHECK(truncate(board_path, 100000) == 0);
  CHECK(!is_used());
  char other[80];
  snprintf(other, sizeof other, "%s/other", directory);
  make_board();
  CHECK(rename(board_path, other) == 0 && symlink(other, board_path) == 0);
  CHECK(!is_used());
  /* The owner must be who serves, or root. */
  make_board();
  if (geteuid() == 0) {
    CHECK(chown(board_path, 12345, 12345) == 0);
    CHECK(!is_used());
  }
  make_board();
  CHECK(is_used());
}

static void test_words(void) {
  static const struct {
    uint64_t word;
    bool asks;
    breakerd_decision expected;
  } rows[] = {
      {1, false, {true, BREAKERD_CLOSED, -1, -1}},
      {5, false, {true, BREAKERD_FORCED_CLOSED, -1, -1}},
      {6, false, {true, BREAKERD_OBSERVE, -1, -1}},
      {1 | 0xE0, false, {true, BREAKERD_CLOSED, -1, -1}},
      {2, false, {false, BREAKERD_OPEN, -1, -1}},
      {3, false, {false, BREAKERD_HALF_OPEN, -1, -1}},
      {4, false, {false, BREAKERD_FORCED_OPEN, -1, -1}},
      {0, true, {true, BREAKERD_CLOSED, -1, -1}},
      {7, true, {true, BREAKERD_CLOSED, -1, -1}},
      {15, true, {true, BREAKERD_CLOSED, -1, -1}},
      {1 | 16, true, {true, BREAKERD_CLOSED, -1, -1}},
      {2 | 16, true, {true, BREAKERD_CLOSED, -1, -1}},
      {4 | 16, true, {true, BREAKERD_CLOSED, -1, -1}},
  };
  uint8_t *at = make_board();
  pid_t server = start(board_path, "+TAG allow closed 77\n");
  int lines = 0;
  breakerd_client *client = client_with(&lines);
  breakerd_breaker *breaker = breakerd_get(client, "api", NULL);
  breakerd_call call;
  CHECK(breakerd_allow(breaker, &call).allowed);
  breakerd_counts before, after;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    put(at, 192, (uint64_t)now_ns(), 8);
    put(slot_of(at), 8, rows[i].word | 77 << 8 | UINT64_C(0xFFFFFFFF) << 32, 8);
    breakerd_count(client, &before);
    breakerd_decision decision = breakerd_allow(breaker, &call);
    breakerd_count(client, &after);
    const breakerd_decision *expected = &rows[i].expected;
    CHECK(decision.allowed == expected->allowed && decision.reason == expected->reason && decision.retry_ms == -1);
    CHECK((after.asked - before.asked == 1) == rows[i].asks);
  }
  /* Open, until a moment in half a second, and until one that has gone. */
  put(at, 48, (uint64_t)now_ns() - 1000000000, 8);
  breakerd_free(client);
  client = client_with(&lines);
  breaker = breakerd_get(client, "api", NULL);
  CHECK(breakerd_allow(breaker, &call).allowed);
  put(slot_of(at), 8, 2 | 77 << 8 | UINT64_C(150) << 32, 8);
  breakerd_decision decision = breakerd_allow(breaker, &call);
  CHECK(!decision.allowed && decision.retry_ms > 400 && decision.retry_ms <= 510);
  put(slot_of(at), 8, 2 | 77 << 8 | UINT64_C(50) << 32, 8);
  CHECK(breakerd_allow(breaker, &call).allowed);
  /* Written too long ago, or too far ahead. */
  put(slot_of(at), 8, 4 | 77 << 8 | UINT64_C(0xFFFFFFFF) << 32, 8);
  const int64_t lags[] = {-100, 2100};
  for (int i = 0; i < 2; i++) {
    put(at, 192, (uint64_t)(now_ns() - lags[i] * 1000000), 8);
    CHECK(breakerd_allow(breaker, &call).allowed);
  }
  put(at, 192, (uint64_t)now_ns(), 8);
  CHECK(!breakerd_allow(breaker, &call).allowed);
  breakerd_free(client);
  stop(server);
}

/* In the first second of a generation each success is told alone, whatever was counted before. */
static void test_fresh_generation(void) {
  uint8_t *at = make_board();
  pid_t server = start(board_path, "+TAG allow closed 77\n");
  int lines = 0;
  breakerd_client *client = client_with(&lines);
  breakerd_breaker *breaker = breakerd_get(client, "api", NULL);
  breakerd_call call;
  breakerd_counts counts;
  CHECK(breakerd_allow(breaker, &call).allowed && breakerd_report(&call, BREAKERD_OK, NULL) == BREAKERD_DONE);
  put(slot_of(at), 8, 4 | 77 << 8 | UINT64_C(0xFFFFFFFF) << 32, 8);
  CHECK(!breakerd_allow(breaker, &call).allowed);
  put(slot_of(at), 8, 1 | 78 << 8 | UINT64_C(0xFFFFFFFF) << 32, 8);
  for (int i = 0; i < 3; i++) {
    put(at, 192, (uint64_t)now_ns(), 8);
    CHECK(breakerd_allow(breaker, &call).allowed && breakerd_report(&call, BREAKERD_OK, NULL) == BREAKERD_DONE);
  }
  breakerd_count(client, &counts);
  CHECK(counts.asked == 1 && counts.refused == 1 && counts.reports_sent == 5);
  breakerd_free(client);
  stop(server);
}

/* Where a file took the place of another, the next one is found, and the old one never decided by. */
static void test_replacement(void) {
  uint8_t *old = make_board();
  pid_t server = start(board_path, "+TAG allow closed 77\n");
  int lines = 0;
  breakerd_client *client = client_with(&lines);
  breakerd_breaker *breaker = breakerd_get(client, "api", NULL);
  breakerd_call call;
  breakerd_counts counts;
  CHECK(breakerd_allow(breaker, &call).allowed && breakerd_allow(breaker, &call).allowed);
  put(old, 128, 2, 8);
  uint8_t *next = make_board();
  put(slot_of(next), 8, 4 | 78 << 8 | UINT64_C(0xFFFFFFFF) << 32, 8);
  /* It is opened at most once a second. */
  int64_t start_at = now_ns();
  while (breakerd_allow(breaker, &call).allowed && now_ns() - start_at < 3 * INT64_C(1000000000))
    put(next, 192, (uint64_t)now_ns(), 8);
  CHECK(now_ns() - start_at < 1500 * INT64_C(1000000));
  breakerd_count(client, &counts);
  CHECK(counts.boards == 2 && counts.connections == 1 && counts.refused == 1);
  breakerd_free(client);
  stop(server);
}

int main(void) {
  signal(SIGPIPE, SIG_DFL);
  if (!mkdtemp(directory)) return 1;
  snprintf(socket_path, sizeof socket_path, "%s/socket", directory);
  snprintf(board_path, sizeof board_path, "%s/board", directory);
  test_arguments();
  test_replies();
  test_deadline();
  test_backoff();
  test_endless_talk();
  test_unread_reports();
  test_boards();
  test_words();
  test_fresh_generation();
  test_replacement();
  char other[80];
  snprintf(other, sizeof other, "%s/other", directory);
  unlink(other);
  unlink(socket_path);
  unlink(board_path);
  rmdir(directory);
  puts(failures ? "failed" : "passed");
  return failures != 0;
}
