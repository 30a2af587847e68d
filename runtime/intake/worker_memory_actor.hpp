// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/runtime/intake/admission.hpp>

namespace sluice {

/// Asks the workers of a program how much memory records take there, and tells the admission.
using worker_memory_actor = caf::typed_actor<
    // From itself: look again.
    caf::reacts_to<memory_atom>>;

struct worker_memory_options {
  std::vector<node_actor> workers;
  std::shared_ptr<admission> gate;
  std::uint64_t budget = 0;
  progress_actor coordinator; ///< it ends with this one
};

/// The state of that actor. It asks workers while something is on its way, one question at a time. They say nothing on
/// their own, so they cannot say too much. While nothing is on its way, nothing is sent.
class worker_memory_shell {
public:
  static inline const char* name = "sluice.memory";

  explicit worker_memory_shell(worker_memory_actor::pointer self) : self_{self} {}

  void open(worker_memory_options options);
  void look();

private:
  void ask();
  void answered();

  worker_memory_actor::pointer self_;
  worker_memory_options options_;
  std::size_t unanswered_ = 0;
};

worker_memory_actor::behavior_type
worker_memory_behavior(worker_memory_actor::stateful_pointer<worker_memory_shell> self, worker_memory_options options);

} // namespace sluice
