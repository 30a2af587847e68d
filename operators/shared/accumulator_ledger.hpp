// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <sluice/actors/base/accumulated_sum.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/operators/shared/added_sums.hpp>

namespace sluice {

/// The accumulators of a program and, on the driver, their books: the sums that are committed, and for each batch on
/// its way what it adds to them. Plain logic. Thread safe.
class accumulator_ledger {
public:
  /// Makes the next accumulator. Without a name it gets one. Throws usage_error if there is one of that name.
  std::shared_ptr<detail::accumulator_cell> make(std::string name, accumulated_sum zero);

  const detail::accumulator_cells& cells() const { return cells_; }

  /// Begins an epoch that goes on from these sums; an accumulator that is not among them, or adds up another kind of
  /// number, begins with the value that it was made with. What batches have added that were not committed is forgotten.
  void begin(const epoch& life, const accumulated_sums& committed);

  /// A stage has ended a batch, or a part of it. Ignored if it belongs to another epoch.
  void add(const epoch& life, const detail::added_sum& x);

  /// All stages have ended batch `t`: the sums that are to be committed with it, of all accumulators. What was added
  /// outside of any batch counts to the batch that is committed next.
  accumulated_sums commit(batch_time t);

private:
  std::mutex mutex_;
  detail::accumulator_cells cells_; ///< complete before the first epoch begins
  epoch life_;
  std::map<batch_time, std::vector<std::uint64_t>> on_the_way_;
  std::vector<std::uint64_t> committed_;
};

} // namespace sluice
