// SPDX-License-Identifier: BSD-3-Clause
//
// Decides how many partitions a program has and where each of them runs. A pure function with a value as result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/operators/stage/topology.hpp>
#include <sluice/runtime/plan/planner.hpp>

namespace sluice {

/// What a placement depends on beside the program.
struct placement_terms {
  std::optional<std::uint32_t> asked;            ///< default partitions, if the user gave a number
  std::optional<std::uint32_t> kept;             ///< those of the state in the checkpoint
  std::uint32_t local_threads = 1;               ///< worker threads of this process
  std::vector<std::uint32_t> threads_of_workers; ///< of each worker; empty: everything runs in this process
};

/// Where one partition of a stage runs.
struct place {
  stage_id stage;
  partition_id partition;
  std::optional<std::size_t> worker; ///< its index; none: this process

  friend bool operator==(const place&, const place&) = default;
};

/// A program cut into stages, and the places of these.
struct placement {
  std::uint32_t default_partitions = 1; ///< from which every node makes the same plan
  execution_plan plan;
  std::vector<place> places; ///< of all partitions of all stages: by stage, then by partition
};

/// By default there are as many partitions as the user asks for, else as many as the checkpoint has, else one for each
/// worker thread. Workers take partitions in turn, each as often as it has threads. Stages that must be on the driver
/// are.
placement place_program(const topology& graph, const placement_terms& terms);

} // namespace sluice
