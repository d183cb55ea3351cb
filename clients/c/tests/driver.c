/*
 * driver.c: the driver of ../conformance: a client that does what it is told on standard input, line by line, and answers
 * each with one line. ../conformance/README.md says what that can be.
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
static breakerd_call calls[CALLS];
static unsigned call_count;
static char log_text[8192];
static int inherited_at_start;
static int64_t late_after;
static unsigned allowed, denied, late;
static int64_t longest;

static int64_t now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000) + time.tv_nsec / 1000;
}

static void keep_log(void *context, breakerd_log_level level, const char *message) {
  (void)context, (void)level;
  size_t length = strlen(log_text);
  snprintf(log_text + length, sizeof log_text - length, "%s%s", length ? "|" : "", message);
}

/* The value of KEY=VALUE among words; NULL: it is not there. */
static const char *option(const char *words, const char *key) {
  static char value[256];
  size_t length = strlen(key);
  while (words) {
    if (strncmp(words, key, length) == 0 && words[length] == '=') {
      snprintf(value, sizeof value, "%.*s", (int)strcspn(words + length + 1, " "), words + length + 1);
      return value;
    }
    words = strchr(words, ' ');
    if (words) words++;
  }
  return NULL;
}

static unsigned number(const char *words, const char *key, unsigned otherwise) {
  const char *value = option(words, key);
  return value ? (unsigned)atoi(value) : otherwise;
}

static breakerd_outcome outcome_of(const char *word) {
  if (strcmp(word, "fail") == 0) return BREAKERD_FAIL;
  return strcmp(word, "ignore") == 0 ? BREAKERD_IGNORE : BREAKERD_OK;
}

/* Nothing is left of a client then, or of its breakers and calls. */
static void close_client(void) {
  breakerd_free(client);
  client = NULL;
  memset(calls, 0, sizeof calls);
}

static void new_client(const char *words) {
  breakerd_options options;
  breakerd_options_init(&options);
  options.log = keep_log;
  char socket[256], name[64];
  const char *value;
  if ((value = option(words, "socket"))) options.socket = strcpy(socket, value);
  if ((value = option(words, "name"))) snprintf(name, sizeof name, "%s", value), options.name = name;
  if ((value = option(words, "board"))) options.use_board = strcmp(value, "no") != 0;
  if ((value = option(words, "on")))
    options.on_unavailable = strcmp(value, "deny") == 0    ? BREAKERD_UNAVAILABLE_DENY
                             : strcmp(value, "local") == 0 ? BREAKERD_UNAVAILABLE_LOCAL
                                                           : BREAKERD_UNAVAILABLE_ALLOW;
  options.deadline_ms = number(words, "deadline_ms", options.deadline_ms);
  options.flush_ms = number(words, "flush_ms", options.flush_ms);
  options.local_failures = number(words, "failures", options.local_failures);
  options.local_open_ms = number(words, "open_ms", options.local_open_ms);
  late_after = (options.deadline_ms + 20) * INT64_C(1000);
  close_client();
  *log_text = 0;
  client = breakerd_new(&options, NULL);
  puts(client ? "ok" : "error option");
}

/* One guarded call. Returns what the breaker said. */
static breakerd_decision call_once(breakerd_breaker *breaker, const char *outcome, const char *words) {
  breakerd_call call;
  unsigned work_ms = number(words, "work_ms", 0), lease_ms = number(words, "lease_ms", 0);
  int64_t start = now_us();
  breakerd_decision decision = lease_ms ? breakerd_allow_for(breaker, lease_ms, &call) : breakerd_allow(breaker, &call);
  int64_t spent = now_us() - start;
  if (decision.allowed) {
    if (work_ms) usleep(work_ms * 1000);
    start = now_us();
    breakerd_report(&call, outcome_of(outcome), option(words, "class"));
    spent += now_us() - start;
  }
  *(decision.allowed ? &allowed : &denied) += 1;
  if (spent > longest) longest = spent;
  if (spent > late_after) late++;
  return decision;
}

static void call_many(breakerd_breaker *breaker, const char *outcome, unsigned count, bool by_time) {
  int64_t end = now_us() + count * INT64_C(1000);
  allowed = denied = late = 0, longest = 0;
  for (unsigned i = 0; by_time ? now_us() < end : i < count; i++) {
    call_once(breaker, outcome, NULL);
    if (by_time) usleep(1000);
  }
  printf("allowed=%u denied=%u errors=0 late=%u longest_us=%lld\n", allowed, denied, late, (long long)longest);
}

static void refuse(breakerd_decision decision, const char *word) {
  printf("%s %s retry_ms=%d\n", word, breakerd_reason_word(decision.reason), decision.retry_ms);
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

/* What needs a breaker. Returns whether it was one of these. */
static bool obey_for_breaker(const char *line, const char *name, const char *rest) {
  bool is_call = strcmp(line, "call") == 0, is_run = strcmp(line, "run") == 0, is_spin = strcmp(line, "spin") == 0;
  if (!is_call && !is_run && !is_spin && strcmp(line, "allow") != 0) return false;
  breakerd_breaker *breaker = breakerd_get(client, name, NULL);
  unsigned count;
  char outcome[16] = "ok";
  if (!breaker) return puts("error name"), true;
  if (is_run || is_spin) {
    sscanf(rest, "%u %15s", &count, outcome);
    call_many(breaker, outcome, count, is_spin);
  } else if (is_call) {
    sscanf(rest, "%15s", outcome);
    breakerd_decision decision = call_once(breaker, outcome, rest);
    if (!decision.allowed) refuse(decision, "denied");
    else puts("allowed");
  } else {
    breakerd_call *call = &calls[(call_count + 1) % CALLS];
    unsigned lease_ms = number(rest, "lease_ms", 0);
    breakerd_decision decision = lease_ms ? breakerd_allow_for(breaker, lease_ms, call) : breakerd_allow(breaker, call);
    if (!decision.allowed) refuse(decision, "deny");
    else printf("allow %u\n", ++call_count);
  }
  return true;
}

/* Returns whether to go on. */
static bool obey(char *line) {
  char *rest = strchr(line, ' '), first[128] = "", outcome[16] = "";
  if (rest) *rest++ = 0;
  if (rest) sscanf(rest, "%127s %15s", first, outcome);
  const char *after = rest ? strchr(rest, ' ') : NULL;
  if (strcmp(line, "exit") == 0) return false;
  if (strcmp(line, "leave") == 0) exit(0);
  if (strcmp(line, "new") == 0) {
    new_client(rest);
  } else if (strcmp(line, "log") == 0) {
    puts(*log_text ? log_text : "-");
    *log_text = 0;
  } else if (strcmp(line, "inherited") == 0) {
    printf("%d\n", inherited() - inherited_at_start);
  } else if (strcmp(line, "pid") == 0) {
    printf("%d\n", (int)getpid());
  } else if (strcmp(line, "fork") == 0) {
    pid_t child = fork();
    if (child > 0) waitpid(child, NULL, 0);
    puts(child > 0 ? "parent" : "child");
  } else if (!client) {
    puts("error closed");
  } else if (obey_for_breaker(line, first, after ? after + 1 : "")) {
  } else if (strcmp(line, "report") == 0) {
    breakerd_report(&calls[atoi(first) % CALLS], outcome_of(outcome), option(rest, "class"));
    puts("ok");
  } else if (strcmp(line, "drop") == 0) {
    /* What a C program does with a call whose end nobody knows. */
    breakerd_report(&calls[atoi(first) % CALLS], BREAKERD_IGNORE, NULL);
    puts("ok");
  } else if (strcmp(line, "flush") == 0) {
    breakerd_flush(client);
    puts("ok");
  } else if (strcmp(line, "counts") == 0) {
    breakerd_counts c;
    breakerd_count(client, &c);
    printf("requests=%llu unavailable=%llu timeouts=%llu connections=%llu boards=%llu denied_locally=%llu reports_sent=%llu "
           "reports_refused=%llu reports_dropped=%llu\n",
           (unsigned long long)c.asked, (unsigned long long)c.unavailable, (unsigned long long)c.timeouts,
           (unsigned long long)c.connections, (unsigned long long)c.boards, (unsigned long long)c.refused,
           (unsigned long long)c.reports_sent, (unsigned long long)c.reports_refused,
           (unsigned long long)c.reports_dropped);
  } else if (strcmp(line, "close") == 0) {
    close_client();
    puts("ok");
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
