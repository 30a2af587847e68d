// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include <sluice/runtime/monitor/run_picture.hpp>

namespace sluice::detail {

/// What the last batches of a run had in common.
struct recent_batches {
  std::size_t count = 0;
  double total_ms = 0;                         ///< the mean delay from the cut to the commit
  double begun_late_ms = 0;                    ///< how long after its time the last one was cut
  bool is_falling_behind = false;              ///< that is not less than it was for the first of them
  double pace = 1;                             ///< intervals that they stand for, of the time in which they were done
  double records = 0;                          ///< of all of them
  std::map<std::string, double> outputs_ms;    ///< the mean duration of each output
  std::map<std::string, std::size_t> failures; ///< outputs that failed, and how often
  std::string last_failure;
};

/// Of the last seconds, or of the last few batches. A pure function.
recent_batches look_at_batches(const run_picture& of);

/// How late batches are, as the beginning of a sentence; empty if they are in time.
std::string lateness(const run_picture& of, const recent_batches& recent);

} // namespace sluice::detail
