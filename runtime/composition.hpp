// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sluice/actors/time.hpp>
#include <sluice/operators/topology.hpp>
#include <sluice/receivers/input.hpp>

namespace sluice {

/// A program as its user composed it: the topology, where its records come from, and how often they are batched.
struct composition {
  topology graph;
  std::vector<input> inputs; ///< by stream id
  duration interval{1000};
};

/// Composes the program from the arguments of its command line. Called on the driver and on every worker, which must
/// come to the same topology. Throws usage_error for arguments that make no sense.
using compose_function = std::function<composition(const std::vector<std::string>& arguments)>;

} // namespace sluice
