// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/batch_history.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

batch_info* batch_history::find(batch_time t) {
  const auto found = active_.find(t);
  return found == active_.end() ? nullptr : &found->second;
}

void batch_history::cut(batch_time t, std::chrono::microseconds now) {
  auto& x = active_[t];
  x.time = t;
  x.submitted = now;
}

void batch_history::taken(batch_time t, stream_input_info from) {
  totals_.received += from.num_records;
  if (auto* const x = find(t))
    x->stream_id_to_input_info.insert_or_assign(from.input_stream_id, std::move(from));
}

void batch_history::begun(batch_time t, std::chrono::microseconds now) {
  if (auto* const x = find(t); x != nullptr && !x->processing_start)
    x->processing_start = now;
}

void batch_history::output_changed(const output_operation_info& x) {
  if (x.failure_reason)
    ++totals_.failed_outputs;
  if (auto* const batch = find(x.time))
    batch->output_operation_infos.insert_or_assign(x.id, x);
}

void batch_history::added_up(batch_time t, const accumulated_sums& sums) {
  if (auto* const x = find(t))
    x->accumulators = sums;
}

void batch_history::committed(batch_time t, std::chrono::microseconds now) {
  auto found = active_.extract(t);
  if (!found)
    return;
  auto& x = found.mapped();
  if (!x.processing_start)
    x.processing_start = x.submitted; // nothing came, and no output ran
  x.processing_end = now;
  ++totals_.batches;
  totals_.processed += x.num_records();
  const auto delay = *x.total_delay();
  totals_.delay += delay;
  ++totals_
        .delays[static_cast<std::size_t>(std::ranges::lower_bound(delay_bounds, delay.count()) - delay_bounds.begin())];
  completed_.push_back(std::make_shared<const batch_info>(std::move(x)));
  const auto is_old = [&](const batch_info& old) {
    return completed_.size() > most_.batches || *old.processing_end < now - most_.age;
  };
  while (is_old(*completed_.front()))
    completed_.pop_front();
}

} // namespace sluice
