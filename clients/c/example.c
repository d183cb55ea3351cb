/*
 * example.c: guards calls of a dependency, here a command, once a second, twenty times.
 *
 *     cc example.c -lbreakerd -o example
 *     ./example api 'curl -fsS -o /dev/null http://127.0.0.1:8080/'
 */
#include <breakerd.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void log_line(void *context, breakerd_log_level level, const char *message) {
  (void)context;
  fprintf(stderr, "%s: %s\n", level == BREAKERD_LOG_ERROR ? "error" : "warning", message);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: example NAME COMMAND\n");
    return 64;
  }
  breakerd_options options;
  breakerd_options_init(&options);
  options.name = "example";
  options.log = log_line;
  breakerd_error error;
  breakerd_client *client = breakerd_new(&options, &error);
  breakerd_breaker *breaker = client ? breakerd_get(client, argv[1], &error) : NULL;
  if (!breaker) {
    fprintf(stderr, "%s\n", breakerd_strerror(error));
    breakerd_free(client);
    return 64;
  }
  for (int i = 0; i < 20; i++) {
    breakerd_call call;
    breakerd_decision decision = breakerd_allow(breaker, &call);
    if (decision.allowed) {
      int status = system(argv[2]);
      breakerd_report(&call, status == 0 ? BREAKERD_OK : BREAKERD_FAIL, status == 0 ? NULL : "exit");
      printf("%s: %s\n", breakerd_reason_word(decision.reason), status == 0 ? "worked" : "failed");
    } else {
      printf("refused, %s, ask again in %d ms\n", breakerd_reason_word(decision.reason), (int)decision.retry_ms);
    }
    sleep(1);
  }
  breakerd_free(client);
  return 0;
}
