// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/acknowledgement.hpp>

#include <algorithm>
#include <charconv>
#include <memory>

namespace sluice {

void acknowledgement_lines::begin() {
  const std::lock_guard lock{mutex_};
  ++connection_;
  stored_ = flushed_ = covered_ = lines_ = 0;
  rest_.clear();
}

std::optional<std::string> acknowledgement_lines::stored(std::uint64_t records) {
  const std::lock_guard lock{mutex_};
  if (records == stored_)
    return std::nullopt;
  stored_ = records;
  return std::to_string(connection_) + ' ' + std::to_string(records);
}

bool acknowledgement_lines::take_flush() {
  const std::lock_guard lock{mutex_};
  if (when_ != acknowledgement::durable || flushed_ == stored_ || covered_ < flushed_)
    return false;
  flushed_ = stored_;
  return true;
}

void acknowledgement_lines::cover(std::string_view mark) {
  std::uint64_t connection = 0;
  std::uint64_t records = 0;
  const auto* const begin = std::to_address(mark.begin());
  const auto* const end = std::to_address(mark.end());
  const auto first = std::from_chars(begin, end, connection);
  if (first.ptr != end)
    std::from_chars(first.ptr + 1, end, records);
  const std::lock_guard lock{mutex_};
  if (connection == connection_)
    covered_ = std::max(covered_, records);
}

std::string_view acknowledgement_lines::to_write() {
  const std::lock_guard lock{mutex_};
  if (rest_.empty() && lines_ != covered_) {
    lines_ = covered_;
    rest_ = std::to_string(lines_) + '\n';
  }
  return rest_;
}

void acknowledgement_lines::written(std::size_t bytes) {
  const std::lock_guard lock{mutex_};
  rest_.erase(0, bytes);
}

bool acknowledgement_lines::are_complete() const {
  const std::lock_guard lock{mutex_};
  return lines_ == stored_ && rest_.empty();
}

} // namespace sluice
