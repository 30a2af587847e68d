// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/protocol/messages.hpp>

namespace sluice {

/// Whether a node can work with the driver that says hello: both must speak the same protocol and run the same
/// executable. ec::node_refused, with what to do, if it cannot.
/// @param build of this executable.
error check_driver(const hello& from, std::uint64_t build);

} // namespace sluice
