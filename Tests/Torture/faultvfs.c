// A layer between SQLite and the disk that fails on command. It is given to a program by LD_PRELOAD, and makes itself the
// default VFS of the program's SQLite. What it is to do stands in a file that is mapped, FAULTVFS_CONTROL, which the
// test changes while the program runs; faults.py writes the same layout. Without that variable it does nothing.
//
// A power cut: what was written since the last sync of a file is kept here as well. At the cut all of it is taken back,
// then some of it is written again, in another order, the last one only up to the end of a sector, and the process ends.
// Writes whose sync was made to fail can be lost at a cut even if a later sync worked, as with a kernel that forgets
// which pages it could not write.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ, WRITE, SYNC, TRUNCATE, OPEN, OPERATIONS };
enum { RULES = 8, SECTOR = 512, EXIT_CODE = 137 };

struct rule {
  uint64_t armed;      // 1: in force
  uint64_t operation;
  uint64_t files;      // 1: the database, 2: its log, 4: others
  uint64_t first;      // from this call on, counted from 1
  uint64_t count;      // so often; 0: for ever
  uint64_t error;      // errno: EIO or ENOSPC; 0: only be late
  uint64_t delay_us;
  uint64_t seen, hit;  // told back
};

struct control {
  uint64_t seed;
  uint64_t log;      // keep what a power cut needs
  uint64_t cut_at;   // cut at this write or sync, counted while it is not 0
  uint64_t cut_now;
  uint64_t steps;    // writes and syncs since
  uint64_t injected;
  uint64_t dropped, torn, reordered, unsynced;
  uint64_t lie;      // syncs say that they have worked, and do nothing
  uint64_t calls[8];
  struct rule rules[RULES];
};

struct entry {
  struct entry *next;
  int truncates, stuck, durable;
  int64_t offset, length, old_size, old_length;
  unsigned char *new, *old;
};

struct file {
  sqlite3_file base;
  int kind, descriptor;  // the descriptor is one of our own, for the cut
  struct file *next;
  struct entry *first, **last;
  sqlite3_file *real;
};

static struct control *control;
static sqlite3_vfs *under;
static sqlite3_vfs vfs;
static sqlite3_io_methods methods;
static struct file *files;
static uint64_t chance;
static pthread_mutex_t mutex;

static uint64_t draw(uint64_t bound) {
  uint64_t z = chance += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return bound ? (z ^ z >> 31) % bound : 0;
}

static void lock(void) { pthread_mutex_lock(&mutex); }
static void unlock(void) { pthread_mutex_unlock(&mutex); }

static void put(struct file *f, struct entry *e, int64_t length) {
  while (e->truncates && ftruncate(f->descriptor, e->offset) && errno == EINTR) {}
  if (e->truncates || length <= 0) return;
  if (pwrite(f->descriptor, e->new, length, e->offset) != length) _exit(99);
}

static void take_back(struct file *f) {
  int count = 0, i = 0;
  for (struct entry *e = f->first; e; e = e->next) count++;
  struct entry **all = calloc(count + 1, sizeof *all);
  for (struct entry *e = f->first; e; e = e->next) all[i++] = e;
  while (i-- > 0) {
    if (all[i]->old_length > 0 && pwrite(f->descriptor, all[i]->old, all[i]->old_length, all[i]->offset) < 0) _exit(98);
    if (ftruncate(f->descriptor, all[i]->old_size)) _exit(97);
  }
  free(all);
}

// Some of the writes between two truncations, in any order; the last one torn.
static void put_some(struct file *f, struct entry **some, int count, int tear) {
  int kept = 0;
  uint64_t share = draw(5);  // sometimes none, sometimes all
  for (int i = 0; i < count; i++) {
    if (draw(4) < share) some[kept++] = some[i];
    else control->dropped++;
  }
  for (int i = kept - 1; i > 0; i--) {
    int j = draw(i + 1);
    struct entry *e = some[i];
    if (i != j) control->reordered++;
    some[i] = some[j], some[j] = e;
  }
  for (int i = 0; i < kept; i++) {
    int64_t length = some[i]->length;
    if (tear && i == kept - 1) {
      // Sectors are those of the disk, not of the write.
      int64_t from = some[i]->offset / SECTOR, to = (some[i]->offset + length + SECTOR - 1) / SECTOR;
      int64_t end = (from + (int64_t)draw(to - from + 1)) * SECTOR - some[i]->offset;
      if (end < length) length = end, control->torn++;
    }
    put(f, some[i], length);
  }
}

static void cut(void) {
  for (struct file *f = files; f; f = f->next) {
    int count = 0;
    for (struct entry *e = f->first; e; e = e->next) count++;
    struct entry **some = calloc(count + 1, sizeof *some);
    int n = 0;
    take_back(f);
    for (struct entry *e = f->first; e; e = e->next)
      if (e->stuck) some[n++] = e;
    put_some(f, some, n, 0);
    for (struct entry *e = f->first; e; e = e->next)
      if (e->durable) put(f, e, e->length);
    n = 0;
    for (struct entry *e = f->first; e; e = e->next) {
      if (e->stuck || e->durable) continue;
      control->unsynced++;
      if (!e->truncates) { some[n++] = e; continue; }
      put_some(f, some, n, 0);
      n = 0;
      if (draw(2)) put(f, e, 0);
    }
    put_some(f, some, n, 1);
    free(some);
    fsync(f->descriptor);
  }
  _exit(EXIT_CODE);
}

// Counts a write or sync, and cuts if it is its turn.
static void step(void) {
  if (control->cut_now || (control->cut_at && ++control->steps >= control->cut_at)) cut();
}

static void *poll_for_cut(void *unused) {
  for (;; usleep(2000)) {
    if (!control->cut_now) continue;
    lock();
    cut();
  }
  return unused;
}

// What the rules say of this call: 0 or an errno. May be slow.
static int judge(int operation, int kind) {
  int verdict = 0;
  uint64_t delay = 0;
  lock();
  control->calls[operation]++;
  for (int i = 0; i < RULES; i++) {
    struct rule *r = control->rules + i;
    if (!r->armed || r->operation != (uint64_t)operation || !(r->files & kind)) continue;
    uint64_t n = ++r->seen;
    if (n < r->first || (r->count && n >= r->first + r->count)) continue;
    r->hit++;
    control->injected++;
    if (r->error) verdict = r->error;
    if (r->delay_us > delay) delay = r->delay_us;
  }
  unlock();
  if (delay) usleep(delay);
  return verdict;
}

static void note(struct file *f, int truncates, const void *data, int64_t length, int64_t offset) {
  struct stat status;
  if (!control->log || f->descriptor < 0 || fstat(f->descriptor, &status)) return;
  struct entry *e = calloc(1, sizeof *e);
  e->truncates = truncates, e->offset = offset, e->length = length, e->old_size = status.st_size;
  if (!truncates) memcpy(e->new = malloc(length), data, length);
  int64_t old = status.st_size - offset;
  if (!truncates && old > length) old = length;
  if (old > 0) e->old_length = pread(f->descriptor, e->old = malloc(old), old, offset);
  *f->last = e, f->last = &e->next;
}

static void forget(struct file *f) {
  for (struct entry *e = f->first, *next; e; e = next) next = e->next, free(e->new), free(e->old), free(e);
  f->first = 0, f->last = &f->first;
}

// A sync has worked, or has been made to fail.
static void synced(struct file *f, int failed) {
  int stuck = 0;
  for (struct entry *e = f->first; e; e = e->next) {
    if (failed && !e->durable) e->stuck = 1;
    if (!failed && !e->stuck) e->durable = 1;
    stuck |= e->stuck;
  }
  if (!stuck) forget(f);
}

static int f_close(sqlite3_file *file) {
  struct file *f = (struct file *)file;
  lock();
  for (struct file **p = &files; *p; p = &(*p)->next)
    if (*p == f) { *p = f->next; break; }
  // What was not synced is not followed any further than its file is open.
  forget(f);
  unlock();
  int result = f->real->pMethods ? f->real->pMethods->xClose(f->real) : SQLITE_OK;
  // Not before: closing it ends the locks that SQLite holds on the file.
  if (f->descriptor >= 0) close(f->descriptor);
  return result;
}

static int f_read(sqlite3_file *file, void *to, int length, sqlite3_int64 offset) {
  struct file *f = (struct file *)file;
  if (judge(READ, f->kind)) { errno = EIO; return SQLITE_IOERR_READ; }
  return f->real->pMethods->xRead(f->real, to, length, offset);
}

static int f_write(sqlite3_file *file, const void *from, int length, sqlite3_int64 offset) {
  struct file *f = (struct file *)file;
  int error = judge(WRITE, f->kind), result = SQLITE_OK;
  lock();
  step();
  // A write that fails may have been done in part.
  if (error) length = draw(2) ? 0 : (int)draw(length);
  if (length) {
    note(f, 0, from, length, offset);
    result = f->real->pMethods->xWrite(f->real, from, length, offset);
  }
  unlock();
  if (!error) return result;
  errno = error;
  return error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int f_truncate(sqlite3_file *file, sqlite3_int64 size) {
  struct file *f = (struct file *)file;
  if (judge(TRUNCATE, f->kind)) { errno = EIO; return SQLITE_IOERR_TRUNCATE; }
  lock();
  step();
  note(f, 1, 0, 0, size);
  int result = f->real->pMethods->xTruncate(f->real, size);
  unlock();
  return result;
}

static int f_sync(sqlite3_file *file, int flags) {
  struct file *f = (struct file *)file;
  int error = judge(SYNC, f->kind);
  lock();
  step();
  int result = error ? SQLITE_IOERR_FSYNC : control->lie ? SQLITE_OK : f->real->pMethods->xSync(f->real, flags);
  if (!control->lie) synced(f, result != SQLITE_OK);
  unlock();
  if (error) errno = error;
  return result;
}

#define REAL ((struct file *)f)->real
static int f_size(sqlite3_file *f, sqlite3_int64 *size) { return REAL->pMethods->xFileSize(REAL, size); }
static int f_lock(sqlite3_file *f, int kind) { return REAL->pMethods->xLock(REAL, kind); }
static int f_unlock(sqlite3_file *f, int kind) { return REAL->pMethods->xUnlock(REAL, kind); }
static int f_check(sqlite3_file *f, int *out) { return REAL->pMethods->xCheckReservedLock(REAL, out); }
static int f_control(sqlite3_file *f, int op, void *arg) {
  // Hints that would let the file grow past the writes seen here.
  if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
  return REAL->pMethods->xFileControl(REAL, op, arg);
}
static int f_sector(sqlite3_file *f) { return REAL->pMethods->xSectorSize(REAL); }
static int f_device(sqlite3_file *f) { return REAL->pMethods->xDeviceCharacteristics(REAL); }
static int f_map(sqlite3_file *f, int page, int size, int extend, void volatile **at) {
  return REAL->pMethods->xShmMap(REAL, page, size, extend, at);
}
static int f_shmlock(sqlite3_file *f, int offset, int n, int flags) {
  return REAL->pMethods->xShmLock(REAL, offset, n, flags);
}
static void f_barrier(sqlite3_file *f) { REAL->pMethods->xShmBarrier(REAL); }
static int f_unmap(sqlite3_file *f, int remove) { return REAL->pMethods->xShmUnmap(REAL, remove); }

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *file, int flags, int *out) {
  struct file *f = (struct file *)file;
  (void)v;
  memset(f, 0, sizeof *f);
  f->real = (sqlite3_file *)(f + 1);
  f->last = &f->first;
  f->kind = flags & SQLITE_OPEN_MAIN_DB ? 1 : flags & SQLITE_OPEN_WAL ? 2 : 4;
  if (judge(OPEN, f->kind)) { errno = EIO; return SQLITE_CANTOPEN; }
  int result = under->xOpen(under, name, f->real, flags, out);
  if (f->real->pMethods) f->base.pMethods = &methods;
  if (result != SQLITE_OK) return result;
  f->descriptor = name && f->kind != 4 && flags & SQLITE_OPEN_READWRITE ? open(name, O_RDWR | O_CLOEXEC) : -1;
  if (f->descriptor < 0) return SQLITE_OK;
  lock();
  f->next = files, files = f;
  unlock();
  return SQLITE_OK;
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULTVFS_CONTROL");
  int descriptor = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  pthread_t thread;
  if (descriptor < 0) return;
  control = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  under = sqlite3_vfs_find(0);
  if (control == MAP_FAILED || !under) return;
  chance = control->seed;
  methods = (sqlite3_io_methods){2, f_close, f_read, f_write, f_truncate, f_sync, f_size, f_lock, f_unlock, f_check,
    f_control, f_sector, f_device, f_map, f_shmlock, f_barrier, f_unmap, 0, 0};
  vfs = *under;
  vfs.zName = "fault";
  vfs.szOsFile = sizeof(struct file) + under->szOsFile;
  vfs.xOpen = v_open;
  vfs.pNext = 0;
  if (control->log) pthread_create(&thread, 0, poll_for_cut, 0);
  sqlite3_vfs_register(&vfs, 1);
}
