// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/runtime/driver/coordinator.hpp>
#include <sluice/runtime/driver/deployment.hpp>
#include <sluice/runtime/driver/lag_watch.hpp>
#include <sluice/runtime/driver/launch.hpp>
#include <sluice/runtime/driver/rate_control.hpp>
#include <sluice/runtime/driver/run_controls.hpp>
#include <sluice/runtime/driver/supervision.hpp>
#include <sluice/runtime/monitor/listener_bus.hpp>

namespace sluice {

/// The state of the coordinator actor: deploys the program, then runs the batch clock until it is told to stop or
/// something fails. When it quits, all actors of the program quit after it.
class coordinator_shell {
public:
  static inline const char* name = "sluice.coordinator";

  explicit coordinator_shell(coordinator_actor::pointer self) : self_{self} {}

  void launch(launch_options options);
  void tick(std::int64_t at);
  void cut(cut_report report);
  void done(const epoch& life, batch_time t);
  void report(const output_report& x);
  void report(const failure_report& x);
  void report(const receiver_report& x);
  void report(const stage_report& x);
  void drained(const epoch& life, stream_id input);
  void failed(const epoch& life, caf::error why);
  void died(const caf::down_msg& down);
  void stop(bool graceful);
  void stop_timed_out();
  void look_at_controls();
  void restart(const std::string& why);
  const epoch& life() const { return options_.life; }

private:
  void run(deployed_program program);
  void watch_workers();
  void limit_inputs();
  void show_records();

  /// Carries out the effects of the logic, and plans the next tick. Ends every step.
  void proceed();
  void send_effects();
  void send_rates(batch_time done);
  void commit(const coordinator_effects::commit& what);
  void keep_given(batch_time t);
  void open_gate(batch_time t);
  void schedule_tick();
  void follow(verdict what);
  void watch_lag();
  void schedule_look();
  void finish(caf::error why);

  coordinator_actor::pointer self_;
  launch_options options_;
  supervision watched_;                    ///< outlives the deployment
  std::shared_ptr<deployment> deployment_; ///< while actors are being placed
  deployed_program program_;
  std::optional<coordinator> logic_; ///< once everything is placed
  std::optional<lag_watch> lag_;
  std::optional<rate_control> rates_;                ///< with backpressure
  bool look_is_due_ = false;                         ///< an alarm is set for it
  std::optional<std::chrono::microseconds> awaited_; ///< the tick for which an alarm is set
  std::uint64_t records_ = 0;                        ///< received, over all batches cut so far
  std::map<batch_time, std::uint64_t> held_; ///< records of batches not committed for which generators hold bytes
  std::map<batch_time, source_positions> positions_; ///< after batches that are not committed
  std::map<batch_time, allocation> given_;           ///< what inputs gave to batches whose outputs may not run yet
  std::optional<listener_bus> listeners_;            ///< once everything is placed
  std::map<stream_id, input_limit> limits_;          ///< that inputs have been told
  std::set<run_controls::tail> tails_;               ///< that operators have been told to show
  bool stop_asked_ = false;
  bool finished_ = false;
};

coordinator_actor::behavior_type coordinator_behavior(coordinator_actor::stateful_pointer<coordinator_shell> self,
                                                      launch_options options);

} // namespace sluice
