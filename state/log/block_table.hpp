// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/base/bytes.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/state/log/log_records.hpp>

namespace sluice {

/// The table of contents of a log, which each write rewrites. See docs/formats/blocks.md.
struct block_table {
  struct input {
    std::string name;
    block_counts counts;
  };

  std::optional<batch_time> allocated; ///< the time of the last allocation
  std::optional<batch_time> released;  ///< the last time released
  std::vector<input> inputs;           ///< an input's place is its number, for good

  /// The number of input `name`, if it has one.
  std::optional<std::uint32_t> find(std::string_view name) const;

  /// The number of input `name`, which gets one if it has none.
  std::uint32_t number_of(const std::string& name);
};

bytes encode(const block_table& table);

/// ec::checkpoint_mismatch if another version of the format wrote it, ec::storage_failed if its parts do not fit
/// together.
expected<block_table> decode_table(bytes_view stored);

/// Requires that all inputs of `what` are in the table.
bytes encode(const allocation& what, const block_table& table);

/// ec::storage_failed if it does not fit the table.
expected<allocation> decode_allocation(batch_time time, bytes_view stored, const block_table& table);

// The keys of a log, in multiples of 8 bytes so that blocks come back aligned.

inline constexpr std::string_view table_key{"inputs\0\0", 8};

/// Block `number` of the input of number `input`.
std::string block_key(std::uint32_t input, block_number number);

/// The allocation of batch `time`. Requires time >= 0.
std::string allocation_key(batch_time time);

/// The time of an allocation whose key is `key`; nothing if it is none.
std::optional<batch_time> allocation_time(std::string_view key);

/// The first key after all allocations.
std::string end_of_allocations();

} // namespace sluice
