// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <sluice/actors/base/time.hpp>

namespace sluice {

/// Time since the machine was started, with the time it slept.
std::chrono::milliseconds time_since_boot();

/// Notices that this process did not run for a while, because it was stopped or its machine slept. Other nodes may take
/// it for dead meanwhile, and it may take them for dead afterwards. Its owner looks every `period`, and compares the
/// time that was due with the time that it is. Plain logic.
class pause_watch {
public:
  static constexpr std::chrono::milliseconds period{1000};

  explicit pause_watch(std::chrono::milliseconds now) : last_{now} {}

  /// How long the process did not run since the last look; none for what a busy machine does.
  std::optional<duration> look(std::chrono::milliseconds now);

  /// The last pause, if it ended at most `recently` before `now`.
  std::optional<duration> last(std::chrono::milliseconds now, duration recently) const;

private:
  std::chrono::milliseconds last_;
  std::chrono::milliseconds end_of_pause_{};
  std::optional<duration> pause_;
};

/// Such a pause in words: "this process did not run for 12 s (...)".
std::string describe_pause(duration pause, duration node_timeout);

} // namespace sluice
