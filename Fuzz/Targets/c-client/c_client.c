/* Gives the C client the bytes as what a server says, and as a board that is looked at. The first byte says which, and what
   the client waits for. */
#include "../../../clients/c/breakerd.c"

#include <assert.h>

static breakerd_client *client;

/* What is said goes through a socket, so that lines come cut as they do there. */
static void say(uint8_t choice, const uint8_t *bytes, size_t count) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) abort();
  client->fd = ends[0];
  client->in_end = 0;
  client->awaits_hello = choice & 2;
  client->awaits_answer = true;
  client->hello_tag = 1;
  client->answer_tag = 2;
  client->answer = (struct answer){.generation = NO_GENERATION};
  for (size_t start = 0; start < count && client->fd >= 0;) {
    size_t piece = count - start < 300 ? count - start : 300;
    if (send(ends[1], bytes + start, piece, MSG_NOSIGNAL) != (ssize_t)piece) abort();
    take_in(client);
    start += piece;
  }
  assert(client->in_end < sizeof client->in);
  assert(client->answer.generation == NO_GENERATION || client->answer.generation <= 0xFFFFFF);
  assert(client->answer.decision.retry_ms >= -1 && client->answer.decision.lease_ms >= -1);
  assert(memchr(client->place.path, 0, sizeof client->place.path));
  if (client->fd >= 0) close(client->fd);
  client->fd = -1;
  close(ends[1]);
}

/* The name in a slot, as long as it says, if that is a name's length. */
static size_t name_in(char *name, const uint8_t *slot) {
  uint16_t length;
  memcpy(&length, slot + 16, sizeof length);
  if (length > LONGEST_NAME) length = LONGEST_NAME;
  memcpy(name, slot + 24, length);
  return length;
}

/* The slots are those of a whole board, in memory whose end the address sanitizer guards. */
static void look(uint8_t choice, const uint8_t *bytes, size_t count) {
  uint64_t slots = 1;
  while (2 * slots * 128 <= count) slots *= 2;
  if (count < 128) return;
  size_t size = 4096 + 128 * slots;
  uint8_t *file = aligned_alloc(64, size);
  if (!file) abort();
  memset(file, 0, 4096);
  memcpy(file + 4096, bytes, 128 * slots);
  struct board board = {file, size, slots, 7, 0};
  static const uint8_t seed[8] = {7};
  for (uint64_t i = 0; i < slots; i++) {
    uint8_t *slot = file + 4096 + 128 * i;
    breakerd_breaker breaker = {.slot = (const uint8_t *)no_slot};
    breaker.length = (uint8_t)name_in(breaker.name, slot);
    uint64_t hash = fnv1a(fnv1a(FNV_BASIS, seed, sizeof seed), breaker.name, breaker.length);
    /* Random bytes meet no hash. */
    if (choice & 4 && load(slot) != 0) memcpy(slot, &hash, sizeof hash);
    const uint8_t *found = find_slot(&board, &breaker);
    assert(found == (const uint8_t *)no_slot || memcmp(found + 24, breaker.name, breaker.length) == 0);
    (void)slow_ms_of(found);
    (void)load(found + 8);
  }
  free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  if (count == 0) return 0;
  if (!client) {
    breakerd_options options;
    breakerd_options_init(&options);
    options.log = NULL;
    client = breakerd_new(&options, NULL);
    if (!client) abort();
  }
  if (bytes[0] & 1)
    look(bytes[0], bytes + 1, count - 1);
  else
    say(bytes[0], bytes + 1, count - 1);
  return 0;
}
