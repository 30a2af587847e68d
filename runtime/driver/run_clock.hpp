// SPDX-License-Identifier: BSD-3-Clause
//
// The clock of a run, by which batches are cut. It takes the time of day once and goes on by the machine's steady
// clock, so nobody can set it: batch times never go back and leave nothing out, whatever happens to the wall clock. If
// the two differ, it comes closer to the wall clock by a hundredth of the time that passes. See docs/decisions/0029.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <sluice/actors/base/time.hpp>
#include <sluice/actors/base/wall_clock.hpp>

namespace sluice {

/// Plain logic over an injected clock. `now`, `until` and `ahead` are thread safe.
class run_clock final : public wall_clock {
public:
  /// A smaller change of the wall clock from one look to the next is not worth a line.
  static constexpr std::chrono::milliseconds noteworthy{500};

  /// Begins at the time of day.
  explicit run_clock(std::shared_ptr<const wall_clock> of);

  /// Sees to it that the first batch comes after `last`, the last batch of an earlier run, and at once: if the wall
  /// clock is behind it, this clock goes ahead. Then returns a line that says so. To be called before the first batch.
  std::optional<std::string> go_on_after(batch_time last);

  /// To be called now and then. Returns a line if the wall clock has been set, or the machine has slept, since the last
  /// call.
  std::optional<std::string> look();

  std::chrono::microseconds now() const override;
  std::chrono::microseconds until(std::chrono::microseconds t) const override;

  /// How far it is ahead of the wall clock, which dates files; negative if it is behind.
  duration ahead() const;

private:
  std::chrono::microseconds time_at(const clock_reading& x) const;

  std::shared_ptr<const wall_clock> of_;
  std::atomic<std::chrono::microseconds::rep> base_; ///< what it is more than the steady clock
  clock_reading last_;                               ///< as of the last look
};

} // namespace sluice
