// SPDX-License-Identifier: BSD-3-Clause
//
// The reaction to a part of a run that dies or gives up. Code that spawns an actor of the run enters it here and
// monitors it. The coordinator brings every death and every reported failure here, and does what it is told. Plain
// logic.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>

#include <sluice/runtime/node/node_address.hpp>

namespace sluice {

/// The part that an actor plays in a run.
enum class role : std::uint8_t { node, stage, store, input, helper };

/// An actor that takes part in a run.
struct participant {
  role plays = role::stage;
  std::string name;                       ///< for people: "operator 'counts', partition 3"
  std::optional<node_address> where = {}; ///< the worker it lives on; none: in this process

  /// "operator 'counts', partition 3 on node 127.0.0.1:4711"
  friend std::string to_string(const participant& x) {
    return x.where ? x.name + " on node " + to_string(*x.where) : x.name;
  }
};

/// The next step of the coordinator.
struct verdict {
  enum class action : std::uint8_t { go_on, end_run };

  action act = action::go_on;
  caf::error why = {}; ///< why the run ends, for people
};

/// An error handler for a request of somebody who starts actors: it calls `fail` with a sentence for people. That puts
/// `where` before our own errors, which are whole sentences, and `where` and `what` before those of CAF, which say too
/// little to be shown alone. Nothing happens if whoever was asked has died: he is watched, and his death says more.
std::function<void(caf::error&)> on_failed_request(std::string where, std::string what,
                                                   std::function<void(caf::error)> fail);

class supervision {
public:
  void watch(const caf::actor_addr& who, participant as) { watched_.insert_or_assign(who, std::move(as)); }

  /// An actor has ended. No actor of a run does that of its own accord.
  verdict died(const caf::actor_addr& who, const caf::error& why);

  /// A part cannot go on; the error names it.
  verdict gave_up(caf::error why) const { return decide(std::move(why)); }

private:
  /// Decides, alone, how a run reacts to a failure.
  static verdict decide(caf::error why) { return {verdict::action::end_run, std::move(why)}; }

  std::map<caf::actor_addr, participant> watched_;
};

} // namespace sluice
