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

#include <sluice/actors/base/byte_mask.hpp>
#include <sluice/actors/batch/batch.hpp>

namespace sluice {

/// A line is a record, and a record may be that long.
inline constexpr std::size_t longest_max_line = max_record_bytes - 1024;

/// The default of `max_line`.
inline constexpr std::size_t default_max_line = std::size_t{1} << 20;

/// Cuts a stream of bytes into lines, however the bytes are chopped into pieces. A line ends at `\n`; one `\r` before
/// it is not part of the line. Bytes are not looked at otherwise. No memory is allocated for a line.
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

  /// Whether a line is too long. Asked after the lines taken have been walked through; there are no more then, unless
  /// it is left out (`lines::leave_out`).
  bool too_long() const { return too_long_; }

  /// Whether the bytes that come next belong to a line that is left out.
  bool is_leaving_out() const { return leaving_out_; }

  /// Bytes of the line that has not ended yet.
  std::size_t pending() const { return end_ - begin_; }

  /// The bytes after the last \n, when there will be no more: a line of its own, if there are any.
  std::optional<std::string_view> rest() const;

private:
  std::string_view without_return(const char* begin, const char* end) const;
  std::size_t end_line_left_out(std::size_t n);
  std::string_view unfinished() const { return without_return(buffer_.get() + begin_, buffer_.get() + end_); }

  std::size_t max_line_;
  std::size_t room_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0; // where the first incomplete line begins
  std::size_t end_ = 0;
  bool too_long_ = false;
  bool leaving_out_ = false;
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

  /// `whole`: lines, each with its `\n`.
  lines(line_splitter& owner, std::string_view whole) : owner_{owner}, next_{whole.data()}, newlines_{whole, '\n'} {}

  iterator begin() {
    next();
    return iterator{this};
  }
  std::default_sentinel_t end() const { return {}; }

  /// How many of the bytes taken come after the line that has been walked to last, or before which the walk ended.
  std::size_t bytes_behind() const {
    const auto* const end = owner_.buffer_.get() + owner_.end_;
    return static_cast<std::size_t>(end - (owner_.too_long_ ? line_begin_ : next_));
  }

  /// Leaves out the line that is too long. After that the lines behind it can be walked through, and bytes be taken.
  void leave_out() {
    owner_.too_long_ = false;
    if (line_begin_ == next_) { // its end has not been seen
      owner_.end_ = owner_.begin_;
      owner_.leaving_out_ = true;
    } else {
      at_end_ = false;
    }
  }

private:
  void next() {
    while (hits_ == 0) {
      if (!newlines_.more()) {
        at_end_ = true;
        line_begin_ = next_;
        // A \r at the end may turn out to belong to the line's end.
        owner_.too_long_ = owner_.unfinished().size() > owner_.max_line_;
        return;
      }
      block_ = newlines_.position();
      hits_ = newlines_.next();
    }
    const auto* const newline = block_ + std::countr_zero(hits_);
    hits_ &= hits_ - 1;
    line_ = owner_.without_return(next_, newline);
    if (line_.size() > owner_.max_line_) [[unlikely]] {
      line_begin_ = next_;
      at_end_ = owner_.too_long_ = true;
    }
    next_ = newline + 1;
  }

  line_splitter& owner_;
  const char* next_; // where the next line begins
  detail::byte_masks newlines_;
  const char* block_ = nullptr; // what `hits_` is of
  std::uint64_t hits_ = 0;
  std::string_view line_;
  const char* line_begin_ = nullptr; // of the line before which the walk ended
  bool at_end_ = false;
};

inline std::string_view line_splitter::without_return(const char* begin, const char* end) const {
  if (end != begin && end[-1] == '\r')
    --end;
  return {begin, end};
}

} // namespace sluice
