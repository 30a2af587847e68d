// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/queue/queue_history.hpp>

#include <algorithm>
#include <iterator>

namespace sluice {

void queue_history::begin_after(std::uint64_t pulls) {
  begin_ = pulls_ = pulls;
  is_new_ = false;
}

void queue_history::took(batch_time t, const sets& what) {
  is_new_ = false;
  ++pulls_;
  taken_.push_back({t, what});
  if (taken_.size() > most_)
    taken_.pop_front();
}

queue_history::sets queue_history::go_back(std::uint64_t pulls) {
  sets result;
  const auto since = pulls < pulls_ ? std::min<std::uint64_t>(pulls_ - pulls, taken_.size()) : 0;
  const auto from = taken_.end() - static_cast<std::ptrdiff_t>(since);
  for (auto i = from; i != taken_.end(); ++i)
    std::ranges::move(i->what, std::back_inserter(result));
  taken_.erase(from, taken_.end());
  pulls_ = std::min(pulls, pulls_);
  return result;
}

std::vector<std::pair<batch_time, std::function<void()>>> queue_history::waiting() const {
  std::vector<std::pair<batch_time, std::function<void()>>> result;
  for (const auto& [t, sets] : taken_)
    for (const auto& set : sets)
      if (set.committed)
        result.emplace_back(t, set.committed);
  return result;
}

} // namespace sluice
