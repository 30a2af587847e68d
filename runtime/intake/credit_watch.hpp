// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <optional>
#include <utility>

namespace sluice {

/// Adds up how long an input has waited for credit. Plain logic.
class credit_watch {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Whoever asks for less does not get it.
  static constexpr std::chrono::milliseconds shortest{250};

  struct report {
    std::chrono::microseconds waited;
    std::chrono::microseconds span; ///< since the report before
  };

  explicit credit_watch(time_point now) : reported_{now} {}

  /// From here on it waits, or does not.
  void look(bool waits, time_point now) {
    if (waits == since_.has_value())
      return;
    if (since_)
      waited_ += now - *since_;
    since_ = waits ? std::optional{now} : std::nullopt;
  }

  /// What has been since the last report; nothing if that was a moment ago.
  std::optional<report> take(time_point now) {
    if (now - reported_ < shortest)
      return std::nullopt;
    if (since_)
      waited_ += now - std::exchange(*since_, now);
    using std::chrono::duration_cast;
    using std::chrono::microseconds;
    return report{duration_cast<microseconds>(std::exchange(waited_, {})),
                  duration_cast<microseconds>(now - std::exchange(reported_, now))};
  }

private:
  std::optional<time_point> since_; ///< it waits
  std::chrono::steady_clock::duration waited_{};
  time_point reported_;
};

} // namespace sluice
