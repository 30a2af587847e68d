// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/record_tails.hpp>

#include <algorithm>

namespace sluice {

void record_tails::on_change(std::function<void(std::set<place>)> then) {
  const std::lock_guard lock{mutex_};
  changed_ = std::move(then);
}

std::vector<tail_line> record_tails::ask(place of, std::uint64_t number, std::chrono::microseconds now) {
  std::vector<tail_line> result;
  {
    const std::lock_guard lock{mutex_};
    auto& x = shown_[of];
    x.asked = now;
    std::ranges::copy_if(x.lines, std::back_inserter(result),
                         [number](const tail_line& line) { return line.number > number; });
    forget(now);
  }
  tell_change();
  return result;
}

void record_tails::take(std::vector<tail_sample> samples, std::chrono::microseconds now) {
  {
    const std::lock_guard lock{mutex_};
    for (auto& sample : samples) {
      const auto found = shown_.find({sample.from, sample.to});
      if (found == shown_.end() || (sample.was_encoded && found->second.comes_decoded))
        continue;
      auto& x = found->second;
      x.comes_decoded = !sample.was_encoded;
      for (auto& text : sample.texts)
        x.lines.push_back({++x.last, now, std::move(text)});
      while (x.lines.size() > most_lines)
        x.lines.pop_front();
    }
    forget(now);
  }
  tell_change();
}

void record_tails::forget(std::chrono::microseconds now) {
  std::erase_if(shown_, [now](const auto& x) { return now - x.second.asked > patience; });
  while (shown_.size() > most_places)
    shown_.erase(std::ranges::min_element(shown_, {}, [](const auto& x) { return x.second.asked; }));
}

void record_tails::tell_change() {
  std::set<place> now;
  std::function<void(std::set<place>)> tell;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [place, x] : shown_)
      now.insert(place);
    if (now == told_)
      return;
    told_ = now;
    tell = changed_;
  }
  if (tell)
    tell(std::move(now));
}

} // namespace sluice
