// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/directory_owner.hpp>

#include <sluice/actors/os/system_call.hpp>
#include <sluice/state/store/storage_errors.hpp>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace sluice {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view stamp_name = "sluice.store";

// The first line of the stamp. All have the same length, so that one small write replaces one by the other.
constexpr std::string_view any_stamp = "sluice store ";
constexpr std::string_view creating_stamp = "sluice store 1 creating\n";
constexpr std::string_view ready_stamp = "sluice store 1 ready   \n";
static_assert(creating_stamp.size() == ready_stamp.size());

std::string read_all(int fd) {
  std::array<char, 256> buffer;
  const auto n = ::pread(fd, buffer.data(), buffer.size(), 0);
  return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string{};
}

std::string owner_in(const std::string& stamp) {
  const auto at = stamp.find("owner ");
  if (at == std::string::npos)
    return "another running program";
  auto pid = stamp.substr(at + 6);
  pid.erase(pid.find_last_not_of(" \n") + 1);
  return pid == std::to_string(::getpid()) ? "this program itself" : "another running program (process " + pid + ")";
}

} // namespace

expected<std::unique_ptr<directory_owner>> directory_owner::take(const fs::path& dir, std::string_view data_name) {
  std::error_code code;
  std::error_code ignored;
  fs::create_directories(dir, code);
  if (!fs::is_directory(dir, ignored)) {
    if (fs::exists(dir, ignored))
      return storage_error(dir, "it is a file; choose a directory");
    return storage_error(dir, "it cannot be created (" + code.message() + "); choose a directory that can be written");
  }
  const auto data = dir / data_name;
  if (fs::exists(data, ignored) && !fs::exists(dir / stamp_name, ignored))
    return storage_error(dir, "it holds an LMDB file that is not Sluice's; choose another directory");
  std::unique_ptr<directory_owner> result{new directory_owner{dir}};
  if (auto err = result->lock())
    return err;
  if (auto err = result->read_stamp(data))
    return err;
  return result;
}

directory_owner::~directory_owner() {
  if (fd_ >= 0)
    ::close(fd_);
}

error directory_owner::lock() {
  fd_ = ::open((dir_ / stamp_name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0)
    return system_storage_error(dir_, errno);
  // This lock belongs to the open file, not to the process, so it also keeps the process from its own directory.
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0)
    return {};
  if (errno != EWOULDBLOCK)
    return system_storage_error(dir_, errno);
  return make_error(ec::storage_locked, "the directory '" + dir_.string() + "' is in use by " + owner_in(read_all(fd_))
                                            + "; stop it or choose another directory");
}

error directory_owner::read_stamp(const fs::path& data) {
  std::error_code ignored;
  const auto stamp = read_all(fd_);
  if (stamp.starts_with(ready_stamp)) {
    const auto size = fs::file_size(data, ignored);
    if (ignored || size == 0)
      return storage_error(dir_,
                           "its file '" + data.filename().string()
                               + "' is missing or empty; restore the whole checkpoint, or remove it to start over");
    return write_stamp(ready_stamp);
  }
  // What is there before the creation was finished is worth nothing. There is no data yet where the stamp is empty.
  if (stamp.starts_with(creating_stamp) || (stamp.empty() && !fs::exists(data, ignored))) {
    fresh_ = true;
    if (auto err = write_stamp(creating_stamp))
      return err;
    fs::remove(data, ignored);
    const auto number = sync_to_disk(fd_);
    return number == 0 ? error{} : system_storage_error(dir_, number);
  }
  if (stamp.starts_with(any_stamp))
    return make_error(ec::checkpoint_mismatch, "the directory '" + dir_.string()
                                                   + "' was written by another version of Sluice; use that version or "
                                                     "choose another directory");
  return storage_error(dir_, "its file 'sluice.store' is not Sluice's, or is damaged; choose another directory");
}

error directory_owner::creation_finished() {
  const int dir_fd = ::open(dir_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir_fd < 0)
    return system_storage_error(dir_, errno);
  const auto number = sync_to_disk(dir_fd);
  ::close(dir_fd);
  if (number != 0)
    return system_storage_error(dir_, number);
  if (auto err = write_stamp(ready_stamp))
    return err;
  if (const auto error = sync_to_disk(fd_))
    return system_storage_error(dir_, error);
  fresh_ = false;
  return {};
}

error directory_owner::write_stamp(std::string_view stamp) {
  const auto owner = "owner " + std::to_string(::getpid());
  const auto text = std::string{stamp} + owner + std::string(32 - owner.size(), ' ') + '\n';
  const auto written = uninterrupted([&] { return ::pwrite(fd_, text.data(), text.size(), 0); });
  if (written == static_cast<ssize_t>(text.size()))
    return {};
  return system_storage_error(dir_, written < 0 ? errno : ENOSPC);
}

} // namespace sluice
