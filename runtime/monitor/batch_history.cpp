// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/batch_history.hpp>

#include <algorithm>

namespace sluice {

void batch_history::begun(const batch_info& x) {
  active_.insert_or_assign(x.time, x);
  totals_.received += x.num_records();
}

void batch_history::output_changed(const output_operation_info& x) {
  if (x.failure_reason)
    ++totals_.failed_outputs;
  if (const auto found = active_.find(x.time); found != active_.end())
    found->second.output_operation_infos.insert_or_assign(x.id, x);
}

void batch_history::committed(const batch_info& x) {
  active_.erase(x.time);
  ++totals_.batches;
  totals_.processed += x.num_records();
  const auto delay = *x.total_delay();
  totals_.delay += delay;
  ++totals_
        .delays[static_cast<std::size_t>(std::ranges::lower_bound(delay_bounds, delay.count()) - delay_bounds.begin())];
  completed_.push_back(std::make_shared<const batch_info>(x));
  const auto is_old = [&](const batch_info& old) {
    return completed_.size() > most_.batches || *old.processing_end < *x.processing_end - most_.age;
  };
  while (is_old(*completed_.front()))
    completed_.pop_front();
}

} // namespace sluice
