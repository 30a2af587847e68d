// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <unistd.h>

namespace sluice::test {

/// A directory of its own for one test, removed at the end. On a file system in memory where there is one: a sync costs
/// nothing there, and what tests kill is processes, not power.
class temporary_directory {
public:
  temporary_directory() {
    const std::filesystem::path in_memory{"/dev/shm"};
    const bool usable = ::access(in_memory.c_str(), W_OK | X_OK) == 0;
    auto name = ((usable ? in_memory : std::filesystem::temp_directory_path()) / "sluice-test-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw std::system_error{errno, std::generic_category(), name};
    path_ = name;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

} // namespace sluice::test
