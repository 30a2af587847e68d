// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace sluice {

/// Bytes between a connection and the code that makes records of them. Grows with the bytes that are kept, never with
/// bytes that were only announced.
class byte_buffer {
public:
  /// How much space there is for the next bytes, at least.
  static constexpr std::size_t room = std::size_t{256} << 10;

  /// Where the next bytes go. Ends the life of what `content` returned.
  std::span<char> space();

  /// `n` bytes were put into `space`.
  void add(std::size_t n) { end_ += n; }

  /// The bytes that have been added and not dropped.
  std::string_view content() const { return {buffer_.get() + begin_, end_ - begin_}; }

  /// Drops the first `n` bytes of the content.
  void drop(std::size_t n) { begin_ += n; }

private:
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

} // namespace sluice
