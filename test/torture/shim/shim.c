/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A disk that fails, is full, or is watched, for a program that knows nothing of it: LD_PRELOAD=…/libtorture_shim.so.
 *
 *   TORTURE_DIR=/abs/path     the files below this directory, and no others, are what all of this is about
 *   TORTURE_FAIL=N or N+      the N-th call on them fails (the first is 1), or all from the N-th on
 *   TORTURE_ERRNO=NUMBER      … with this errno; EIO if it is not set. 0: the process dies by SIGKILL instead
 *   TORTURE_CALLS=a,b         only these count: write sync truncate rename. All of them if it is not set
 *   TORTURE_DISK=BYTES        the files may take up so many bytes in blocks of 4 KiB; then a write is short, or ENOSPC
 *   TORTURE_JOURNAL=FILE      every call that succeeded is appended to FILE, which power_cuts.py makes images from
 *
 * write stands for write, writev, pwrite, pwritev, and pwritev2 without flags; sync for fsync, fdatasync; truncate for
 * ftruncate; rename for rename, renameat and renameat2. A fault is announced on standard error in one line that begins
 * with "torture:".
 *
 * One entry of the journal: five numbers of 64 bits (kind, offset, bytes in the first string, bytes in the second one,
 * 1 if the write is durable when it returns), then the two strings. They are the path and what was written, or the old
 * path and the new one. The offset of a truncate is the new size. Kinds: 1 write, 2 sync, 3 truncate, 4 rename.
 *
 * All calls are made by number, past the C library: nothing has to be looked up, and a sanitizer's own versions do not
 * come in between. Calls on watched files are made one at a time, so that the journal has them in their order. Not
 * seen: files that are written through a map, opened with O_CREAT alone, or removed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { KIND_WRITE = 1, KIND_SYNC, KIND_TRUNCATE, KIND_RENAME };
static const char* const kind_names[] = {"", "write", "sync", "truncate", "rename"};

enum { BLOCK = 4096, NO_OFFSET = -1, MOST_PARTS = 64 };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static char directory[PATH_MAX];
static size_t directory_length;
static unsigned long long fail_at;
static int fails_for_good;
static int fail_errno = EIO;
static const char* counted_calls;
static long long disk_bytes = -1;
static int journal = -1;
static unsigned long long calls;

__attribute__((constructor)) static void read_environment(void) {
  const char* text = getenv("TORTURE_DIR");
  if (!text || !realpath(text, directory))
    return;
  directory_length = strlen(directory);
  if ((text = getenv("TORTURE_FAIL"))) {
    char* end;
    fail_at = strtoull(text, &end, 10);
    fails_for_good = *end == '+';
  }
  if ((text = getenv("TORTURE_ERRNO")))
    fail_errno = atoi(text);
  counted_calls = getenv("TORTURE_CALLS");
  if ((text = getenv("TORTURE_DISK")))
    disk_bytes = atoll(text);
  if ((text = getenv("TORTURE_JOURNAL")))
    journal = open(text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static int is_watched(const char* path) {
  return directory_length != 0 && strncmp(path, directory, directory_length) == 0
         && (path[directory_length] == '/' || path[directory_length] == '\0');
}

/* Whether the file is watched; its path is put into `path`. */
static int watched_file(int fd, char path[PATH_MAX]) {
  if (directory_length == 0 || fd < 0)
    return 0;
  char link[32];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  const long n = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  if (n <= 0)
    return 0;
  path[n] = '\0';
  return is_watched(path);
}

/* Whether the name as it is given leads into the directory; the absolute one is put into `path`. */
static int watched_name(int dir_fd, const char* name, char path[PATH_MAX]) {
  if (directory_length == 0 || (name[0] != '/' && dir_fd != AT_FDCWD))
    return 0;
  char copy[PATH_MAX];
  char parent[PATH_MAX];
  if (snprintf(copy, sizeof(copy), "%s", name) >= (int)sizeof(copy))
    return 0;
  char* slash = strrchr(copy, '/');
  const char* last = slash ? slash + 1 : copy;
  if (slash)
    *slash = '\0';
  if (!realpath(!slash ? "." : slash == copy ? "/" : copy, parent))
    return 0;
  return snprintf(path, PATH_MAX, "%s/%s", parent, last) < PATH_MAX && is_watched(path);
}

static int is_counted(enum kind what) {
  if (!counted_calls)
    return 1;
  const char* found = strstr(counted_calls, kind_names[what]);
  return found != NULL;
}

static void announce(const char* format, ...) {
  char line[PATH_MAX + 128];
  va_list arguments;
  va_start(arguments, format);
  const int n = vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  syscall(SYS_write, STDERR_FILENO, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

/* Counts the call. True if it has to fail; errno is set then. */
static int must_fail(enum kind what, const char* path) {
  if (fail_at == 0 || !is_counted(what))
    return 0;
  ++calls;
  if (fails_for_good ? calls < fail_at : calls != fail_at)
    return 0;
  if (fail_errno == 0) {
    announce("torture: killed at call %llu, a %s of %s\n", calls, kind_names[what], path);
    raise(SIGKILL);
  }
  if (calls == fail_at)
    announce("torture: errno %d at call %llu, a %s of %s\n", fail_errno, calls, kind_names[what], path);
  errno = fail_errno;
  return 1;
}

static void append(const void* bytes, size_t n) {
  const char* from = bytes;
  while (n != 0) {
    const long done = syscall(SYS_write, journal, from, n);
    if (done <= 0)
      abort(); /* a journal with a gap proves nothing */
    from += done;
    n -= (size_t)done;
  }
}

static void note(enum kind what, uint64_t offset, const char* first, uint64_t second_length, uint64_t durable) {
  const uint64_t head[5] = {what, offset, strlen(first), second_length, durable};
  append(head, sizeof(head));
  append(first, strlen(first));
}

/* --- the full disk ------------------------------------------------------------------------------------------------ */

static long long used_bytes;

static int add_file(const char* path, const struct stat* status, int type, struct FTW* where) {
  (void)path;
  (void)where;
  if (type == FTW_F)
    used_bytes += (long long)status->st_blocks * 512;
  return 0;
}

/* The first byte at or after `from` and before `end` that is in a block of its own, or `end`. */
static off_t next_data(int fd, off_t from, off_t end) {
  const off_t found = lseek(fd, from, SEEK_DATA);
  return found < 0 || found > end ? end : found;
}

/* How many of `n` bytes at `offset` can be written with `left` bytes free: bytes in blocks that are there are free. */
static size_t fitting(int fd, off_t offset, size_t n, long long left) {
  char link[32];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  const int own = open(link, O_RDONLY | O_CLOEXEC); /* with an offset of its own */
  if (own < 0)
    return n;
  const off_t end = offset + (off_t)n;
  off_t at = offset;
  while (at < end) {
    const off_t block_end = (at / BLOCK + 1) * BLOCK;
    if (next_data(own, at / BLOCK * BLOCK, block_end) == block_end && (left -= BLOCK) < 0)
      break;
    at = block_end;
  }
  close(own);
  return at >= end ? n : (size_t)(at > offset ? at - offset : 0);
}

static size_t room_for(int fd, off_t offset, size_t n) {
  used_bytes = 0;
  nftw(directory, add_file, 16, FTW_PHYS);
  return fitting(fd, offset, n, disk_bytes - used_bytes);
}

/* --- the calls ---------------------------------------------------------------------------------------------------- */

static ssize_t raw_write(int fd, const struct iovec* parts, int count, off_t offset) {
  if (offset == NO_OFFSET)
    return syscall(SYS_writev, fd, parts, count);
  return syscall(SYS_pwritev, fd, parts, count, (unsigned long)offset, (unsigned long)((uint64_t)offset >> 32 >> 32));
}

/* Copies as much of `from` as `most` bytes are; returns the number of parts. */
static int shorten(const struct iovec* from, int count, size_t most, struct iovec* to) {
  int n = 0;
  for (; n < count && n < MOST_PARTS && most != 0; ++n) {
    to[n] = from[n];
    if (to[n].iov_len > most)
      to[n].iov_len = most;
    most -= to[n].iov_len;
  }
  return n;
}

static void note_write(int fd, const char* path, const struct iovec* parts, int count, off_t at, size_t n) {
  const int flags = fcntl(fd, F_GETFL);
  note(KIND_WRITE, (uint64_t)at, path, n, flags >= 0 && (flags & O_DSYNC) != 0);
  for (int i = 0; i < count && n != 0; ++i) {
    const size_t part = parts[i].iov_len < n ? parts[i].iov_len : n;
    append(parts[i].iov_base, part);
    n -= part;
  }
}

static ssize_t watched_write(int fd, const char* path, const struct iovec* parts, int count, off_t offset) {
  if (must_fail(KIND_WRITE, path))
    return -1;
  off_t at = offset;
  if (offset == NO_OFFSET) {
    const int flags = fcntl(fd, F_GETFL);
    at = lseek(fd, 0, flags >= 0 && (flags & O_APPEND) ? SEEK_END : SEEK_CUR);
    if (at < 0)
      return raw_write(fd, parts, count, offset); /* not a file */
  }
  struct iovec fewer[MOST_PARTS];
  if (disk_bytes >= 0) {
    size_t wanted = 0;
    for (int i = 0; i < count; ++i)
      wanted += parts[i].iov_len;
    const size_t room = room_for(fd, at, wanted);
    if (room < wanted) {
      announce("torture: the disk is full at %s\n", path);
      if (room == 0) {
        errno = ENOSPC;
        return -1;
      }
      count = shorten(parts, count, room, fewer);
      parts = fewer;
    }
  }
  const ssize_t done = raw_write(fd, parts, count, offset);
  if (done > 0 && journal >= 0)
    note_write(fd, path, parts, count, at, (size_t)done);
  return done;
}

static ssize_t any_write(int fd, const struct iovec* parts, int count, off_t offset) {
  char path[PATH_MAX];
  if (!watched_file(fd, path))
    return raw_write(fd, parts, count, offset);
  pthread_mutex_lock(&turn);
  const ssize_t result = watched_write(fd, path, parts, count, offset);
  pthread_mutex_unlock(&turn);
  return result;
}

static int any_sync(long number, int fd) {
  char path[PATH_MAX];
  if (!watched_file(fd, path))
    return (int)syscall(number, fd);
  pthread_mutex_lock(&turn);
  const int result = must_fail(KIND_SYNC, path) ? -1 : (int)syscall(number, fd);
  if (result == 0 && journal >= 0)
    note(KIND_SYNC, 0, path, 0, 1);
  pthread_mutex_unlock(&turn);
  return result;
}

static int any_truncate(int fd, off_t size) {
  char path[PATH_MAX];
  if (!watched_file(fd, path))
    return (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&turn);
  const int result = must_fail(KIND_TRUNCATE, path) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
  if (result == 0 && journal >= 0)
    note(KIND_TRUNCATE, (uint64_t)size, path, 0, 0);
  pthread_mutex_unlock(&turn);
  return result;
}

static int any_rename(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) {
  char old_path[PATH_MAX];
  char new_path[PATH_MAX];
  if (!watched_name(to_dir, to, new_path) || !watched_name(from_dir, from, old_path))
    return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
  pthread_mutex_lock(&turn);
  const int result = must_fail(KIND_RENAME, new_path)
                         ? -1
                         : (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
  if (result == 0 && journal >= 0) {
    note(KIND_RENAME, 0, old_path, strlen(new_path), 0);
    append(new_path, strlen(new_path));
  }
  pthread_mutex_unlock(&turn);
  return result;
}

/* --- what the C library offers ------------------------------------------------------------------------------------ */

ssize_t write(int fd, const void* bytes, size_t n) {
  const struct iovec part = {(void*)bytes, n};
  return any_write(fd, &part, 1, NO_OFFSET);
}

ssize_t pwrite(int fd, const void* bytes, size_t n, off_t offset) {
  const struct iovec part = {(void*)bytes, n};
  return any_write(fd, &part, 1, offset);
}

ssize_t writev(int fd, const struct iovec* parts, int count) { return any_write(fd, parts, count, NO_OFFSET); }
ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t at) { return any_write(fd, parts, count, at); }

ssize_t pwritev2(int fd, const struct iovec* parts, int count, off_t at, int flags) {
  if (flags == 0)
    return any_write(fd, parts, count, at);
  return syscall(SYS_pwritev2, fd, parts, count, (unsigned long)at, (unsigned long)((uint64_t)at >> 32 >> 32), flags);
}

int fsync(int fd) { return any_sync(SYS_fsync, fd); }
int fdatasync(int fd) { return any_sync(SYS_fdatasync, fd); }
int ftruncate(int fd, off_t size) { return any_truncate(fd, size); }
int rename(const char* from, const char* to) { return any_rename(AT_FDCWD, from, AT_FDCWD, to, 0); }

int renameat(int from_dir, const char* from, int to_dir, const char* to) {
  return any_rename(from_dir, from, to_dir, to, 0);
}

int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) {
  return any_rename(from_dir, from, to_dir, to, flags);
}

/* The same for callers who were compiled with 64-bit offsets by name. */
ssize_t pwrite64(int, const void*, size_t, off_t) __attribute__((alias("pwrite")));
ssize_t pwritev64(int, const struct iovec*, int, off_t) __attribute__((alias("pwritev")));
ssize_t pwritev64v2(int, const struct iovec*, int, off_t, int) __attribute__((alias("pwritev2")));
int ftruncate64(int, off_t) __attribute__((alias("ftruncate")));
