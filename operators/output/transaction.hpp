// SPDX-License-Identifier: BSD-3-Clause
//
// How a transactional output gets its batches. It keeps, per output and partition, the last batch that it took, in the
// same transaction as the records. Batches come in order of time, so one number tells whether a batch that runs again
// has been taken: it is taken once, however often it runs.
#pragma once

#include <concepts>
#include <optional>
#include <span>

#include <sluice/operators/dataset/rdd.hpp>
#include <sluice/operators/output/output_id.hpp>

namespace sluice::detail {

template <class Output, class T>
concept takes_transactions = requires(Output& to, std::span<const T> records, const output_id& id) {
  { to.begin(id) } -> std::same_as<std::optional<batch_time>>;
  to.write(records, id);
  to.commit(id);
  { to.roll_back() } noexcept;
};

/// Whether a batch has been taken before, where `last` was the last one. Throws runtime_failure if a batch that is new
/// is not after the last one: to skip it would lose it.
bool is_taken(const output_id& id, std::optional<batch_time> last);

/// One partition of a batch, in one transaction: all of it, or nothing if it has been taken before.
template <class Output, class T>
void take_partition(Output& to, std::span<const T> records, const output_id& id) {
  const auto last = to.begin(id);
  try {
    if (is_taken(id, last)) {
      to.roll_back();
      return;
    }
    to.write(records, id);
    to.commit(id);
  } catch (...) {
    to.roll_back();
    throw;
  }
}

/// All partitions of a batch that have records: without any, there is nothing to be taken twice.
template <class Output, record T>
void take_partitions(Output& to, const rdd<T>& all, output_id id) {
  id.partitions = static_cast<std::uint32_t>(all.num_partitions());
  all.for_each_partition([&](std::span<const T> records) {
    if (!records.empty())
      take_partition(to, records, id);
    ++id.partition;
  });
}

} // namespace sluice::detail
