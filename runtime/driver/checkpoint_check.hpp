// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/state/checkpoint/checkpoint.hpp>

namespace sluice {

class accumulator_ledger;
class topology;

/// Throws usage_error for a stream whose checkpoint interval is no multiple of its slide.
void check_checkpoint_intervals(const topology& graph);

/// Throws usage_error for a stream that has a checkpoint interval where `directory` is empty.
void check_checkpoint_directory(const topology& graph, const std::filesystem::path& directory);

/// Whether a program with a batch every `interval` may continue a checkpoint, which has its batches and windows on the
/// grid of the interval that it began with. `where` is named in the error.
error check_same_interval(const checkpoint_summary& found, duration interval, const std::string& where);

/// Whether the program's accumulators can go on from the sums in a checkpoint: those of the same name add up numbers of
/// the same kind. `where` is named in the error.
error check_same_accumulators(const checkpoint_summary& found, const accumulator_ledger& now, const std::string& where);

/// Whether the state of an operator can run in `partitions`: it is not split or joined (yet).
error check_same_partitions(const checkpoint_summary& found, const std::string& operator_name,
                            std::uint32_t partitions);

/// How many partitions a program must run with by default to find its state again, which is not split or joined; none
/// if the checkpoint does not care.
std::optional<std::uint32_t> kept_partitions(const checkpoint_summary& found, const topology& graph);

/// The difference between two descriptions of a topology, one line each: "- " for lines that are gone, "+ " for new
/// ones.
std::vector<std::string> describe_changes(const std::string& before, const std::string& now);

} // namespace sluice
