// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

namespace sluice {

/// The part that an input has left out.
enum class left_out : std::uint8_t {
  record, ///< one record
  rest,   ///< a file from a place on; what was before it has been read
  file,   ///< a whole file
};

/// Something that an input could not read, and has left out.
struct input_error {
  left_out what = left_out::record;
  std::string path;         ///< of the file it is in
  std::uint64_t offset = 0; ///< where it begins there, in bytes
  std::string reason;       ///< "a line is longer than the limit of 5 bytes (max_line)"
  std::uint64_t number = 1; ///< counts what this input has left out since the process started

  friend bool operator==(const input_error&, const input_error&) = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, input_error& x) {
    return f(x.what, x.path, x.offset, x.reason, x.number);
  }
};

} // namespace sluice
