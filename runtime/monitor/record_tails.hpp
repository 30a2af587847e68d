// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/protocol/controls.hpp>

namespace sluice {

/// A record that has passed.
struct tail_line {
  std::uint64_t number = 0; ///< from 1 on, over all lines of its tail
  std::chrono::microseconds time{};
  std::string text;
};

/// The last records of the streams that somebody looks at. A stream is shown from the first question on, and no longer
/// than some seconds after the last. Thread safe.
class record_tails {
public:
  using place = std::pair<node_index, node_index>; ///< who emits, and who takes

  static constexpr std::size_t most_lines = 200;
  static constexpr std::size_t most_places = 8; ///< the one that was asked for longest ago goes first
  static constexpr std::chrono::seconds patience{5};

  /// Is told which streams are to be shown when that changes; on the thread of whoever caused it, without a lock.
  void on_change(std::function<void(std::set<place>)> then);

  /// The lines after `number`; asks for more.
  std::vector<tail_line> ask(place of, std::uint64_t number, std::chrono::microseconds now);

  void take(std::vector<tail_sample> samples, std::chrono::microseconds now);

private:
  struct shown {
    std::chrono::microseconds asked{};
    std::uint64_t last = 0;
    bool comes_decoded = false; ///< the half that sends them shows them, so what comes over the edge is not shown again
    std::deque<tail_line> lines;
  };

  void forget(std::chrono::microseconds now);
  void tell_change();

  std::mutex mutex_;
  std::map<place, shown> shown_;
  std::set<place> told_;
  std::function<void(std::set<place>)> changed_;
};

} // namespace sluice
