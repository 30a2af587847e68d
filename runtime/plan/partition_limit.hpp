// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <sluice/operators/stage/topology.hpp>

namespace sluice {

struct execution_plan;

/// About how many bytes the actors of a plan take in all, with what they hold back for each other and with the marks
/// that end a batch: every partition of a stage sends one to every partition of the next, for each batch in flight. So
/// it grows with the square of the partitions.
std::uint64_t bytes_of_plan(const execution_plan& plan);

/// Throws usage_error if the partitions of a program alone would take more than its memory budget on each node. The
/// message names the largest number that does not.
/// @param nodes processes that the partitions are spread over; at least 1.
void check_partitions_fit(const topology& graph, std::uint32_t partitions, std::uint64_t budget, std::size_t nodes);

} // namespace sluice
