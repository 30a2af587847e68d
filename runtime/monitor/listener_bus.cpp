// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/listener_bus.hpp>

#include <utility>

#include <sluice/runtime/monitor/run_monitor.hpp>

namespace sluice {

listener_bus::listener_bus(std::shared_ptr<const composition> program, std::size_t inputs,
                           std::shared_ptr<const wall_clock> clock, std::shared_ptr<listener_list> listeners,
                           std::shared_ptr<run_monitor> monitor)
    : program_{std::move(program)}, inputs_{inputs}, clock_{std::move(clock)}, listeners_{std::move(listeners)},
      monitor_{std::move(monitor)} {}

void listener_bus::tell(const std::function<void(streaming_listener&)>& call) const {
  if (monitor_)
    call(*monitor_);
  if (listeners_)
    tell_listeners(call);
}

void listener_bus::tell_listeners(const std::function<void(streaming_listener&)>& call) const {
  if (!monitor_ || listeners_->is_empty())
    return listeners_->for_each(call);
  const auto begun = clock_->now();
  listeners_->for_each(call);
  monitor_->listened(clock_->now() - begun);
}

void listener_bus::streaming_started() {
  tell([now = clock_->now()](streaming_listener& x) { x.on_streaming_started(now); });
}

void listener_bus::epoch_started(const epoch_info& x) {
  tell([&x](streaming_listener& to) { to.on_epoch_started(x); });
}

void listener_bus::cut(batch_time t) {
  if (monitor_)
    monitor_->cut(t);
  if (!listeners_ || listeners_->is_empty())
    return;
  auto& info = batches_[t];
  info.time = t;
  info.submitted = clock_->now();
}

void listener_bus::taken(const cut_report& x) {
  if (monitor_)
    monitor_->taken(x);
  const auto found = batches_.find(x.time);
  if (found == batches_.end())
    return;
  auto& info = found->second;
  for (const auto& error : x.errors) {
    const input_error_info what{x.stream, program_->graph.input(x.stream).name, x.time, error};
    tell_listeners([&what](streaming_listener& to) { to.on_input_error(what); });
  }
  info.stream_id_to_input_info[x.stream] = {x.stream, x.records, x.description};
  if (info.stream_id_to_input_info.size() != inputs_)
    return;
  tell_listeners([&info](streaming_listener& to) { to.on_batch_submitted(info); });
  info.processing_start = clock_->now();
  tell_listeners([&info](streaming_listener& to) { to.on_batch_started(info); });
}

output_operation_info& listener_bus::info_of(const output_report& x, batch_info& of) const {
  auto& info = of.output_operation_infos[x.output];
  if (info.name.empty()) {
    const auto& graph = program_->graph;
    const auto& node = graph.output(x.output);
    info.time = x.time;
    info.id = x.output;
    info.name = node.name;
    info.description = node.kind + " of " + graph.node(node.parents.front().node).name;
  }
  return info;
}

void listener_bus::operator_failed(const failure_report& x) {
  if (monitor_)
    monitor_->operator_failed(x);
  if (batches_.contains(x.time))
    failures_.emplace(x.time, x.what);
}

std::string listener_bus::reason_of_left_out(batch_time t) const {
  const auto found = failures_.find(t);
  return "it did not run: " + (found != failures_.end() ? found->second : "an operator that it depends on failed");
}

void listener_bus::output_changed(const output_report& x) {
  const auto found = batches_.find(x.time);
  if (found == batches_.end())
    return;
  auto& info = info_of(x, found->second);
  const auto at = output_operation_info::time_point{x.at_us};
  if (x.what == output_event::started) {
    info.start_time = at;
    return tell_listeners([&info](streaming_listener& to) { to.on_output_operation_started(info); });
  }
  info.end_time = at;
  if (x.what == output_event::failed)
    info.failure_reason = x.failure;
  else if (x.what == output_event::left_out)
    info.failure_reason = reason_of_left_out(x.time);
  tell_listeners([&info](streaming_listener& to) { to.on_output_operation_completed(info); });
}

void listener_bus::receiver_changed(const receiver_report& x) {
  if (!listeners_ && !monitor_)
    return;
  auto& info = receivers_[x.stream];
  info.stream = x.stream;
  info.name = program_->graph.input(x.stream).name;
  info.location = "driver";
  switch (x.what) {
    case receiver_event::started:
      info.active = true;
      return tell([&info](streaming_listener& to) { to.on_receiver_started(info); });
    case receiver_event::error: return note_error(info, x.message);
    case receiver_event::stopped:
      if (!x.message.empty())
        note_error(info, x.message);
      info.active = false;
      return tell([&info](streaming_listener& to) { to.on_receiver_stopped(info); });
  }
}

void listener_bus::note_error(receiver_info& info, const std::string& message) {
  info.last_error_message = message;
  info.last_error_time = clock_->now();
  tell([&info](streaming_listener& to) { to.on_receiver_error(info); });
}

void listener_bus::added_up(batch_time t, const accumulated_sums& sums) {
  if (monitor_)
    monitor_->added_up(t, sums);
  if (const auto found = batches_.find(t); found != batches_.end())
    found->second.accumulators = sums;
}

void listener_bus::completed(batch_time t) {
  if (monitor_)
    monitor_->committed(t);
  failures_.erase(t);
  auto found = batches_.extract(t);
  if (!found)
    return;
  auto& info = found.mapped();
  info.processing_end = clock_->now();
  tell_listeners([&info](streaming_listener& to) { to.on_batch_completed(info); });
}

} // namespace sluice
