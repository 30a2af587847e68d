// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace sluice::bench {

/// A file in memory, every page of it touched. Throws std::system_error if it cannot be read.
class mapped_file {
public:
  explicit mapped_file(const std::filesystem::path& path);
  ~mapped_file();
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;

  /// At least `readable_after` bytes behind its end may be read, too.
  std::string_view text() const { return {data_, size_}; }

  /// The whole records of a file that was written as an array of them.
  template <class T>
  std::span<const T> records() const {
    return {reinterpret_cast<const T*>(data_), size_ / sizeof(T)};
  }

  static constexpr std::size_t readable_after = 64;

private:
  char* data_;
  std::size_t size_;
};

} // namespace sluice::bench
