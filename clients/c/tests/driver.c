/*
 * puppet.c: a client that does what it is told on standard input, line by line, and answers each with one line. The
 * integration tests move it.
 *
 *     new KEY=VALUE...          socket, name, deadline_ms, flush_ms, on (allow, deny, local), failures, open_ms, board (no)
 *     allow NAME                allow closed 3 retry_ms=-1 lease_ms=-1 us=41      (the call's number; 0 if denied)
 *     report NUMBER OUTCOME [ERROR]
 *     run NAME COUNT OUTCOME    COUNT calls at once: allowed=5 denied=0 us=812 late=0    (us: the longest wait of all;
 *                               late: how many were more than 20 ms longer than the deadline)
 *     spin NAME MS OUTCOME      calls one after the other for so long
 *     work NAME OUTCOME MS      one call that takes so long
 *     flush | counts | log | cloexec | free
 *     fork                      what follows is done by a child, until it is told `exit`
 */
#define _GNU_SOURCE
#include "../breakerd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static breakerd_client *client;
enum { CALLS = 1000 };
/* The last of them. */
static breakerd_call calls[CALLS];
static unsigned call_count;
static char log_text[8192];
static int64_t longest, late_after;
static unsigned late;
static int inherited_at_start;

static int64_t now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000) + time.tv_nsec / 1000;
}

static void note(int64_t since) {
  int64_t span = now_us() - since;
  if (span > longest) longest = span;
  if (span > late_after) late++;
}

static void keep_log(void *context, breakerd_log_level level, const char *message) {
  (void)context;
  size_t length = strlen(log_text);
  snprintf(log_text + length, sizeof log_text - length, "%d %s|", (int)level, message);
}

static breakerd_outcome outcome_of(const char *word) {
  if (strcmp(word, "fail") == 0) return BREAKERD_FAIL;
  return strcmp(word, "ignore") == 0 ? BREAKERD_IGNORE : BREAKERD_OK;
}

static void new_client(char *words) {
  breakerd_options options;
  breakerd_error error;
  breakerd_options_init(&options);
  options.log = keep_log;
  for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
    char *value = strchr(word, '=');
    if (!value) continue;
    *value++ = 0;
    unsigned number = (unsigned)atoi(value);
    if (strcmp(word, "socket") == 0) options.socket = value;
    if (strcmp(word, "name") == 0) options.name = value;
    if (strcmp(word, "deadline_ms") == 0) options.deadline_ms = number;
    if (strcmp(word, "flush_ms") == 0) options.flush_ms = number;
    if (strcmp(word, "failures") == 0) options.local_failures = number;
    if (strcmp(word, "open_ms") == 0) options.local_open_ms = number;
    if (strcmp(word, "board") == 0) options.use_board = strcmp(value, "no") != 0;
    if (strcmp(word, "on") == 0)
      options.on_unavailable = strcmp(value, "deny") == 0    ? BREAKERD_UNAVAILABLE_DENY
                               : strcmp(value, "local") == 0 ? BREAKERD_UNAVAILABLE_LOCAL
                                                             : BREAKERD_UNAVAILABLE_ALLOW;
  }
  late_after = (options.deadline_ms + 20) * INT64_C(1000);
  breakerd_free(client);
  client = breakerd_new(&options, &error);
  puts(breakerd_strerror(error));
}

static bool call_once(breakerd_breaker *breaker, breakerd_outcome outcome, unsigned work_ms) {
  breakerd_call call;
  int64_t start = now_us();
  bool allowed = breakerd_allow(breaker, &call).allowed;
  note(start);
  if (work_ms) usleep(work_ms * 1000);
  start = now_us();
  if (allowed) breakerd_report(&call, outcome, NULL);
  note(start);
  return allowed;
}

/* How many descriptors a program that is started from here would inherit. */
static int inherited(void) {
  int count = 0;
  for (int fd = 3; fd < 1024; fd++) {
    int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && !(flags & FD_CLOEXEC)) count++;
  }
  return count;
}

/* Returns whether to go on. */
static bool obey(char *line) {
  char *rest = strchr(line, ' '), name[128] = "", outcome[16] = "";
  unsigned number = 0;
  if (rest) *rest++ = 0;
  if (strcmp(line, "exit") == 0) return false;
  if (strcmp(line, "new") == 0) {
    new_client(rest);
  } else if (strcmp(line, "allow") == 0) {
    static const breakerd_call none;
    breakerd_error error;
    breakerd_breaker *breaker = breakerd_get(client, rest ? rest : "", &error);
    if (!breaker) return puts(breakerd_strerror(error)), true;
    breakerd_call *call = &calls[++call_count % CALLS];
    *call = none;
    int64_t start = now_us();
    breakerd_decision decision = breakerd_allow(breaker, call);
    printf("%s %s %u retry_ms=%d lease_ms=%d us=%lld\n", decision.allowed ? "allow" : "deny",
           breakerd_reason_word(decision.reason), decision.allowed ? call_count : 0, decision.retry_ms,
           decision.lease_ms, (long long)(now_us() - start));
  } else if (strcmp(line, "report") == 0 && sscanf(rest, "%u %15s %127s", &number, outcome, name) >= 2) {
    puts(breakerd_strerror(breakerd_report(&calls[number % CALLS], outcome_of(outcome), *name ? name : NULL)));
  } else if ((strcmp(line, "run") == 0 || strcmp(line, "spin") == 0) &&
             sscanf(rest, "%127s %u %15s", name, &number, outcome) == 3) {
    breakerd_breaker *breaker = breakerd_get(client, name, NULL);
    unsigned allowed = 0, denied = 0;
    int64_t end = now_us() + number * INT64_C(1000);
    bool by_time = *line == 's';
    longest = late = 0;
    for (unsigned i = 0; by_time ? now_us() < end : i < number; i++)
      *(call_once(breaker, outcome_of(outcome), 0) ? &allowed : &denied) += 1;
    printf("allowed=%u denied=%u us=%lld late=%u\n", allowed, denied, (long long)longest, late);
  } else if (strcmp(line, "work") == 0 && sscanf(rest, "%127s %15s %u", name, outcome, &number) == 3) {
    puts(call_once(breakerd_get(client, name, NULL), outcome_of(outcome), number) ? "allowed" : "denied");
  } else if (strcmp(line, "flush") == 0) {
    puts(breakerd_strerror(breakerd_flush(client)));
  } else if (strcmp(line, "counts") == 0) {
    breakerd_counts c;
    breakerd_count(client, &c);
    printf("asked=%llu unavailable=%llu timeouts=%llu connections=%llu boards=%llu refused=%llu reports_sent=%llu "
           "reports_refused=%llu reports_dropped=%llu\n",
           (unsigned long long)c.asked, (unsigned long long)c.unavailable, (unsigned long long)c.timeouts,
           (unsigned long long)c.connections, (unsigned long long)c.boards, (unsigned long long)c.refused,
           (unsigned long long)c.reports_sent, (unsigned long long)c.reports_refused,
           (unsigned long long)c.reports_dropped);
  } else if (strcmp(line, "log") == 0) {
    puts(log_text);
    *log_text = 0;
  } else if (strcmp(line, "cloexec") == 0) {
    printf("inherited=%d\n", inherited() - inherited_at_start);
  } else if (strcmp(line, "free") == 0) {
    breakerd_free(client);
    client = NULL;
    puts("done");
  } else if (strcmp(line, "fork") == 0) {
    fflush(stdout);
    pid_t child = fork();
    if (child > 0) waitpid(child, NULL, 0);
    puts(child > 0 ? "parent" : "child");
  } else {
    puts("what?");
  }
  return true;
}

int main(void) {
  /* Unbuffered, so that a child reads on where its parent stopped, and the other way round. */
  setvbuf(stdin, NULL, _IONBF, 0);
  setvbuf(stdout, NULL, _IOLBF, 0);
  inherited_at_start = inherited();
  char line[1024];
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!obey(line)) break;
  }
  breakerd_free(client);
  return 0;
}
