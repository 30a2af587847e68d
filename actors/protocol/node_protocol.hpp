// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice {

/// The name under which nodes offer operators to `remote_spawn`.
inline constexpr const char* operator_type_name = "sluice.operator";

/// Among the arguments of a remote spawn: the program has not had a batch yet, so there is no zero time (batch_grid).
inline constexpr std::int64_t no_zero_time = -1;

/// The version of the messages between nodes.
inline constexpr std::uint32_t node_protocol = 6;

} // namespace sluice
