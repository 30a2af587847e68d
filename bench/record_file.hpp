// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <system_error>
#include <type_traits>
#include <vector>

namespace sluice::bench {

/// The whole records of a file that was written as an array of them, or the first so many. Read piece by piece: a
/// program that keeps them in a form of its own has them in memory once. Throws std::system_error if they cannot be
/// read.
template <class T>
class record_file {
  static_assert(std::is_trivially_copyable_v<T>);

public:
  explicit record_file(const std::filesystem::path& path, std::size_t most = std::numeric_limits<std::size_t>::max())
      : path_{path}, file_{path, std::ios::binary}, size_{std::min(std::filesystem::file_size(path) / sizeof(T), most)},
        left_{size_} {}

  /// How many records there are, read or not.
  std::size_t size() const { return size_; }

  /// The next records, `most` of them, fewer at the end; none behind it.
  std::vector<T> next(std::size_t most) {
    std::vector<T> result(std::min(most, left_));
    left_ -= result.size();
    if (!file_.read(reinterpret_cast<char*>(result.data()), static_cast<std::streamsize>(result.size() * sizeof(T))))
      throw std::system_error{errno, std::generic_category(), path_.string()};
    return result;
  }

private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::size_t size_;
  std::size_t left_;
};

} // namespace sluice::bench
