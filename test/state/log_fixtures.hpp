// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/state/log/block_log.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "../support/fault_store.hpp"
#include "store_fixtures.hpp"

namespace sluice::test {

/// The records of a block: its number, so many times.
inline batch block_of(block_number number, std::size_t size = 1) {
  return make_batch<std::int64_t>(std::vector<std::int64_t>(size, static_cast<std::int64_t>(number)));
}

inline logged_block block(std::string input, block_number number, std::size_t size = 1) {
  return {std::move(input), number, block_of(number, size)};
}

inline input_share share(block_number first, block_number end) {
  return {.first_block = first, .end_block = end, .is_logged = true};
}

inline allocation allocated(std::int64_t t, std::map<std::string, input_share> inputs) {
  return {batch_time{t}, std::move(inputs)};
}

/// All blocks of `input` that the log holds, read back.
inline std::vector<batch> read_all(const block_log& log, const std::string& input) {
  const auto held = log.counts(input);
  auto reader = value_or_throw(log.blocks(input, held.first, held.next));
  std::vector<batch> result;
  while (auto next = value_or_throw(reader.next()))
    result.push_back(std::move(*next));
  return result;
}

/// The times of the allocations that are not released.
inline std::vector<std::int64_t> pending_times(const block_log& log) {
  std::vector<std::int64_t> result;
  for (const auto& [time, what] : log.pending())
    result.push_back(time.ms());
  return result;
}

inline void require_written(block_log& log, const log_group& group) { require_ok(log.write(group).why); }

} // namespace sluice::test
