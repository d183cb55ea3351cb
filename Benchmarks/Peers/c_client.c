// What a guarded call costs with the client in C, by the board: prints JSON. Arguments: the socket, a breaker without and
// one with a slow_call.
#define _GNU_SOURCE
#include "breakerd.h"

#include <stdio.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double calls(breakerd_breaker *breaker, int count) {
  breakerd_call call;
  double start = now();
  for (int i = 0; i < count; i++)
    if (breakerd_allow(breaker, &call).allowed) breakerd_report(&call, BREAKERD_OK, NULL);
  return (now() - start) / count;
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  breakerd_options options;
  breakerd_options_init(&options);
  options.socket = argv[1];
  options.deadline_ms = 1000;
  breakerd_client *client = breakerd_new(&options, NULL);
  breakerd_breaker *plain = client ? breakerd_get(client, argv[2], NULL) : NULL;
  breakerd_breaker *timed = client ? breakerd_get(client, argv[3], NULL) : NULL;
  if (!plain || !timed) return 1;
  // For a second after it is first seen, a breaker's successes are told one by one.
  for (double start = now(); now() - start < 1.2e9;) calls(plain, 100), calls(timed, 100);
  double call = calls(plain, 5000000), with_duration = calls(timed, 5000000);
  printf("{\"call\": %.2f, \"timed\": %.2f}\n", call, with_duration);
  breakerd_free(client);
}
