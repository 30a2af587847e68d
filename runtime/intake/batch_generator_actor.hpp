// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/os/errands.hpp>
#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/actors/system/roll_call.hpp>
#include <sluice/operators/stage/stage_plan.hpp>
#include <sluice/receivers/receiver/input.hpp>
#include <sluice/receivers/receiver/receiver_actor.hpp>
#include <sluice/runtime/intake/admission.hpp>
#include <sluice/runtime/intake/batch_generator.hpp>
#include <sluice/runtime/intake/credit_watch.hpp>
#include <sluice/runtime/intake/positioned_inputs.hpp>
#include <sluice/runtime/intake/pull_schedule.hpp>
#include <sluice/runtime/intake/replay.hpp>
#include <sluice/runtime/intake/source_host.hpp>
#include <sluice/runtime/intake/source_limit.hpp>
#include <sluice/runtime/monitor/streaming_listener.hpp>

namespace sluice {

class run_monitor;

/// The input of a batch generator actor.
struct batch_generator_options {
  stream_id stream;
  any_input from;
  plan_edge edge; ///< to the stage that reads this input
  duration interval{1000};
  std::shared_ptr<admission> gate; ///< says how much may be admitted; shared by all inputs
  std::size_t place = 0;           ///< among them
  receiver_options receiver;       ///< the limits of its rate are those of a source, too
  replay again;                    ///< the batches that run again, and where its source goes on after them
  std::uint64_t next_block = 1;    ///< the number of the first block that belongs to no batch yet
  std::uint64_t log_end = 1;       ///< the log holds those before this one
  bool is_gated = false;           ///< outputs wait until it is durable what a batch got, so each cut is reported
  bool is_logged = false;          ///< blocks go to the log as well
  /// Pulls that its next source may have to repeat; 0: there will be none in this process.
  std::size_t goes_back = 0;
  std::shared_ptr<positioned_inputs> positioned = {};  ///< told if it is logged and has positions; null: nobody asks
  std::string name = {};                               ///< of the stream, for people
  std::shared_ptr<const listener_list> listeners = {}; ///< null: nobody listens
  std::shared_ptr<run_monitor> monitor = {};           ///< is told how long the receiver waits; null: nobody watches
  progress_actor coordinator = {};                     ///< with which the actor ends
  std::shared_ptr<roll_call> roll = {};                ///< null: nobody asks
  std::shared_ptr<side_threads> threads = {};          ///< where its source or receiver runs; null: on the actor's own
};

/// The state of a batch generator actor. It owns the receiver or source of its input, which runs on a thread of its
/// own: the actor never waits.
class batch_generator_shell {
public:
  static inline const char* name = "sluice.generator";

  explicit batch_generator_shell(generator_actor::pointer self) : self_{self} {}

  void open(batch_generator_options options);
  void deploy(wiring links);
  void start(const epoch& life, batch_time first);
  void add(batch block);
  void cut(const epoch& life, batch_time t);
  void flushed();
  void release(const epoch& life, batch_time t);
  void drain(const epoch& life);
  void set_rate(const epoch& life, std::uint64_t records_per_second);
  void set_limit(const epoch& life, const input_limit& x);
  void receiver_changed(receiver_report what);
  void receiver_stopped(caf::error why);
  void lost(const caf::down_msg& down);
  void answered() { away_->take_answers(); }
  void look_for_late_source();
  void look_at_memory();

private:
  void take_new();
  void give_again();
  void give_from_source();
  void gave_again();
  void cut_new(batch_time t);
  void give(std::uint64_t end_block, std::function<void()> then);
  void file(batch block);
  void log(const batch& block);
  void start_source();
  void start_receiver();
  void host(expected<std::shared_ptr<receiver_base>> made);
  void ask_source();
  void take(source_answer from);
  void watch_source();
  std::uint64_t more_credit();
  void pass_credit_on();
  void watch_memory();
  void watch_credit();
  void report_credit();
  void finish_cut(presence had);
  void pass_limit_on();
  void fail(caf::error why);
  caf::error with_name(const caf::error& why) const;

  generator_actor::pointer self_;
  batch_generator_options options_;
  std::optional<batch_generator> logic_;
  std::optional<errands> away_; ///< once started
  std::optional<source_host> source_;
  std::optional<pull_schedule> pulls_; ///< of the source
  std::optional<source_limit> limit_;  ///< of the source
  std::optional<input_limit> asked_;   ///< by somebody, instead of the one that it was composed with
  bool watches_ = false;               ///< an alarm is set that looks whether the source is late
  batch_time first_;                   ///< the first batch that is new
  std::deque<batch_time> cuts_;        ///< that wait until all that comes again has come
  bool giving_ = false;                ///< blocks that come again are on their way
  bool has_begun_ = false;             ///< with what is new
  bool drain_asked_ = false;
  std::uint64_t first_new_block_ = 0; ///< the receiver counts from here
  std::vector<std::string> recipes_;  ///< of the source's records in the batch that is open
  std::string position_;              ///< of the source, after the records that have come
  std::string description_;           ///< of the source's records in the batch that is open
  std::vector<input_error> errors_;   ///< what it has left out there
  bool making_receiver_ = false;
  std::shared_ptr<const receiver_base> hosted_; ///< by `receiver_`
  receiver_actor receiver_;
  receiver_actor told_;       ///< the same, also when it has stopped: what is durable and committed is news to it
  std::size_t unflushed_ = 0; ///< cuts that wait for the receiver's flush
  std::optional<credit_watch> credit_; ///< of a receiver that somebody watches
  bool watches_memory_ = false;        ///< looks at it again in some ms
  wiring links_;
  std::vector<downstream_actor> targets_;
};

generator_actor::behavior_type batch_generator_behavior(generator_actor::stateful_pointer<batch_generator_shell> self,
                                                        batch_generator_options options);

} // namespace sluice
