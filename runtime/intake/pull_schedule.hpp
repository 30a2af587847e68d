// SPDX-License-Identifier: BSD-3-Clause
//
// Which batch waits for which answer of a source. A source is asked once for each batch, in order, and never while it
// has an answer to give. A batch that has waited for as long as `patience` goes without: it ends with no records of
// this source, and so does every batch cut until the source has answered. Then the late records belong to the batch
// that is open, and the next batch asks again. Plain logic.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>

namespace sluice {

/// How long a batch waits for a source, and a stop for any function of the user: a batch interval, but long enough that
/// a busy disk does not count as one that hangs.
constexpr duration input_patience(duration interval) { return std::max(interval, duration{500}); }

class pull_schedule {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit pull_schedule(duration patience) : patience_{patience} {}

  /// A batch is cut. Returns whether it waits for the source; if not, it is to end now.
  bool cut(batch_time t);

  /// The batch for which the source is to be asked now, if it is free and a batch waits. It is asked then.
  std::optional<batch_time> ask(time_point now);

  /// No batch waits, and no answer is to come.
  bool is_idle() const { return waiting_.empty() && !asked_; }

  /// When to call `give_up`, while the source is asked and not late.
  std::optional<time_point> deadline() const;

  /// If the source is late now, the number of batches that have waited and are to end; else 0.
  std::size_t give_up(time_point now);

  /// What the answer of a source is for.
  enum class answer {
    in_time, ///< for the batch that has waited longest, which ends with it
    late,    ///< for the batch that is open, which is not cut yet
  };

  /// The source has answered.
  answer answered();

  /// For how long the source has not answered.
  duration waited(time_point now) const;

private:
  duration patience_;
  std::deque<batch_time> waiting_;
  std::optional<time_point> asked_; ///< since when there is an answer to come
  bool late_ = false;
};

} // namespace sluice
