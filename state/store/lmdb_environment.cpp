// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/lmdb_environment.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/actors/os/blocking_section.hpp>
#include <sluice/actors/os/file_mapping.hpp>
#include <sluice/actors/os/system_call.hpp>
#include <sluice/state/store/lmdb_pages.hpp>
#include <sluice/state/store/storage_errors.hpp>

#include <lmdb.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

namespace {

namespace fs = std::filesystem;

constexpr const char* data_name = "data.mdb";

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

expected<std::unique_ptr<lmdb_environment>> lmdb_environment::open(const fs::path& dir, const lmdb_options& options) {
  auto owner = directory_owner::take(dir, data_name);
  if (!owner)
    return owner.error();
  std::unique_ptr<lmdb_environment> result{new lmdb_environment{dir, options, std::move(*owner)}};
  if (auto err = result->start())
    return err;
  return result;
}

lmdb_environment::lmdb_environment(fs::path dir, const lmdb_options& options, std::unique_ptr<directory_owner> owner)
    : dir_{std::move(dir)}, options_{options}, owner_{std::move(owner)} {}

lmdb_environment::~lmdb_environment() {
  if (env_)
    mdb_env_close(env_);
}

error lmdb_environment::start() {
  std::error_code code;
  const auto existing = owner_->fresh() ? 0 : fs::file_size(dir_ / data_name, code);
  if (code)
    return system_storage_error(dir_, code.value());
  if (auto err = check_pages(existing))
    return err;
  if (const int rc = mdb_env_create(&env_))
    return failure(rc);
  if (const int rc = mdb_env_set_mapsize(env_, whole_pages(std::max<std::size_t>(options_.initial_map, existing))))
    return failure(rc);
  // Sync at every commit and no writable map: see the power-cut figures in docs/formats/checkpoint.md.
  if (const int rc = mdb_env_open(env_, dir_.c_str(), MDB_NOTLS, 0644))
    return failure(rc);
  int dead = 0;
  if (const int rc = mdb_reader_check(env_, &dead))
    return failure(rc);
  if (auto err = check_complete())
    return err;
  if (auto err = find_map())
    return err;
  if (!owner_->fresh())
    return {};
  if (const int rc = mdb_env_sync(env_, 1))
    return failure(rc);
  return owner_->creation_finished();
}

error lmdb_environment::check_pages(std::uintmax_t size) const {
  if (size == 0)
    return {};
  const auto file = dir_ / data_name;
  const int fd = uninterrupted([&] { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC); });
  if (fd < 0)
    return system_storage_error(dir_, errno);
  const auto read = [fd](std::uint64_t offset, std::span<std::byte> to) {
    return uninterrupted([&] { return ::pread(fd, to.data(), to.size(), static_cast<off_t>(offset)); })
           == static_cast<ssize_t>(to.size());
  };
  const auto damage = find_damaged_page(read, size);
  ::close(fd);
  if (!damage)
    return {};
  return storage_error(dir_, "its file 'data.mdb' is damaged (" + *damage
                                 + "); restore the whole checkpoint, or remove it to start over");
}

expected<lmdb_environment::map_sizes> lmdb_environment::sizes() const {
  MDB_envinfo info;
  MDB_stat stat;
  if (const int rc = mdb_env_info(env_, &info))
    return failure(rc);
  if (const int rc = mdb_env_stat(env_, &stat))
    return failure(rc);
  return map_sizes{info.me_mapsize, (info.me_last_pgno + 1) * stat.ms_psize};
}

error lmdb_environment::check_complete() {
  // Reading a page that the file no longer has would kill the process.
  const auto map = sizes();
  if (!map)
    return map.error();
  std::error_code code;
  const auto actual = fs::file_size(dir_ / data_name, code);
  if (code)
    return system_storage_error(dir_, code.value());
  if (actual < map->used)
    return storage_error(dir_, "its file 'data.mdb' is truncated (" + std::to_string(actual) + " bytes of "
                                   + std::to_string(map->used)
                                   + "); restore the whole checkpoint, or remove it to start over");
  return extend_file(map->total);
}

error lmdb_environment::extend_file(std::size_t map_size) {
  // LMDB does not write pages that were taken and freed in one transaction, so its file may legitimately end before
  // the last page it knows. With the file as long as the map, a file that ends early has been truncated.
  mdb_filehandle_t fd;
  if (const int rc = mdb_env_get_fd(env_, &fd))
    return failure(rc);
  struct ::stat status;
  if (::fstat(fd, &status) != 0)
    return system_storage_error(dir_, errno);
  if (static_cast<std::size_t>(status.st_size) >= map_size)
    return {};
  const blocking_section waits; // for the disk
  if (uninterrupted([&] { return ::ftruncate(fd, static_cast<off_t>(map_size)); }) != 0)
    return system_storage_error(dir_, errno);
  if (const auto number = sync_to_disk(fd))
    return system_storage_error(dir_, number);
  return {};
}

error lmdb_environment::find_map() {
  mdb_filehandle_t fd;
  if (const int rc = mdb_env_get_fd(env_, &fd))
    return failure(rc);
  map_ = read_only_mapping_of(fd);
  return {};
}

write_result lmdb_environment::grow(std::size_t more) {
  const auto map = sizes();
  if (!map)
    return map.error();
  auto new_size = map->total * 2;
  while (new_size < map->used + more)
    new_size *= 2;
  new_size = std::min(new_size, whole_pages(options_.quota));
  if (new_size <= map->total) {
    auto missing = "it has reached its quota of " + in_words(options_.quota) + "; " + options_.quota_advice;
    return {storage_error(dir_, missing), missing};
  }
  if (auto err = extend_file(new_size))
    return err;
  if (const int rc = mdb_env_set_mapsize(env_, new_size))
    return failure(rc);
  if (auto err = find_map())
    return err;
  log_info("state in '" + dir_.string() + "': the map grew from " + in_words(map->total) + " to " + in_words(new_size));
  return {};
}

void lmdb_environment::looked_at(std::size_t bytes) const {
  constexpr std::size_t most = std::size_t{16} << 20;
  if (looked_at_.fetch_add(bytes, std::memory_order_relaxed) + bytes < most)
    return;
  looked_at_.store(0, std::memory_order_relaxed);
  give_back_pages(map_);
}

write_result lmdb_environment::failed_write(int rc) const {
  return {failure(rc), rc > 0 ? missing_room(rc, room_in(dir_)) : std::string{}};
}

error lmdb_environment::failure(int rc) const {
  switch (rc) {
    case MDB_INVALID:
      return storage_error(dir_, "its file 'data.mdb' is not LMDB's, or is damaged; restore the whole checkpoint, or "
                                 "choose another directory");
    case MDB_VERSION_MISMATCH:
      return storage_error(dir_,
                           "its file 'data.mdb' was written by another version of LMDB; choose another directory");
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
      return storage_error(dir_, "its file 'data.mdb' is damaged (" + std::string{mdb_strerror(rc)}
                                     + "); restore the whole checkpoint, or remove it to start over");
    default:
      // LMDB's own codes are negative, the system's positive.
      return rc < 0 ? storage_error(dir_, std::string{mdb_strerror(rc)}
                                              + "; start the program again, and if that does "
                                                "not help, restore the checkpoint")
                    : system_storage_error(dir_, rc);
  }
}

} // namespace sluice
