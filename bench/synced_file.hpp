// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

namespace sluice::bench {

/// A new file to which one appends and which one syncs: the least that it takes to have bytes on a disk. All of it
/// throws std::runtime_error if it cannot.
class synced_file {
public:
  explicit synced_file(const std::filesystem::path& path)
      : fd_{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)} {
    if (fd_ < 0)
      throw std::runtime_error{"cannot open " + path.string()};
  }
  ~synced_file() { ::close(fd_); }
  synced_file(const synced_file&) = delete;
  synced_file& operator=(const synced_file&) = delete;

  void append(std::span<const std::byte> bytes) {
    if (::write(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error{"cannot write"};
  }

  void sync() {
    if (::fdatasync(fd_) != 0)
      throw std::runtime_error{"cannot sync"};
  }

private:
  int fd_;
};

} // namespace sluice::bench
