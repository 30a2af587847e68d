// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <sluice/runtime/monitor/listener_info.hpp>

namespace sluice {

/// Hears of the events of a running program. It is called on a thread of the runtime, one call at a time, and not after
/// the program has stopped. It should return soon. If it throws, the exception is logged.
///
/// The first call is on_streaming_started. For each batch, the calls are: submitted, started, then started and
/// completed for each output that runs, in order of definition, then completed. Batches are submitted, run their
/// outputs and are completed in order of time, but several may be underway. After a failure, nothing more is told about
/// batches underway, except the output that failed.
class streaming_listener {
public:
  virtual ~streaming_listener() = default;

  /// The first batch may come.
  virtual void on_streaming_started(batch_info::time_point) {}

  /// Batches begin, at first or after a restart. The first of these calls comes right after on_streaming_started, which
  /// comes once.
  virtual void on_epoch_started(const epoch_info&) {}
  /// A failure has ended the epoch; the next one will start. (An epoch that ends with the program is not told of.)
  /// Nothing more is told about its receivers, nor about batches underway. Those that run again in the next epoch, with
  /// the same times (docs/guarantees.md), are told of anew.
  virtual void on_epoch_ended(const epoch_info&) {}

  virtual void on_batch_submitted(const batch_info&) {}
  virtual void on_batch_started(const batch_info&) {}
  virtual void on_batch_completed(const batch_info&) {}

  virtual void on_output_operation_started(const output_operation_info&) {}
  virtual void on_output_operation_completed(const output_operation_info&) {}

  /// An input has left something out, before its batch is submitted. A batch tells of at most 100; their numbers count
  /// all.
  virtual void on_input_error(const input_error_info&) {}

  /// A receiver begins to receive; again after each restart.
  virtual void on_receiver_started(const receiver_info&) {}
  /// It reported an error, is to be restarted, or has given up; the info says why. It may go on.
  virtual void on_receiver_error(const receiver_info&) {}
  /// It no longer receives, until it is restarted, or for good.
  virtual void on_receiver_stopped(const receiver_info&) {}
};

/// The listeners of a context. Thread safe.
class listener_list {
public:
  void add(std::shared_ptr<streaming_listener> x);
  void remove(const std::shared_ptr<streaming_listener>& x);

  bool is_empty() const;

  /// Calls `call(listener)` for each, on this thread. If one throws, the exception is logged.
  void for_each(const std::function<void(streaming_listener&)>& call);

  /// Whether the calling thread is in a listener's function: there it must not wait for the program to stop.
  static bool is_calling();

private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<streaming_listener>> list_;
};

} // namespace sluice
