// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "temporary_directory.hpp"

namespace sluice::test {

/// Sends the temporary files of this process to a directory of their own while it lives.
class temporary_files {
public:
  temporary_files() : temporary_files{std::filesystem::path{}} {}

  /// To a path below it, which need not exist, or to an absolute one.
  explicit temporary_files(const std::filesystem::path& to) {
    if (const auto* const now = std::getenv("TMPDIR"))
      before_ = now;
    ::setenv("TMPDIR", (directory_.path() / to).c_str(), 1);
  }
  ~temporary_files() {
    if (before_)
      ::setenv("TMPDIR", before_->c_str(), 1);
    else
      ::unsetenv("TMPDIR");
  }
  temporary_files(const temporary_files&) = delete;
  temporary_files& operator=(const temporary_files&) = delete;

  const std::filesystem::path& path() const { return directory_.path(); }

  /// Whether the directory has no file with a name.
  bool is_empty() const { return std::filesystem::is_empty(directory_.path()); }

  /// Those that this process has open, with a name or without: paths by which they can be opened again.
  std::vector<std::filesystem::path> open_files() const {
    std::vector<std::filesystem::path> result;
    for (const auto& descriptor : std::filesystem::directory_iterator{"/proc/self/fd"}) {
      std::error_code gone;
      if (std::filesystem::read_symlink(descriptor.path(), gone).string().starts_with(directory_.path().string() + "/"))
        result.push_back(descriptor.path());
    }
    return result;
  }

private:
  temporary_directory directory_;
  std::optional<std::string> before_;
};

} // namespace sluice::test
