// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <string>

#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>

namespace sluice {

/// Asks the workers of a program that is watched what their processes use, once a second, and tells the monitor.
using worker_usage_actor = caf::typed_actor<
    // From itself: ask again.
    caf::reacts_to<usage_atom>>;

struct worker_usage_options {
  std::map<std::string, node_actor> workers; ///< by address
  std::shared_ptr<run_monitor> monitor;
  progress_actor coordinator; ///< it ends with this one
};

/// The state of that actor. One question at a time is underway: a worker that is slow to answer is asked less often.
class worker_usage_shell {
public:
  static inline const char* name = "sluice.usage";

  explicit worker_usage_shell(worker_usage_actor::pointer self) : self_{self} {}

  void open(worker_usage_options options);
  void ask();

private:
  void answered();

  worker_usage_actor::pointer self_;
  worker_usage_options options_;
  std::size_t unanswered_ = 0;
};

worker_usage_actor::behavior_type worker_usage_behavior(worker_usage_actor::stateful_pointer<worker_usage_shell> self,
                                                        worker_usage_options options);

} // namespace sluice
