// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/storage_errors.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <sys/resource.h>
#include <sys/statvfs.h>

namespace sluice {

namespace {

namespace fs = std::filesystem;

/// With less than this a disk is full: a write that is cut short takes all the room there was, and others may have
/// freed a little since.
constexpr std::uintmax_t little_room = std::uintmax_t{1} << 20;

constexpr const char* then_start = "; then start the program again: it goes on from the last commit";

std::string kib(std::uintmax_t bytes) { return std::to_string(bytes >> 10) + " KiB"; }

std::string no_space(const disk_room& room) {
  return "there is no space left on the disk" + (room.free ? " (" + kib(*room.free) + " are free)" : std::string{})
         + "; free some";
}

std::string file_limit_reached(const disk_room& room) {
  return "a file here may not become longer than " + kib(room.file_limit) + "; raise that limit (ulimit -f)"
         + then_start;
}

std::uintmax_t longest_file(const fs::path& dir) {
  std::uintmax_t result = 0;
  std::error_code code;
  for (fs::directory_iterator i{dir, code}, end; !code && i != end; i.increment(code)) {
    std::error_code ignored;
    if (const auto size = i->file_size(ignored); !ignored)
      result = std::max(result, size);
  }
  return result;
}

} // namespace

error storage_error(const fs::path& dir, const std::string& what) {
  return make_error(ec::storage_failed, "cannot keep state in '" + dir.string() + "': " + what);
}

disk_room room_in(const fs::path& dir) {
  disk_room result;
  struct ::statvfs status;
  if (::statvfs(dir.c_str(), &status) == 0)
    result.free = std::uintmax_t{status.f_bavail} * status.f_frsize;
  rlimit limit;
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && longest_file(dir) >= limit.rlim_cur)
    result.file_limit = limit.rlim_cur;
  return result;
}

std::string missing_room(int number, const disk_room& room) {
  switch (number) {
    case ENOSPC: return no_space(room);
    case EDQUOT: return "your quota on this disk is used up; free some space or raise it";
    case EIO: return room.file_limit == 0 && room.free && *room.free < little_room ? no_space(room) : std::string{};
    default: return {};
  }
}

std::string explain_failed_write(int number, const disk_room& room) {
  if (const auto missing = missing_room(number, room); !missing.empty())
    return missing + then_start;
  const auto reason = std::generic_category().message(number);
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS: return "it cannot be written (" + reason + "); change its permissions or choose another directory";
    case EFBIG:
      return room.file_limit != 0
                 ? file_limit_reached(room)
                 : "a file here cannot become as long as it would have to be (" + reason + "); choose another disk";
    case EIO:
      if (room.file_limit != 0)
        return file_limit_reached(room);
      return "the disk failed, or a quota cut a write short (" + reason + "); check both" + then_start;
    default: return reason + "; mend that" + then_start;
  }
}

error system_storage_error(const fs::path& dir, int number) {
  return storage_error(dir, explain_failed_write(number, room_in(dir)));
}

error damage_error(const fs::path& dir, const error& why) {
  return make_error(ec::checksum_mismatch, "cannot read state in '" + dir.string() + "': " + describe(why)
                                               + "; check the disk and restore the whole checkpoint, or remove it to "
                                                 "start over");
}

} // namespace sluice
