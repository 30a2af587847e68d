// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <optional>

#include <sluice/actors/batch_io.hpp>
#include <sluice/operators/stage_operator.hpp>

namespace sluice::detail {

/// Writes what batches change in a keyed state: a delta (key, new value or none) each, and, when the deltas since the
/// last snapshot have outgrown the state, all of it instead, so that recovery reads at most a few times the state.
/// Writes nothing where nothing is kept.
template <record K, record S>
class state_writer {
public:
  using change = std::pair<K, std::optional<S>>;

  explicit state_writer(kept_state of) : of_{std::move(of)} {}

  /// Says that recovery read so many changes: they are still there, after the last snapshot.
  void add_restored(std::size_t changes) { since_snapshot_ += changes; }

  void add(const change& x) {
    if (!of_.is_kept())
      return;
    ++since_snapshot_;
    append(x);
  }

  /// Forgets what has been added since the last `finish`; the next one writes all of the state.
  void start_over() { since_snapshot_ = std::numeric_limits<std::size_t>::max() / 2; }

  /// Ends batch `t`. `state` is the whole state after it: a range of (key, value).
  template <class State>
  void finish(batch_time t, stage_effects& effects, const State& state) {
    if (!of_.is_kept())
      return;
    const auto snapshot = since_snapshot_ > least_changes + 2 * state.size();
    if (snapshot) {
      writer_.clear();
      blobs_.clear();
      for (const auto& [key, value] : state)
        append({key, value});
      since_snapshot_ = 0;
    }
    if (writer_.count() != 0)
      blobs_.push_back(writer_.freeze());
    effects.changes.push_back({of_.id(), t, snapshot, std::exchange(blobs_, {})});
  }

private:
  static constexpr std::size_t least_changes = 10'000;
  static constexpr std::size_t blob_bytes = std::size_t{1} << 20;

  void append(const change& x) {
    writer_.append(x);
    if (writer_.size() >= blob_bytes)
      blobs_.push_back(writer_.freeze());
  }

  kept_state of_;
  batch_writer<change> writer_;
  std::vector<batch> blobs_;
  std::size_t since_snapshot_ = 0;
};

} // namespace sluice::detail
