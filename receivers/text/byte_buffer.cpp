// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/text/byte_buffer.hpp>

#include <algorithm>
#include <cstring>

namespace sluice {

std::span<char> byte_buffer::space() {
  // What is kept is moved once: it is at the front afterwards.
  const auto kept = content();
  if (kept.size() + room > capacity_) {
    capacity_ = std::max(2 * capacity_, kept.size() + room);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    std::ranges::copy(kept, larger.get());
    buffer_ = std::move(larger);
  } else if (begin_ != 0 && !kept.empty()) {
    std::memmove(buffer_.get(), kept.data(), kept.size());
  }
  end_ -= begin_;
  begin_ = 0;
  return {buffer_.get() + end_, capacity_ - end_};
}

} // namespace sluice
