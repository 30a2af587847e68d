// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace sluice {

enum class event_level : std::uint8_t { info, warning, error };

/// Something that happened to a program, for people.
struct run_event {
  std::uint64_t number = 0; ///< counted from 1
  std::chrono::microseconds time{};
  std::string kind; ///< "epoch", "receiver", "output", …
  event_level level = event_level::info;
  std::string text; ///< one sentence, of a bounded length
};

/// The last events of a run. Plain logic.
class event_list {
public:
  static constexpr std::size_t most = 1000;
  static constexpr std::size_t longest_text = 2000;

  void add(std::chrono::microseconds now, std::string kind, event_level level, std::string text);

  /// Those with a number above `number`, oldest first.
  std::vector<run_event> after(std::uint64_t number) const;
  std::uint64_t last() const { return last_; }

private:
  std::deque<run_event> events_;
  std::uint64_t last_ = 0;
};

} // namespace sluice
