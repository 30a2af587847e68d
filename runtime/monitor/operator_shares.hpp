// SPDX-License-Identifier: BSD-3-Clause
//
// What operators have of the work and of the records, for reasons.
#pragma once

#include <optional>
#include <string>

#include <sluice/runtime/monitor/run_picture.hpp>

namespace sluice::detail {

/// The partition of an operator that is busiest.
struct hot_partition {
  std::size_t number = 0;
  double busy = 0;
  double work_share = 0; ///< of the time of all partitions
};

hot_partition hottest_of(const operator_picture& x);

/// How busy an operator is: as a whole, or on its busiest partition.
double busy_of(const operator_picture& x);

/// Null: none does anything.
const operator_picture* busiest_of(const run_picture& of);

/// The greatest share that this partition has of the records of an operator of this stage: groups of very different
/// size are few records, but many before they were grouped.
double records_share(const run_picture& of, std::optional<stage_id> stage, std::size_t partition);

/// Whether records come to a stage by their key.
bool is_keyed(const run_picture& of, std::optional<stage_id> stage);

std::optional<node_index> find_operator(const run_picture& of, const std::string& name);

/// Null: there is none.
const stage_picture* find_stage(const run_picture& of, std::optional<stage_id> stage);

/// Bytes of a record as it comes to a stage; 0: none come.
double bytes_per_record(const run_picture& of, const stage_picture& stage);

/// Records that come to a partition of a stage in a batch; none: no batch has ended lately.
std::optional<double> records_per_part(const run_picture& of, const stage_picture& stage);

/// Of the time of all cores: what the stages of all nodes are busy for, what of that their operators are, and whether
/// all of them are in this process.
struct busy_shares {
  double stages = 0;
  double operators = 0;
  bool is_all_here = true;
};
busy_shares busy_in_all(const run_picture& of);

/// The nodes other than the driver that have partitions, each once.
std::vector<std::string> workers_of(const run_picture& of);

} // namespace sluice::detail
