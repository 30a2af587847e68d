// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include <sluice/runtime/monitor/listener_info.hpp>

namespace sluice {

/// The batches of a run that can be looked at: all that are underway, and the last ones that were committed. Bounded.
/// Plain logic.
class batch_history {
public:
  struct limits {
    std::size_t batches = 1000;
    std::chrono::microseconds age = std::chrono::hours{1};
  };

  /// Between the classes of total delays, in microseconds.
  static constexpr std::array<std::int64_t, 13> delay_bounds{1'000,     2'000,     5'000,     10'000,  20'000,
                                                             50'000,    100'000,   200'000,   500'000, 1'000'000,
                                                             2'000'000, 5'000'000, 10'000'000};

  struct sums {
    std::uint64_t batches = 0;
    std::uint64_t received = 0;  ///< records of batches that have begun
    std::uint64_t processed = 0; ///< records of committed ones
    std::uint64_t failed_outputs = 0;
    std::array<std::uint64_t, delay_bounds.size() + 1> delays{}; ///< batches by total delay; the last: above all bounds
    std::chrono::microseconds delay{};                           ///< of all batches together
  };

  batch_history() = default;
  explicit batch_history(limits most) : most_{most} {}

  /// A batch has been cut.
  void cut(batch_time t, std::chrono::microseconds now);

  /// An input has given records to a batch.
  void taken(batch_time t, stream_input_info from);

  /// A batch has all its records. Its first output says so, too.
  void begun(batch_time t, std::chrono::microseconds now);

  void output_changed(const output_operation_info& x);
  /// What is committed with a batch.
  void added_up(batch_time t, const accumulated_sums& sums);

  void committed(batch_time t, std::chrono::microseconds now);

  /// The epoch is over: batches underway are forgotten.
  void epoch_ended() { active_.clear(); }

  /// In order of time.
  const std::map<batch_time, batch_info>& active() const { return active_; }
  const std::deque<std::shared_ptr<const batch_info>>& completed() const { return completed_; }
  const sums& totals() const { return totals_; }

private:
  batch_info* find(batch_time t);

  limits most_;
  std::map<batch_time, batch_info> active_;
  std::deque<std::shared_ptr<const batch_info>> completed_;
  sums totals_;
};

} // namespace sluice
