// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/time.hpp>

namespace sluice {

/// After how long without a word a node is given up, and its connection closed, unless the user says otherwise. A node
/// whose process has died is noticed at once; this is for one that is frozen or cut off, which costs this long. Where a
/// machine or a process may pause for longer, it has to be longer, on both sides.
inline constexpr duration default_node_timeout{5000};

} // namespace sluice
