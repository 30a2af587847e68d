// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/time.hpp>

namespace sluice {

/// The default time after which a silent node is given up and its connection closed. A node whose process has died is
/// noticed at once; this time is for a node that is frozen or cut off. If a machine or a process may pause for longer,
/// set a longer time on both sides.
inline constexpr duration default_node_timeout{5000};

} // namespace sluice
