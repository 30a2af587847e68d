// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/wall_clock.hpp>
#include <sluice/actors/protocol/messages.hpp>
#include <sluice/actors/protocol/stage_report.hpp>
#include <sluice/runtime/monitor/activity_board.hpp>
#include <sluice/runtime/monitor/batch_history.hpp>
#include <sluice/runtime/monitor/event_list.hpp>
#include <sluice/runtime/monitor/record_tails.hpp>
#include <sluice/runtime/monitor/run_picture.hpp>
#include <sluice/runtime/monitor/streaming_listener.hpp>
#include <sluice/runtime/plan/composition.hpp>

namespace sluice {

/// Watches one run: gathers what happens and what stages report, and gives a picture of it at any time. Thread safe;
/// its lock is held for microseconds. It hears of epochs and receivers as a listener does. Of batches and outputs it
/// hears at once and without a message, as there may be hundreds a second.
class run_monitor final : public streaming_listener {
public:
  run_monitor(std::shared_ptr<const composition> program, std::shared_ptr<const wall_clock> clock,
              batch_history::limits most = {});

  /// An epoch has been placed.
  void placed(std::vector<stage_picture> stages);

  void active(const stage_report& x);

  /// The process of a worker, by address.
  void node_used(const std::string& worker, const node_usage& x);

  /// A batch is being cut; an input has closed its part of it; it is being committed with these sums; it is committed.
  void cut(batch_time t);
  void taken(const cut_report& x);
  void added_up(batch_time t, const accumulated_sums& sums);
  void committed(batch_time t);

  /// An output begins, or has ended: with a failure, or without.
  void output_started(output_number output, batch_time t);
  void output_ended(output_number output, batch_time t, std::optional<std::string> failure);

  /// An operator has failed in a batch: why outputs that depend on it do not run.
  void operator_failed(const failure_report& x);
  void output_left_out(output_number output, batch_time t);

  /// A batch has been made durable.
  void kept(std::chrono::microseconds took);

  /// Somebody has set a limit for an input; no max_rate: it has none.
  void limited(stream_id input, bool is_paused, std::optional<double> max_rate);

  /// The records that somebody looks at.
  record_tails& tails() { return tails_; }

  /// Listeners have been called, which took so long.
  void listened(std::chrono::microseconds took);

  /// The write-ahead log holds these bytes of a batch; it has let go of all up to `t`.
  void logged(batch_time t, std::uint64_t bytes);
  void log_released(batch_time t);

  /// For this part of the last `span`, the receiver of an input waited for memory.
  void waited_for_credit(stream_id stream, std::chrono::microseconds waited, std::chrono::microseconds span);

  /// How far the clock of the run is ahead of the wall clock; negative if it is behind.
  void clock_is_ahead(std::chrono::microseconds by);

  /// Something else that people should know.
  void tell(std::string kind, event_level level, std::string text);

  void stopping();
  void stopped(const error& why);

  /// Looks for the reason first, as a program that is stuck ends no batch.
  run_picture picture();
  run_state state() const;
  std::vector<load_point> history(node_index x) const;
  std::vector<run_event> events_after(std::uint64_t number) const;

  void on_streaming_started(batch_info::time_point at) override;
  void on_epoch_started(const epoch_info& x) override;
  void on_epoch_ended(const epoch_info& x) override;
  void on_receiver_started(const receiver_info& x) override;
  void on_receiver_error(const receiver_info& x) override;
  void on_receiver_stopped(const receiver_info& x) override;

private:
  struct commit_time {
    std::chrono::microseconds at;
    std::chrono::microseconds took;
  };

  /// What somebody did for some time.
  struct spent {
    std::chrono::microseconds at;
    std::chrono::microseconds took;
    std::chrono::microseconds span{}; ///< within which
  };

  struct survived {
    std::chrono::microseconds at;
    std::string why;
  };

  restart_picture restarts_lately(std::chrono::microseconds now) const;
  double share_of_listeners(std::chrono::microseconds now) const;
  output_operation_info info_of(output_number output, batch_time t) const;
  void note(std::string kind, event_level level, std::string text);
  run_picture picture_now() const;
  std::vector<input_picture> pictures_of_inputs(std::chrono::microseconds now) const;
  std::vector<operator_picture> pictures_of_operators() const;
  commit_picture picture_of_commits() const;
  std::uint64_t dead_letters_of(node_index i) const;
  void look_for_reason(std::chrono::microseconds now);

  std::shared_ptr<const composition> program_;
  std::shared_ptr<const wall_clock> clock_;
  record_tails tails_;
  mutable std::mutex mutex_; ///< guards all that follows
  run_state state_ = run_state::starting;
  std::string failure_;
  std::chrono::microseconds started_{};
  epoch_info epoch_;
  std::uint64_t epochs_ = 0; ///< that have started
  std::vector<input_picture> inputs_;
  std::vector<stage_picture> stages_;
  std::map<std::string, worker_picture> workers_; ///< of this epoch
  batch_history batches_;
  std::map<batch_time, std::string> failures_; ///< of operators, in batches that are underway
  activity_board board_;
  event_list events_;
  std::uint64_t commits_ = 0;
  std::deque<commit_time> lately_;                 ///< commits
  std::deque<spent> listening_;                    ///< lately
  std::map<stream_id, std::deque<spent>> waiting_; ///< of receivers for credit, lately
  std::map<batch_time, std::uint64_t> log_;        ///< bytes that it holds
  std::uint64_t log_bytes_ = 0;                    ///< of all of them
  std::chrono::microseconds log_released_{};
  std::deque<survived> survived_; ///< failures, lately
  std::chrono::microseconds clock_ahead_{};
  processor_watch processor_watch_;
  std::optional<processor_use> processor_;
  run_reason reason_;
  std::chrono::microseconds looked_{}; ///< for a reason
  std::string candidate_;              ///< the cause that was found last; it is told once it is found twice
};

} // namespace sluice
