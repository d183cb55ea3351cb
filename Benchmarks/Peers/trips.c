// How soon every process refuses after a trip, by the board: prints JSON. Arguments: the socket, the admins' socket, how many
// trips. Eight processes make calls all the time; a ninth reports the failure, and looks at the clock when the reply is there.
#define _GNU_SOURCE
#include "breakerd.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 8 };

// What a process has seen, for all to look at. Times are in nanoseconds.
struct seen {
  _Alignas(64) _Atomic uint64_t allowed_at; // When the last call began that passed.
  _Atomic uint64_t denied_at;               // When the last one was refused.
};

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void make_calls(const char *socket, struct seen *seen) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  breakerd_options options;
  breakerd_options_init(&options);
  options.socket = socket;
  options.deadline_ms = 1000;
  options.on_unavailable = BREAKERD_UNAVAILABLE_DENY;
  breakerd_client *client = breakerd_new(&options, NULL);
  breakerd_breaker *breaker = client ? breakerd_get(client, "tripped", NULL) : NULL;
  breakerd_call call;
  while (breaker) {
    uint64_t begin = now();
    if (breakerd_allow(breaker, &call).allowed) {
      breakerd_report(&call, BREAKERD_OK, NULL);
      atomic_store(&seen->allowed_at, begin);
    } else {
      atomic_store(&seen->denied_at, now());
    }
    usleep(50);
  }
}

static int connected(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) exit(69);
  return fd;
}

static void ask(int fd, const char *line) {
  char reply[512];
  ssize_t length = 0;
  if (write(fd, line, strlen(line)) < 0) exit(69);
  do length = read(fd, reply, sizeof reply);
  while (length > 0 && reply[length - 1] != '\n');
  if (length <= 0 || reply[0] != '+') exit(1);
}

static void wait_for(_Atomic uint64_t *time, uint64_t after) {
  uint64_t end = now() + 10000000000;
  while (atomic_load(time) <= after) {
    if (now() > end) exit(2);
    usleep(20);
  }
}

static int compare(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  int trips = atoi(argv[3]), late = 0;
  double *taken = calloc((size_t)trips, sizeof *taken);
  struct seen *seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (trips < 1 || !taken || seen == MAP_FAILED) return 1;
  pid_t children[PROCESSES];
  for (int i = 0; i < PROCESSES; i++)
    if ((children[i] = fork()) == 0) make_calls(argv[1], &seen[i]), _exit(1);
  int everybody = connected(argv[1]), admin = connected(argv[2]);
  ask(admin, "set tripped trip.consecutive_failures=1 open.duration=1h open.max_duration=1h\n");
  for (int trip = 0; trip < trips; trip++) {
    ask(admin, "reset tripped\n");
    uint64_t closed = now();
    for (int i = 0; i < PROCESSES; i++) wait_for(&seen[i].allowed_at, closed);
    ask(everybody, "report tripped fail\n");
    uint64_t open = now();
    for (int i = 0; i < PROCESSES; i++) {
      wait_for(&seen[i].denied_at, open);
      double time = (double)(atomic_load(&seen[i].denied_at) - open) / 1000;
      if (time > taken[trip]) taken[trip] = time;
      if (atomic_load(&seen[i].allowed_at) > open) late++;
    }
  }
  for (int i = 0; i < PROCESSES; i++) kill(children[i], SIGKILL);
  qsort(taken, (size_t)trips, sizeof *taken, compare);
  printf("{\"calls let through after the reply\": %d, \"us until all refuse, median\": %.0f, \"us until all refuse, worst\": %.0f}\n",
         late, taken[trips / 2], taken[trips - 1]);
}
