// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/batch/batch.hpp>

namespace sluice {

/// The limit for the sets of a queue in a commit: writers and readers refuse more.
inline constexpr std::size_t max_queue_position_bytes = std::size_t{64} << 20;

/// The sets that wait in a queue as bytes, as queue_position.capnp has them. Nothing is encoded again: the bytes of the
/// batches are copied twice, and a set takes 8 bytes more, as does each of its batches. ec::invalid_argument for more
/// than `max_queue_position_bytes`, before anything is copied.
/// `pulls`: how often the stream has taken something; see queue_history.
expected<std::string> write_queue_position(std::span<const std::vector<batch>> sets, std::uint64_t pulls = 0);

/// A position without sets: of a queue that lives in this process only.
std::string write_queue_mark(std::uint64_t pulls);

/// What a position says besides the sets.
struct queue_mark {
  std::uint64_t pulls = 0;
  bool has_sets = false; ///< it was written by write_queue_position
};

/// ec::storage_failed if it cannot be read.
expected<queue_mark> read_queue_mark(std::string_view stored);

/// The sets in `stored`, each batch checked as one from outside. The caller checks the type of their records.
/// ec::storage_failed if it cannot be read.
expected<std::vector<std::vector<batch>>> read_queue_position(std::string_view stored);

} // namespace sluice
