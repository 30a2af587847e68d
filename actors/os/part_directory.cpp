// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/part_directory.hpp>

#include <cassert>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/descriptor.hpp>
#include <sluice/actors/os/system_call.hpp>

namespace sluice {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view part_prefix = "part-";
constexpr std::string_view success_name = "_SUCCESS";
constexpr std::size_t buffer_bytes = std::size_t{256} << 10;
/// Files that are open until they are synced, all in a row. The first sync of a journaling file system brings the
/// others along if the disk has their content by then.
constexpr std::size_t most_unsynced = 32;

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw runtime_failure{"cannot write '" + path.string() + "': " + why};
}

[[noreturn]] void fail(const fs::path& path, int number) { fail(path, std::generic_category().message(number)); }

void check(const fs::path& path, const std::error_code& code) {
  if (code)
    fail(path, code.message());
}

/// Without a separator at its end, and absolute, so that a program may change its directory meanwhile.
fs::path normal(const fs::path& place) {
  if (place.empty())
    throw runtime_failure{"cannot write an output to a directory without a name"};
  std::error_code code;
  auto result = fs::absolute(place, code).lexically_normal();
  check(place, code);
  return result.has_filename() ? result : result.parent_path();
}

/// The name of something in the directory that no output has, if there is any.
std::optional<std::string> foreign_entry(const fs::path& directory) {
  std::error_code code;
  for (fs::directory_iterator each{directory, code}, end; !code && each != end; each.increment(code)) {
    auto name = each->path().filename().string();
    if ((name != success_name && !name.starts_with(part_prefix)) || !each->is_regular_file(code))
      return name;
  }
  check(directory, code);
  return std::nullopt;
}

/// Whether there is an output at `path`; throws for anything else that is there.
bool is_output(const fs::path& path) {
  std::error_code code;
  const auto status = fs::symlink_status(path, code);
  if (status.type() == fs::file_type::not_found)
    return false;
  check(path, code);
  if (status.type() != fs::file_type::directory)
    fail(path, "it is there and is no directory; choose another place, or remove it");
  if (const auto name = foreign_entry(path))
    fail(path, "it is there and is no output of before, for it holds '" + *name
                   + "'; choose another directory, or remove it");
  return true;
}

void sync_directory(const fs::path& path) {
  const descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory)
    fail(path, errno);
  if (const int number = sync_to_disk(directory.get()))
    fail(path, number);
}

void remove_output(const fs::path& path) {
  std::error_code code;
  // First the mark that it is whole: to be killed in the middle must not leave a part that looks like all of it.
  if (fs::remove(path / success_name, code))
    sync_directory(path);
  check(path, code);
  fs::remove_all(path, code);
  check(path, code);
}

/// Also puts the names of new directories on the disk, lest a power cut takes them and all that was written below.
void make_directories(const fs::path& path) {
  std::error_code code;
  if (const auto status = fs::status(path, code); fs::is_directory(status))
    return;
  else if (fs::exists(status))
    fail(path, ENOTDIR);
  make_directories(path.parent_path());
  if (fs::create_directory(path, code))
    sync_directory(path.parent_path());
  check(path, code);
}

constexpr std::string_view temporary_suffix = "._temporary";

fs::path temporary_of(const fs::path& place) {
  auto name = '.' + place.filename().string();
  return place.parent_path() / name.append(temporary_suffix);
}

} // namespace

std::string part_name(std::size_t index) {
  auto digits = std::to_string(index);
  if (digits.size() < 5)
    digits.insert(0, 5 - digits.size(), '0');
  return std::string{part_prefix} + digits;
}

part_directory::part_directory(const fs::path& place) : place_{normal(place)}, temporary_{temporary_of(place_)} {
  make_directories(place_.parent_path());
  is_output(place_);
  if (is_output(temporary_)) // of a program that ended in the middle
    remove_output(temporary_);
  std::error_code code;
  fs::create_directory(temporary_, code);
  check(temporary_, code);
}

part_directory::~part_directory() {
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void part_directory::begin_part() {
  if (written_.opened)
    end_file();
  create(part_name(parts_++));
}

void part_directory::write(std::string_view text) {
  assert(written_.opened);
  buffer_ += text;
  if (buffer_.size() >= buffer_bytes)
    flush();
}

void part_directory::write(std::span<const std::byte> bytes) {
  write(std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void part_directory::commit() {
  if (written_.opened)
    end_file();
  create(success_name);
  end_file();
  sync_files();
  sync_directory(temporary_);
  put_in_place();
  sync_directory(place_.parent_path());
}

void part_directory::create(const fs::path& path) {
  written_.path = temporary_ / path;
  written_.opened = descriptor{::open(written_.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
  if (!written_.opened)
    fail(written_.path, errno);
}

void part_directory::end_file() {
  flush();
  ::sync_file_range(written_.opened.get(), 0, 0, SYNC_FILE_RANGE_WRITE); // only begins it; `sync_files` tells of errors
  ended_.push_back(std::move(written_));
  if (ended_.size() == most_unsynced)
    sync_files();
}

void part_directory::sync_files() {
  for (const auto& [path, opened] : ended_)
    if (const int number = sync_to_disk(opened.get()))
      fail(path, number);
  ended_.clear();
}

void part_directory::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const auto n = uninterrupted([&] { return ::write(written_.opened.get(), rest.data(), rest.size()); });
    if (n <= 0)
      fail(written_.path, n == 0 ? ENOSPC : errno);
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  buffer_.clear();
}

/// An old output that was there ends up as the temporary one, which the destructor removes.
void part_directory::put_in_place() {
  if (is_output(place_)) {
    if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, place_.c_str(), RENAME_EXCHANGE) == 0)
      return;
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
      fail(place_, errno);
    remove_output(place_);
  }
  if (::rename(temporary_.c_str(), place_.c_str()) != 0)
    fail(place_, errno);
}

void remove_unfinished_outputs(const fs::path& directory, const std::function<bool(std::string_view)>& is_ours) {
  const auto where = directory.empty() ? fs::path{"."} : directory;
  std::vector<fs::path> found; // not to remove under an iterator
  std::error_code code;
  for (fs::directory_iterator each{where, code}, end; !code && each != end; each.increment(code)) {
    const auto name = each->path().filename().string();
    std::string_view place{name};
    if (!place.starts_with('.') || !place.ends_with(temporary_suffix) || place.size() <= temporary_suffix.size())
      continue;
    place.remove_prefix(1);
    place.remove_suffix(temporary_suffix.size());
    if (is_ours(place))
      found.push_back(each->path());
  }
  if (code && code != std::errc::no_such_file_or_directory)
    check(where, code);
  for (const auto& path : found)
    if (fs::symlink_status(path, code).type() == fs::file_type::directory && !foreign_entry(path))
      remove_output(path);
}

} // namespace sluice
