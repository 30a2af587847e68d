// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <sluice/actors/base/wall_clock.hpp>
#include <sluice/actors/protocol/messages.hpp>
#include <sluice/runtime/monitor/streaming_listener.hpp>
#include <sluice/runtime/plan/composition.hpp>

namespace sluice {

class run_monitor;

/// Puts together the events of one run that the coordinator hears, and calls the listeners. Plain logic.
class listener_bus {
public:
  /// `inputs`: how many input streams take part in each batch.
  /// `listeners`: null: nobody listens.
  /// `monitor`: null: nobody watches.
  listener_bus(std::shared_ptr<const composition> program, std::size_t inputs, std::shared_ptr<const wall_clock> clock,
               std::shared_ptr<listener_list> listeners, std::shared_ptr<run_monitor> monitor = nullptr);

  void streaming_started();
  void epoch_started(const epoch_info& x);

  /// A batch is being cut.
  void cut(batch_time t);

  /// An input has closed its part of a batch. With the last of them the batch is submitted, and started.
  void taken(const cut_report& x);

  /// Call it before the outputs that depend on it: each of them then says why it did not run.
  void operator_failed(const failure_report& x);

  void output_changed(const output_report& x);
  void receiver_changed(const receiver_report& x);

  /// A batch is being committed, with these sums.
  void added_up(batch_time t, const accumulated_sums& sums);

  /// A batch is committed.
  void completed(batch_time t);

private:
  /// Calls `call` with the monitor and with each listener.
  void tell(const std::function<void(streaming_listener&)>& call) const;

  /// Calls `call` with each listener, and tells the monitor how long that took.
  void tell_listeners(const std::function<void(streaming_listener&)>& call) const;

  void note_error(receiver_info& info, const std::string& message);
  std::string reason_of_left_out(batch_time t) const;
  output_operation_info& info_of(const output_report& x, batch_info& of) const;

  std::shared_ptr<const composition> program_;
  std::size_t inputs_;
  std::shared_ptr<const wall_clock> clock_;
  std::shared_ptr<listener_list> listeners_;
  std::shared_ptr<run_monitor> monitor_;
  std::map<batch_time, batch_info> batches_;   ///< underway
  std::map<batch_time, std::string> failures_; ///< the first of each batch that is underway
  std::map<stream_id, receiver_info> receivers_;
};

} // namespace sluice
