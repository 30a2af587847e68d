// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include <sluice/actors/base/time.hpp>
#include <sluice/receivers/source/record_queue.hpp>

namespace sluice {

/// The sets that a stream took from its queue in its last pulls: they go back into the queue if the program goes back
/// to an earlier commit inside its process. Outlives the sources of its stream, and is used by one after the other.
/// Pulls are numbered over all processes that continue one checkpoint.
class queue_history {
public:
  using sets = std::vector<queued_set>;

  /// Keeps the sets of the last `pulls` pulls.
  void keep(std::size_t pulls) { most_ = pulls; }
  bool is_kept() const { return most_ != 0; }

  /// Nothing has been pulled in this process: the next pull is the one after `pulls`.
  bool is_new() const { return is_new_; }
  void begin_after(std::uint64_t pulls);

  /// The next pull, for batch `t`, has taken these.
  void took(batch_time t, const sets& what);

  /// The number of the last pull.
  std::uint64_t pulls() const { return pulls_; }

  /// Goes back to the time after pull `pulls`: returns what has been taken since, in order. `go_back` without a number
  /// goes back to the beginning in this process. What was taken longer ago than is kept stays away.
  sets go_back(std::uint64_t pulls);
  sets go_back() { return go_back(begin_); }

  /// Whom to tell when which batch is committed, of what is kept: also of batches that run again from a log. Those who
  /// have been told are among them.
  std::vector<std::pair<batch_time, std::function<void()>>> waiting() const;

private:
  struct pull {
    batch_time time;
    sets what;
  };

  std::size_t most_ = 0;
  bool is_new_ = true;
  std::uint64_t begin_ = 0;
  std::uint64_t pulls_ = 0;
  std::deque<pull> taken_; ///< by the last pulls
};

} // namespace sluice
