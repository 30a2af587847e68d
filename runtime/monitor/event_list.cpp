// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/event_list.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

void event_list::add(std::chrono::microseconds now, std::string kind, event_level level, std::string text) {
  if (text.size() > longest_text)
    text.resize(longest_text);
  events_.push_back({++last_, now, std::move(kind), level, std::move(text)});
  if (events_.size() > most)
    events_.pop_front();
}

std::vector<run_event> event_list::after(std::uint64_t number) const {
  const auto first = std::ranges::upper_bound(events_, number, {}, &run_event::number);
  return {first, events_.end()};
}

} // namespace sluice
