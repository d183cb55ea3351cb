/*
 * Reads a board whose writer is killed at random points, and whose files are replaced all the time, as the client does, and
 * checks what it sees. Tests/BoardTorture has the writer and the same reader in Swift.
 *
 *     torture BOARD PROGRESS
 *
 * PROGRESS is shared memory of 64-bit numbers: the first says that all is over, the others how far the writer has come with
 * each name. Prints `looks=N allowed=N files=N`, or what should never have been.
 */
#include "../breakerd.c"

enum { NAMES = 32, PROGRESS_SIZE = 4096 };

struct torture {
  breakerd_client *client;
  breakerd_breaker *breakers[NAMES];
  uint32_t latest[NAMES];
  const uint8_t *progress;
  uint64_t looks, allowed, files;
};

static uint64_t progress_of(const struct torture *t, int cell) { return load(t->progress + 8 * cell); }

/* The word of a name's change; see TortureWriter.swift. */
static uint64_t expected_word(int name, uint32_t number) {
  static const uint64_t states[] = {BREAKERD_CLOSED, BREAKERD_OPEN, BREAKERD_HALF_OPEN, BREAKERD_FORCED_OPEN};
  uint32_t ticks = (uint32_t)((uint64_t)(number * UINT64_C(31) + (uint64_t)name) * UINT64_C(2654435761));
  return states[number % 4] | (uint64_t)number << 8 | (uint64_t)ticks << 32;
}

static void violation(const char *what, int name, uint64_t word, uint64_t other) {
  printf("%s: breaker-%d, %016llx, %llu\n", what, name, (unsigned long long)word, (unsigned long long)other);
  exit(1);
}

static void open_newest(struct torture *t) {
  drop_board(t->client);
  open_board(t->client);
  if (!t->client->board.at) return;
  t->files++;
  for (int name = 0; name < NAMES; name++) {
    t->breakers[name]->slot = find_slot(&t->client->board, t->breakers[name]);
    t->latest[name] = 0;
    if (t->breakers[name]->slot == (const uint8_t *)no_slot) violation("a board in place lacks a name", name, 0, 0);
  }
}

static void look(struct torture *t, int name) {
  breakerd_breaker *b = t->breakers[name];
  breakerd_call call;
  uint64_t told = progress_of(t, name + 1);
  t->looks++;
  if (breakerd_allow(b, &call).allowed) {
    t->allowed++;
    if (b->generation < told || b->generation % 4 != 0) violation("allowed", name, b->generation, told);
    breakerd_report(&call, BREAKERD_IGNORE, NULL);
  }
  if (is_in_force(t->client->board.at, coarse_now() + 30 * SECOND)) violation("a stale board decides", name, 0, 0);
  uint64_t word = load(b->slot + 8);
  uint32_t number = (uint32_t)word >> 8;
  if (word != expected_word(name, number) || number < t->latest[name])
    violation("an impossible word", name, word, t->latest[name]);
  t->latest[name] = number;
}

int main(int count, char **arguments) {
  struct torture t = {0};
  if (count != 3) return 64;
  int fd = open(arguments[2], O_RDONLY | O_CLOEXEC);
  void *progress = fd < 0 ? MAP_FAILED : mmap(NULL, PROGRESS_SIZE, PROT_READ, MAP_SHARED, fd, 0);
  if (progress == MAP_FAILED) return 66;
  t.progress = progress;
  breakerd_options options;
  breakerd_options_init(&options);
  /* There is no daemon: what the board does not decide is refused. */
  options.socket = "/nowhere/breakerd.sock";
  options.on_unavailable = BREAKERD_UNAVAILABLE_DENY;
  t.client = breakerd_new(&options, NULL);
  if (!t.client || snprintf(t.client->place.path, sizeof t.client->place.path, "%s", arguments[1]) < 0) return 71;
  t.client->peer = geteuid();
  for (int name = 0; name < NAMES; name++) {
    char text[32];
    snprintf(text, sizeof text, "breaker-%d", name);
    t.breakers[name] = breakerd_get(t.client, text, NULL);
    if (!t.breakers[name]) return 71;
  }
  while (progress_of(&t, 0) == 0) {
    if (!t.client->board.at || !is_in_force(t.client->board.at, coarse_now())) open_newest(&t);
    if (!t.client->board.at) continue;
    for (int name = 0; name < NAMES; name++) look(&t, name);
  }
  breakerd_free(t.client);
  printf("looks=%llu allowed=%llu files=%llu\n", (unsigned long long)t.looks, (unsigned long long)t.allowed,
         (unsigned long long)t.files);
  return 0;
}
