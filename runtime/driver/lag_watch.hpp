// SPDX-License-Identifier: BSD-3-Clause
//
// Notices that batches take longer than their interval. A program that pauses for a moment catches up and needs no
// line. If it stays behind, a line says by how much and why, another one whenever the delay has doubled, and a last one
// when the program has caught up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <sluice/actors/base/time.hpp>

namespace sluice {

/// Watches how late the next batch is. Plain logic.
class lag_watch {
public:
  using time_point = std::chrono::microseconds; ///< since the Unix epoch

  explicit lag_watch(duration interval);

  struct remark {
    bool is_warning = true;
    std::string line;
  };

  /// Call it after every event, and at `next_look`.
  /// @param next the batch that is to be cut next: a time in the past if the program is behind.
  /// @param begun how many batches have been cut so far.
  std::optional<remark> look(time_point now, batch_time next, std::uint64_t begun);

  /// When `look` may have something to say although nothing has happened since.
  time_point next_look() const;

private:
  /// A look that found that a batch had been cut.
  struct cut {
    time_point at{0};
    std::uint64_t begun = 0;
  };

  /// While the next batch is later than `tolerated_`.
  struct spell {
    time_point since;
    std::optional<cut> first = {}; ///< within it
    time_point warned_at{0};       ///< how late the batch was then; zero: not at all
  };

  std::string describe(time_point now, time_point late) const;

  duration interval_;
  time_point tolerated_; ///< lateness that is not reported
  time_point patience_;  ///< how long a greater lateness may last
  time_point next_{0};   ///< of the last look
  cut last_;
  std::optional<spell> late_;
};

} // namespace sluice
