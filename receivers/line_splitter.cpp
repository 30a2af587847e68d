// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/line_splitter.hpp>

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
  const auto* fresh = buffer_.get() + end_;
  const auto* first = buffer_.get() + begin_;
  end_ += n;
  // No byte of a long line is looked at twice: only the fresh ones can hold its end.
  const auto* last = n == 0 ? nullptr : static_cast<const char*>(memrchr(fresh, '\n', n));
  const auto* complete = last == nullptr ? first : last + 1;
  begin_ = static_cast<std::size_t>(complete - buffer_.get());
  // A \r at the end may turn out to belong to the line's end.
  if (without_return(complete, buffer_.get() + end_).size() > max_line_)
    too_long_ = true;
  return {*this, std::string_view{first, complete}};
}

std::optional<std::string_view> line_splitter::rest() const {
  if (pending() == 0 || too_long_)
    return std::nullopt;
  return without_return(buffer_.get() + begin_, buffer_.get() + end_);
}

} // namespace sluice
