// How long does who connects anew wait for an answer?
//
//     knock PATH MILLISECONDS          connects, asks and closes, every 10 ms; prints what that took, as JSON
//     knock PATH MILLISECONDS storm    connects and closes as fast as it can
//
// A request that has no answer 50 ms after its begin, or finds no place in the queue, is late, as for a client library.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_un address = {.sun_family = AF_UNIX};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

// Milliseconds until the answer; negative if there is none in time.
static double ask(int connection, double begin) {
  static const char request[] = "allow bench.knock\n";
  char reply[256];
  struct pollfd polled = {.fd = connection, .events = POLLIN};
  if (connect(connection, (struct sockaddr *)&address, sizeof address) < 0) return -1;
  if (send(connection, request, sizeof request - 1, MSG_NOSIGNAL) < 0) return -1;
  int left = (int)(begin + 50 - now());
  if (left <= 0 || poll(&polled, 1, left) <= 0) return -1;
  return recv(connection, reply, sizeof reply, 0) > 0 && reply[0] == '+' ? now() - begin : -1;
}

static int by_size(const void *a, const void *b) { return *(double *)a < *(double *)b ? -1 : 1; }

int main(int count, char **words) {
  if (count < 3 || strlen(words[1]) >= sizeof address.sun_path) return 64;
  strcpy(address.sun_path, words[1]);
  double end = now() + atof(words[2]);
  int is_storm = count > 3;
  static double took[1000000];
  int answered = 0, late = 0;
  while (now() < end && answered < 1000000) {
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (is_storm ? 0 : SOCK_NONBLOCK), 0);
    if (connection < 0) return 71;
    if (is_storm) {
      connect(connection, (struct sockaddr *)&address, sizeof address);
    } else {
      double time = ask(connection, now());
      if (time < 0) late++;
      else took[answered++] = time;
      usleep(10000);
    }
    close(connection);
  }
  if (is_storm) return 0;
  qsort(took, answered, sizeof *took, by_size);
  printf("{\"p50_ms\": %.2f, \"p99_ms\": %.2f, \"asked\": %d, \"late\": %d}\n", answered ? took[answered / 2] : 0,
         answered ? took[answered * 99 / 100] : 0, answered + late, late);
  return 0;
}
