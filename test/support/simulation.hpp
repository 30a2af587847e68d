// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/testkit/simulation.hpp>

namespace sluice::test {

using testkit::simulated_network;
using testkit::simulated_node;
using testkit::simulation;

} // namespace sluice::test
