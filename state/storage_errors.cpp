// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/storage_errors.hpp>

#include <cerrno>
#include <system_error>

namespace sluice {

caf::error storage_error(const std::filesystem::path& dir, const std::string& what) {
  return make_error(ec::storage_failed, "cannot keep state in '" + dir.string() + "': " + what);
}

caf::error system_storage_error(const std::filesystem::path& dir, int number) {
  const auto reason = std::generic_category().message(number);
  switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return storage_error(dir,
                           "it cannot be written (" + reason + "); change its permissions or choose another directory");
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return storage_error(dir, "there is no space left (" + reason + "); free some and start again");
    case EIO: // which LMDB also makes of a write that was cut short
      return storage_error(dir, "the disk failed or is full (" + reason + "); check the disk and its free space");
    default: return storage_error(dir, reason);
  }
}

} // namespace sluice
