// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/testkit/announcer.hpp>

#include <utility>

namespace sluice::testkit {

announcer::announcer(const composing& program, std::size_t inputs, batch_time start)
    : clock_{std::make_shared<batch_clock>(start)},
      bus_{std::make_shared<const composition>(program.compose()), inputs, clock_, program.listeners()} {
  bus_.streaming_started();
}

void announcer::cut(batch_time t) {
  clock_->time = t;
  bus_.cut(t);
}

void announcer::taken(stream_id from, const batch_generator::cut_batch& what) {
  bus_.taken({.stream = from, .time = what.time, .records = what.records, .bytes = what.bytes});
}

void announcer::failed(const stage_effects::failure& what) {
  bus_.operator_failed({.time = what.time, .what = what.what});
}

void announcer::committed(batch_time t, const accumulated_sums& sums) {
  bus_.added_up(t, sums);
  bus_.completed(t);
}

void announcer::started(output_number output, batch_time t) { report(output, t, output_event::started); }

void announcer::completed(output_number output, batch_time t, std::optional<std::string> failure) {
  if (failure)
    report(output, t, output_event::failed, *std::move(failure));
  else
    report(output, t, output_event::completed);
}

void announcer::left_out(output_number output, batch_time t) { report(output, t, output_event::left_out); }

void announcer::report(output_number output, batch_time t, output_event what, std::string failure) {
  bus_.output_changed(
      {.output = output, .time = t, .what = what, .at_us = clock_->now().count(), .failure = std::move(failure)});
}

} // namespace sluice::testkit
