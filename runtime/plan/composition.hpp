// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sluice/actors/base/time.hpp>
#include <sluice/operators/shared/accumulator_ledger.hpp>
#include <sluice/operators/shared/broadcast.hpp>
#include <sluice/operators/stage/error_policy.hpp>
#include <sluice/operators/stage/topology.hpp>
#include <sluice/receivers/receiver/input.hpp>
#include <sluice/runtime/plan/restart_policy.hpp>

namespace sluice {

/// A program as its user composed it: the topology, its inputs, and the interval of its batches.
struct composition {
  topology graph;
  std::vector<any_input> inputs; ///< by stream id
  duration interval{1000};
  error_policy on_error = error_policy::stop;
  std::shared_ptr<accumulator_ledger> accumulators = std::make_shared<accumulator_ledger>();
  std::vector<std::shared_ptr<detail::broadcast_cell>> broadcasts; ///< in order of creation
  std::optional<restart_policy> restart = {}; ///< none: the first failure that `on_error` does not survive is the end
};

/// Makes the broadcast values, on the driver and before the program is deployed. An exception from a user's function
/// passes.
inline void make_broadcasts(const composition& program) {
  for (const auto& value : program.broadcasts)
    value->make();
}

/// Composes the program from the arguments of its command line. Called on the driver and on every worker, which must
/// come to the same topology. Throws usage_error for arguments that make no sense.
using compose_function = std::function<composition(const std::vector<std::string>& arguments)>;

} // namespace sluice
