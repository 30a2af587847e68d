// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include <sluice/actors/base/time.hpp>

namespace sluice {

/// Which part of which batch an output is given. The same id stands for the same records, also after a crash, where the
/// input can give them again (see docs/guarantees.md). So an output that remembers ids, or names what it writes by
/// them, delivers each batch exactly once.
struct output_id {
  std::string output; ///< the name of the output: given, or derived from its place, like "foreach_rdd#3"
  batch_time time;
  std::uint32_t partition = 0;      ///< of the dataset; 0 for an output that is given all of it
  std::uint32_t partitions = 1;     ///< how many there are; 1 for such an output
  bool may_have_run_before = false; ///< in an earlier life of the program, in part or as a whole

  friend bool operator==(const output_id&, const output_id&) = default;
};

/// "batch 1500 ms of 'totals', partition 2 of 4", for messages.
std::string to_string(const output_id& id);

} // namespace sluice
