/*
 * bench.c: what a guarded call costs, against a running daemon.
 *
 *     ./bench [SOCKET] [NAME]        prints nanoseconds per call, the median of runs and their range
 *
 * The breaker must be closed. Where its policy has a `slow_call`, the calls are measured with their duration.
 */
#define _GNU_SOURCE
#include "breakerd.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RUNS = 15, CALLS = 1000000 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static void guarded_calls(breakerd_breaker *breaker, int count) {
  breakerd_call call;
  for (int i = 0; i < count; i++)
    if (breakerd_allow(breaker, &call).allowed) breakerd_report(&call, BREAKERD_OK, NULL);
}

static void measure(const char *what, breakerd_breaker *breaker, int count) {
  double spans[RUNS];
  for (int i = 0; i < RUNS; i++) {
    double start = now();
    guarded_calls(breaker, count);
    spans[i] = (now() - start) / count;
  }
  qsort(spans, RUNS, sizeof *spans, compare);
  printf("%-28s %10.1f ns  (%.1f to %.1f)\n", what, spans[RUNS / 2], spans[0], spans[RUNS - 1]);
}

int main(int argc, char **argv) {
  breakerd_options options;
  breakerd_options_init(&options);
  options.socket = argc > 1 ? argv[1] : NULL;
  options.name = "bench";
  const char *name = argc > 2 ? argv[2] : "bench";
  breakerd_client *client = breakerd_new(&options, NULL);
  options.use_board = false;
  breakerd_client *plain = breakerd_new(&options, NULL);
  breakerd_breaker *breaker = client ? breakerd_get(client, name, NULL) : NULL;
  breakerd_breaker *asked = plain ? breakerd_get(plain, name, NULL) : NULL;
  if (!breaker || !asked) return 1;
  /* For a second after it is first seen, a breaker's successes are told one by one. */
  for (double start = now(); now() - start < 1.1e9;) guarded_calls(breaker, 100);
  breakerd_counts before, after;
  breakerd_count(client, &before);
  measure("by the board", breaker, CALLS);
  breakerd_count(client, &after);
  measure("over the socket", asked, CALLS / 1000);
  printf("of %d calls by the board %llu asked, %llu reports sent\n", RUNS * CALLS,
         (unsigned long long)(after.asked - before.asked), (unsigned long long)(after.reports_sent - before.reports_sent));
  breakerd_free(client);
  breakerd_free(plain);
  return after.unavailable != 0;
}
