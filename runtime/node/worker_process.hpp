// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <sluice/actors/scheduler/scheduler_kind.hpp>
#include <sluice/actors/system/roll_call.hpp>
#include <sluice/runtime/node/node_address.hpp>
#include <sluice/runtime/plan/composition.hpp>

namespace sluice {

/// A worker. It waits for drivers at an address and runs the operators that they place here, until it is destroyed.
/// Destroy it on the thread that made it.
class worker_process {
public:
  /// Starts to listen. Throws usage_error for an address that is not loopback (the node port trusts its peers and is
  /// not encrypted), runtime_failure if it cannot listen there.
  /// @param threads worker threads; at least 1.
  /// @param node_timeout after which a frozen driver is given up.
  /// @param on_lost called once, from another thread, if the worker cannot serve drivers any more, with the reason.
  worker_process(const node_address& listen_at, std::uint32_t threads, duration node_timeout, scheduler_kind scheduler,
                 compose_function compose, std::function<void(std::string)> on_lost);
  ~worker_process();
  worker_process(const worker_process&) = delete;
  worker_process& operator=(const worker_process&) = delete;

  /// The parts of drivers' programs that live here.
  std::shared_ptr<const roll_call> roll() const;

private:
  struct content;
  std::unique_ptr<content> content_;
};

/// A hash of this executable: two processes with the same number run the same program.
std::uint64_t build_id();

} // namespace sluice
