// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/text/line_splitter.hpp>

#include <algorithm>
#include <cstring>

namespace sluice {

line_splitter::line_splitter(std::size_t max_line, std::size_t room) : max_line_{max_line}, room_{room} {}

std::span<char> line_splitter::space() {
  // Only the beginning of a line is ever moved, and a long line only once: it is at the front afterwards.
  const auto kept = pending();
  if (kept + room_ > capacity_) {
    capacity_ = std::max(2 * capacity_, kept + room_);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    std::copy_n(buffer_.get() + begin_, kept, larger.get());
    buffer_ = std::move(larger);
  } else if (begin_ != 0 && kept != 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, kept);
  }
  begin_ = 0;
  end_ = kept;
  return {buffer_.get() + end_, capacity_ - end_};
}

line_splitter::lines line_splitter::take(std::size_t n) {
  if (leaving_out_)
    n = end_line_left_out(n);
  const auto* fresh = buffer_.get() + end_;
  const auto* first = buffer_.get() + begin_;
  end_ += n;
  // No byte of a long line is looked at twice: only the fresh ones can hold its end.
  const auto* last = n == 0 ? nullptr : static_cast<const char*>(memrchr(fresh, '\n', n));
  const auto* complete = last == nullptr ? first : last + 1;
  begin_ = static_cast<std::size_t>(complete - buffer_.get());
  return {*this, std::string_view{first, complete}};
}

/// Takes no notice of fresh bytes up to the end of a line that is left out. Returns how many come after it.
std::size_t line_splitter::end_line_left_out(std::size_t n) {
  const auto* fresh = buffer_.get() + end_;
  const auto* newline = n == 0 ? nullptr : static_cast<const char*>(std::memchr(fresh, '\n', n));
  if (newline == nullptr)
    return 0;
  leaving_out_ = false;
  const auto gone = static_cast<std::size_t>(newline + 1 - fresh);
  begin_ = end_ = end_ + gone;
  return n - gone;
}

std::optional<std::string_view> line_splitter::rest() const {
  if (pending() == 0 || too_long_)
    return std::nullopt;
  return unfinished();
}

} // namespace sluice
