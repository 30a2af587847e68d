// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/lmdb_environment.hpp>

#include <sluice/actors/log.hpp>

#include <lmdb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

namespace {

namespace fs = std::filesystem;

// The first line of the stamp. All stamps have the same length, so that one small write replaces one by the other.
constexpr std::string_view stamp_name = "sluice store ";
constexpr std::string_view stamp_creating = "sluice store 1 creating\n";
constexpr std::string_view stamp_ready = "sluice store 1 ready   \n";
static_assert(stamp_creating.size() == stamp_ready.size());

std::string read_stamp(int fd) {
  std::array<char, 256> buffer;
  const auto n = ::pread(fd, buffer.data(), buffer.size(), 0);
  return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string{};
}

std::string owner_of(const std::string& stamp) {
  const auto at = stamp.find("owner ");
  if (at == std::string::npos)
    return "another running program";
  auto pid = stamp.substr(at + 6);
  pid.erase(pid.find_last_not_of(" \n") + 1);
  return pid == std::to_string(::getpid()) ? "this program itself" : "another running program (process " + pid + ")";
}

/// A size of a map has to be a multiple of the page size, which is at most this on the systems we know.
std::size_t whole_pages(std::size_t n) {
  constexpr std::size_t step = std::size_t{64} << 10;
  return (n + step - 1) / step * step;
}

std::string in_words(std::size_t bytes) {
  const bool whole = bytes % (std::size_t{1} << 20) == 0;
  return whole ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}

} // namespace

caf::expected<std::unique_ptr<lmdb_environment>> lmdb_environment::open(const fs::path& dir,
                                                                        const lmdb_options& options) {
  std::unique_ptr<lmdb_environment> result{new lmdb_environment{dir, options}};
  if (auto err = result->take_ownership())
    return err;
  return result;
}

lmdb_environment::lmdb_environment(fs::path dir, const lmdb_options& options)
    : dir_{std::move(dir)}, options_{options} {}

lmdb_environment::~lmdb_environment() {
  if (env_)
    mdb_env_close(env_);
  // Closing the file releases the directory, so it comes last.
  if (stamp_fd_ >= 0)
    ::close(stamp_fd_);
}

caf::error lmdb_environment::take_ownership() {
  std::error_code code;
  fs::create_directories(dir_, code);
  if (!fs::is_directory(dir_)) {
    if (fs::exists(dir_))
      return storage_error("it is a file; choose a directory");
    return storage_error("it cannot be created (" + code.message() + "); choose a directory that can be written");
  }
  // Nothing is written into a directory that is somebody else's.
  if (fs::exists(data_file()) && !fs::exists(stamp_file()))
    return storage_error("it holds an LMDB file that is not Sluice's; choose another directory");

  stamp_fd_ = ::open(stamp_file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (stamp_fd_ < 0)
    return failure(errno);
  // A lock of the open file, not of the process: the same directory opened twice in one process is refused as well.
  if (::flock(stamp_fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return failure(errno);
    return make_error(ec::storage_locked, "the directory '" + dir_.string() + "' is in use by "
                                              + owner_of(read_stamp(stamp_fd_))
                                              + "; stop it or choose another directory");
  }

  const auto stamp = read_stamp(stamp_fd_);
  if (stamp.starts_with(stamp_ready))
    return start(false);
  // The stamp says "creating" until the new file is on disk; what is there before that is worth nothing.
  const bool interrupted = stamp.starts_with(stamp_creating);
  if (interrupted || (stamp.empty() && !fs::exists(data_file()))) {
    if (auto err = write_stamp(std::string{stamp_creating}))
      return err;
    fs::remove(data_file(), code);
    return start(true);
  }
  if (stamp.starts_with(stamp_name))
    return make_error(ec::checkpoint_mismatch, "the directory '" + dir_.string()
                                                   + "' was written by another version of Sluice; use that version or "
                                                     "choose another directory");
  return storage_error("its file 'sluice.store' is not Sluice's, or is damaged; choose another directory");
}

caf::error lmdb_environment::start(bool fresh) {
  std::error_code code;
  const auto file_size = fs::file_size(data_file(), code);
  const std::size_t existing = code ? 0 : static_cast<std::size_t>(file_size);
  if (!fresh && existing == 0)
    return storage_error("its file 'data.mdb' is missing or empty; restore it, or remove the directory to start anew");

  if (const int rc = mdb_env_create(&env_))
    return failure(rc);
  if (const int rc = mdb_env_set_mapsize(env_, whole_pages(std::max(options_.initial_map, existing))))
    return failure(rc);
  // Sync at every commit and no writable map: see the power-cut figures in docs/formats/checkpoint.md.
  if (const int rc = mdb_env_open(env_, dir_.c_str(), MDB_NOTLS, 0644))
    return failure(rc);
  int dead = 0;
  if (const int rc = mdb_reader_check(env_, &dead))
    return failure(rc);
  if (auto err = check_complete())
    return err;
  if (auto err = extend_file())
    return err;
  if (fresh) {
    if (const int rc = mdb_env_sync(env_, 1))
      return failure(rc);
    const int fd = ::open(dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    const int reason = errno;
    if (fd >= 0)
      ::close(fd);
    if (!synced)
      return failure(reason);
  }
  return write_stamp(std::string{stamp_ready});
}

caf::error lmdb_environment::check_complete() {
  // Reading a page that the file no longer has would kill the process.
  MDB_envinfo info;
  MDB_stat stat;
  if (const int rc = mdb_env_info(env_, &info))
    return failure(rc);
  if (const int rc = mdb_env_stat(env_, &stat))
    return failure(rc);
  const auto needed = (info.me_last_pgno + 1) * stat.ms_psize;
  const auto actual = fs::file_size(data_file());
  if (actual < needed)
    return storage_error("its file 'data.mdb' is truncated (" + std::to_string(actual) + " bytes of "
                         + std::to_string(needed) + "); restore it, or remove the directory to start anew");
  return caf::none;
}

caf::error lmdb_environment::extend_file() {
  // LMDB does not write pages that were taken and freed in one transaction, so its file may legitimately end before
  // the last page it knows. With the file as long as the map, a file that ends early has been truncated.
  MDB_envinfo info;
  if (const int rc = mdb_env_info(env_, &info))
    return failure(rc);
  mdb_filehandle_t fd;
  if (const int rc = mdb_env_get_fd(env_, &fd))
    return failure(rc);
  struct ::stat status;
  if (::fstat(fd, &status) != 0)
    return failure(errno);
  if (static_cast<std::size_t>(status.st_size) < info.me_mapsize) {
    if (::ftruncate(fd, static_cast<off_t>(info.me_mapsize)) != 0 || ::fsync(fd) != 0)
      return failure(errno);
  }
  return caf::none;
}

caf::error lmdb_environment::write_stamp(const std::string& stamp) {
  const auto line = "owner " + std::to_string(::getpid());
  const auto text = stamp + line + std::string(32 - line.size(), ' ') + '\n';
  if (::pwrite(stamp_fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) || ::fsync(stamp_fd_) != 0)
    return failure(errno);
  return caf::none;
}

caf::error lmdb_environment::grow(std::size_t more) {
  MDB_envinfo info;
  MDB_stat stat;
  if (const int rc = mdb_env_info(env_, &info))
    return failure(rc);
  if (const int rc = mdb_env_stat(env_, &stat))
    return failure(rc);
  const auto old_size = info.me_mapsize;
  const auto used = (info.me_last_pgno + 1) * stat.ms_psize;
  auto new_size = old_size * 2;
  while (new_size < used + more)
    new_size *= 2;
  new_size = std::min(new_size, whole_pages(options_.quota));
  if (new_size <= old_size)
    return storage_error("it has reached its quota of " + in_words(options_.quota)
                         + "; raise the quota, keep less state, or write snapshots more often");
  if (const int rc = mdb_env_set_mapsize(env_, new_size))
    return failure(rc);
  if (auto err = extend_file())
    return err;
  log_info("state in '" + dir_.string() + "': the map grew from " + in_words(old_size) + " to " + in_words(new_size));
  return caf::none;
}

caf::error lmdb_environment::failure(int rc) const {
  switch (rc) {
    case EACCES:
    case EPERM:
    case EROFS:
      return storage_error("it cannot be written (" + std::string{std::strerror(rc)}
                           + "); change its permissions or choose another directory");
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return storage_error("there is no space left (" + std::string{std::strerror(rc)}
                           + "); free some and start again");
    case EIO:
      return storage_error("the disk failed or is full (" + std::string{std::strerror(rc)} + "); check the disk");
    case MDB_INVALID:
      return storage_error("its file 'data.mdb' is not LMDB's, or is damaged; restore it, or choose another directory");
    case MDB_VERSION_MISMATCH:
      return storage_error("its file 'data.mdb' was written by another version of LMDB; choose another directory");
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
      return storage_error("its file 'data.mdb' is damaged (" + std::string{mdb_strerror(rc)}
                           + "); restore it, or remove the directory to start anew");
    default: return storage_error(mdb_strerror(rc));
  }
}

caf::error lmdb_environment::storage_error(const std::string& what) const {
  return make_error(ec::storage_failed, "cannot keep state in '" + dir_.string() + "': " + what);
}

} // namespace sluice
