// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/testkit/cluster.hpp>

namespace sluice::test {

using testkit::cluster;
using testkit::simulated_disk;
using testkit::simulated_node;
using testkit::simulation;

} // namespace sluice::test
