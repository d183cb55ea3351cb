/*
 * breakerd.h: the C client of breakerd, the circuit breakers that all processes of a host share.
 *
 *     breakerd_client *client = breakerd_new(NULL, NULL);
 *     breakerd_breaker *api = breakerd_get(client, "api", NULL);
 *     breakerd_call call;
 *     if (breakerd_allow(api, &call).allowed)
 *       breakerd_report(&call, fetch() ? BREAKERD_OK : BREAKERD_FAIL, NULL);
 *
 * A client and its breakers belong to one thread at a time: make one client for each thread, or hold a lock of your own
 * around each function. Nothing is shared between clients, no signal is used or raised, and nothing aborts. No function
 * waits for the daemon longer than `deadline_ms`.
 *
 * After fork() the child may go on with the client: what it inherited, counts and permits, stays the parent's, and it
 * connects anew when it first needs to. (Children by vfork() must not touch it.)
 */
#ifndef BREAKERD_H
#define BREAKERD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BREAKERD_VERSION "0.1.0"

#if defined(__GNUC__)
#define BREAKERD_API __attribute__((visibility("default")))
#else
#define BREAKERD_API
#endif

/* What went wrong. 0 is success. */
typedef enum breakerd_error {
  BREAKERD_DONE = 0,
  /* The machine has no memory left. */
  BREAKERD_E_MEMORY = 1,
  /* A name is 1 to 100 bytes of `A-Z a-z 0-9 . _ : / @ -`, the first a letter, a digit or `_`. */
  BREAKERD_E_NAME = 2,
  /* An option is out of its range. */
  BREAKERD_E_OPTION = 3,
  /* The call was not allowed, or its end has been told already. */
  BREAKERD_E_SETTLED = 4,
  /* The daemon could not be asked or told in time. */
  BREAKERD_E_UNAVAILABLE = 5
} breakerd_error;

/* What calls do while the daemon cannot be asked. */
typedef enum breakerd_on_unavailable {
  /* They pass. */
  BREAKERD_UNAVAILABLE_ALLOW = 0,
  /* They are refused. */
  BREAKERD_UNAVAILABLE_DENY = 1,
  /* They pass until `local_failures` calls in a row have failed in this client; then they are refused for `local_open_ms`,
     and one is let through in each further such time, until one succeeds. */
  BREAKERD_UNAVAILABLE_LOCAL = 2
} breakerd_on_unavailable;

typedef enum breakerd_log_level { BREAKERD_LOG_WARNING = 1, BREAKERD_LOG_ERROR = 2 } breakerd_log_level;

/* How a client finds the daemon, and what it does without. breakerd_options_init fills in what stands in brackets. */
typedef struct breakerd_options {
  /* Set by breakerd_options_init: the size of this struct, so that later versions may add to it. */
  size_t size;
  /* The daemon's socket. [NULL: $BREAKERD_SOCKET, else /run/breakerd/breakerd.sock, else, where that does not exist, that of
     a daemon run by this user: $XDG_RUNTIME_DIR/breakerd/breakerd.sock or /tmp/breakerd-UID/breakerd.sock] */
  const char *socket;
  /* This process's name in the daemon's list of clients, of printable ASCII; at most 32 bytes are taken. [NULL: none] */
  const char *name;
  /* How long a call waits for the daemon at most, connecting included, 1 to 60,000. [50] */
  uint32_t deadline_ms;
  /* For how long successes are counted here before the daemon is told of them together, 1 to 60,000. [100] */
  uint32_t flush_ms;
  /* [BREAKERD_UNAVAILABLE_ALLOW] */
  breakerd_on_unavailable on_unavailable;
  /* For BREAKERD_UNAVAILABLE_LOCAL: at least 1. [5] */
  uint32_t local_failures;
  /* For BREAKERD_UNAVAILABLE_LOCAL: at least 1. [30,000] */
  uint32_t local_open_ms;
  /* Whether to decide by the daemon's board, in memory, where there is one. [true] */
  bool use_board;
  /* Is told, at most once a minute for each kind of trouble, that calls are not guarded, or reports were refused. It is
     called in the middle of a call, and must not use the client. [NULL: nobody is told] */
  void (*log)(void *context, breakerd_log_level level, const char *message);
  void *log_context;
} breakerd_options;

static inline void breakerd_options_init(breakerd_options *options) {
  memset(options, 0, sizeof *options);
  options->size = sizeof *options;
  options->deadline_ms = 50;
  options->flush_ms = 100;
  options->on_unavailable = BREAKERD_UNAVAILABLE_ALLOW;
  options->local_failures = 5;
  options->local_open_ms = 30000;
  options->use_board = true;
}

/* A connection to the daemon, made when it is first needed. */
typedef struct breakerd_client breakerd_client;
/* One breaker, as a client sees it. */
typedef struct breakerd_breaker breakerd_breaker;

/* What the breaker is, or why it refuses. */
typedef enum breakerd_reason {
  /* Allowed: all is well. */
  BREAKERD_CLOSED = 1,
  /* Refused: the dependency is down. */
  BREAKERD_OPEN = 2,
  /* Allowed: this call is a probe. Refused: others are probing. */
  BREAKERD_HALF_OPEN = 3,
  /* Refused by an admin. */
  BREAKERD_FORCED_OPEN = 4,
  /* Allowed by an admin, whatever happens. */
  BREAKERD_FORCED_CLOSED = 5,
  /* Allowed: an admin only watches. */
  BREAKERD_OBSERVE = 6,
  /* Allowed: the daemon has too many breakers to keep this one. */
  BREAKERD_UNMANAGED = 7,
  /* Refused: as many calls are under way as the limit allows. */
  BREAKERD_SATURATED = 8,
  /* Refused: the breaker closed a moment ago, and lets only a share of the calls pass. */
  BREAKERD_RAMP = 9,
  /* Allowed or refused without the daemon, which could not be asked, by `on_unavailable`. */
  BREAKERD_UNAVAILABLE = 10,
  /* A reason that this version does not know. */
  BREAKERD_OTHER = 11,
  /* Refused without the daemon, which could not be asked, by this client's own breaker: `local`. */
  BREAKERD_LOCAL = 12
} breakerd_reason;

/* May a call be made? */
typedef struct breakerd_decision {
  bool allowed;
  breakerd_reason reason;
  /* If refused: in how many milliseconds to ask again; -1: not known, or not until an admin acts. Else -1. */
  int32_t retry_ms;
  /* If allowed, and the daemon keeps a place for the call: how long; a probe that is not reported by then has failed.
     Else -1. */
  int32_t lease_ms;
} breakerd_decision;

/* A call under way. The caller keeps it, on the stack for instance, from breakerd_allow to breakerd_report; its fields are
   the library's own. It must not outlive the client. */
typedef struct breakerd_call {
  breakerd_breaker *breaker_;
  int64_t started_;
  int64_t slow_at_;
  uint64_t stamp_;
  uint64_t permit_;
} breakerd_call;

/* How a call ended. */
typedef enum breakerd_outcome {
  /* It worked. */
  BREAKERD_OK = 0,
  /* It failed in a way that speaks against the dependency. */
  BREAKERD_FAIL = 1,
  /* It says nothing about the dependency: cancelled, or the caller's own fault. */
  BREAKERD_IGNORE = 2
} breakerd_outcome;

/* Counts since the client was made. */
typedef struct breakerd_counts {
  /* Calls that the daemon was asked about, over the socket. */
  uint64_t asked;
  /* Of these, how many it did not answer, or by an error. */
  uint64_t unavailable;
  /* Of these, how many waited for their whole deadline. */
  uint64_t timeouts;
  /* Connections made. */
  uint64_t connections;
  /* Boards opened. */
  uint64_t boards;
  /* Calls refused by the board. */
  uint64_t refused;
  /* Reports written to the socket; those of many successes count once. */
  uint64_t reports_sent;
  /* Reports that the daemon did not take. */
  uint64_t reports_refused;
  /* Reports lost: more than can be kept while there is no daemon, or unsent when a connection was lost. */
  uint64_t reports_dropped;
} breakerd_counts;

/*
 * Makes a client. It does not connect yet.
 *
 * options: NULL for the defaults. Strings are copied.
 * error: Where to say what went wrong; may be NULL.
 * Returns NULL: BREAKERD_E_OPTION, BREAKERD_E_MEMORY.
 */
BREAKERD_API breakerd_client *breakerd_new(const breakerd_options *options, breakerd_error *error);

/* Tells the daemon what it has not been told, waiting for it no longer than the deadline, and frees the client and its
   breakers. NULL is nothing to do. */
BREAKERD_API void breakerd_free(breakerd_client *client);

/*
 * The breaker of a name; the same name gives the same breaker. It lives as long as the client, so keep it, and do not make
 * names of what comes from outside.
 *
 * error: Where to say what went wrong; may be NULL.
 * Returns NULL: BREAKERD_E_NAME, BREAKERD_E_MEMORY.
 */
BREAKERD_API breakerd_breaker *breakerd_get(breakerd_client *client, const char *name, breakerd_error *error);

/* The name of a breaker. */
BREAKERD_API const char *breakerd_name(const breakerd_breaker *breaker);

/* Asks whether a call may be made. If it is allowed, breakerd_report has to tell how it ended; if not, `call` needs nothing
   more. */
BREAKERD_API breakerd_decision breakerd_allow(breakerd_breaker *breaker, breakerd_call *call);

/* The same for a call that may take `lease_ms`, if the daemon keeps a place for it; it may cut that to its policy's. */
BREAKERD_API breakerd_decision breakerd_allow_for(breakerd_breaker *breaker, uint32_t lease_ms, breakerd_call *call);

/*
 * Tells how a call ended. It never waits.
 *
 * error: The class of a failure, such as "timeout", shown by `breakerctl why`; at most 32 bytes are taken. NULL: none.
 * Returns BREAKERD_DONE, or BREAKERD_E_SETTLED if the call was refused or has been reported.
 */
BREAKERD_API breakerd_error breakerd_report(breakerd_call *call, breakerd_outcome outcome, const char *error);

/*
 * Hands all that was counted so far to the daemon, connecting if need be and waiting for room, but no longer than the
 * deadline. For a process that will be idle for long; else calls see to it.
 *
 * Returns BREAKERD_DONE, or BREAKERD_E_UNAVAILABLE: what was not handed over is kept for later.
 */
BREAKERD_API breakerd_error breakerd_flush(breakerd_client *client);

/* What the client has done so far. */
BREAKERD_API void breakerd_count(const breakerd_client *client, breakerd_counts *counts);

/* A few words for a person. */
BREAKERD_API const char *breakerd_strerror(breakerd_error error);

/* The protocol's word for a reason: "closed", "half-open"; "unavailable", "local" and "other" for those it has none for. */
BREAKERD_API const char *breakerd_reason_word(breakerd_reason reason);

#ifdef __cplusplus
}
#endif

#endif
