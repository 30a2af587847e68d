// SPDX-License-Identifier: BSD-3-Clause
//
// The first step of a deployment: greets the workers one after the other, gives them the broadcast values, and lets
// them connect to each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/node_id.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sluice/actors/protocol/interfaces.hpp>
#include <sluice/runtime/driver/launch.hpp>
#include <sluice/runtime/node/node_address.hpp>

namespace sluice {

/// A worker that takes part in a program.
struct greeted_worker {
  node_address address;
  caf::node_id id;
  node_actor node;
  welcome answer;
};

/// Runs in the coordinator actor. The first error ends it. Pending requests keep it alive.
class handshake : public std::enable_shared_from_this<handshake> {
public:
  struct callbacks {
    std::function<void(const node_actor&, const node_address&)> connected; ///< for each, before it is asked anything
    /// One of these is called, `done` once, with the workers in the order of their addresses.
    std::function<void(std::vector<greeted_worker>)> done;
    std::function<void(caf::error)> failed;
  };

  /// @param options outlives the handshake.
  handshake(coordinator_actor::pointer self, const launch_options& options, callbacks then)
      : self_{self}, options_{options}, then_{std::move(then)} {}

  void start();

private:
  void greet(std::size_t index);
  void say_hello(std::size_t index, caf::node_id id, node_actor node);
  void share(std::size_t index, std::uint32_t value);
  void introduce_workers();
  void introduced();

  /// An error handler, see on_failed_request.
  std::function<void(caf::error&)> failing(std::string where, std::string what);

  coordinator_actor::pointer self_;
  const launch_options& options_;
  callbacks then_;
  std::vector<greeted_worker> workers_;
  std::size_t pending_ = 0; ///< workers that have not met the others
};

} // namespace sluice
