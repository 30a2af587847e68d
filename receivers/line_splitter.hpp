// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <sluice/actors/batch.hpp>
#include <sluice/actors/byte_mask.hpp>

namespace sluice {

/// A line is a record, and a record may be that long.
inline constexpr std::size_t longest_max_line = max_record_bytes - 1024;

/// Cuts a stream of bytes into lines, however the bytes are chopped into pieces. A line ends at \n; one \r before it is
/// not part of the line. Bytes are not looked at otherwise. No memory is allocated for a line.
class line_splitter {
public:
  static constexpr std::size_t default_room = std::size_t{256} << 10;

  /// Lines longer than `max_line` bytes are refused. `room` is how much space there is for the next bytes, at least.
  explicit line_splitter(std::size_t max_line, std::size_t room = default_room);

  /// Where the next bytes go. Ends the life of the lines taken before.
  std::span<char> space();

  class lines;

  /// `n` bytes were put into `space`: the lines that are complete now, to be walked through once. They end before one
  /// that is too long.
  lines take(std::size_t n);

  /// Whether a line is too long. Asked after the lines taken have been walked through; there are no more then.
  bool too_long() const { return too_long_; }

  /// The bytes after the last \n, when there will be no more: a line of its own, if there are any.
  std::optional<std::string_view> rest() const;

private:
  std::string_view without_return(const char* begin, const char* end) const;
  std::size_t pending() const { return end_ - begin_; }

  std::size_t max_line_;
  std::size_t room_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0; // where the first incomplete line begins
  std::size_t end_ = 0;
  bool too_long_ = false;
};

/// The lines of a stretch of the buffer: an input range of string_view.
class line_splitter::lines {
public:
  class iterator {
  public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    explicit iterator(lines* from) : from_{from} {}
    std::string_view operator*() const { return from_->line_; }
    iterator& operator++() {
      from_->next();
      return *this;
    }
    void operator++(int) { from_->next(); }
    bool operator==(std::default_sentinel_t) const { return from_->at_end_; }

  private:
    lines* from_;
  };

  /// @param whole lines, each with its \n
  lines(line_splitter& owner, std::string_view whole) : owner_{owner}, next_{whole.data()}, newlines_{whole, '\n'} {}

  iterator begin() {
    next();
    return iterator{this};
  }
  std::default_sentinel_t end() const { return {}; }

private:
  void next() {
    while (hits_ == 0) {
      if (!newlines_.more()) {
        at_end_ = true;
        return;
      }
      block_ = newlines_.position();
      hits_ = newlines_.next();
    }
    const auto* const newline = block_ + std::countr_zero(hits_);
    hits_ &= hits_ - 1;
    line_ = owner_.without_return(next_, newline);
    next_ = newline + 1;
    if (line_.size() > owner_.max_line_) [[unlikely]]
      at_end_ = owner_.too_long_ = true;
  }

  line_splitter& owner_;
  const char* next_; // where the next line begins
  detail::byte_masks newlines_;
  const char* block_ = nullptr; // what `hits_` is of
  std::uint64_t hits_ = 0;
  std::string_view line_;
  bool at_end_ = false;
};

inline std::string_view line_splitter::without_return(const char* begin, const char* end) const {
  if (end != begin && end[-1] == '\r')
    --end;
  return {begin, end};
}

} // namespace sluice
