// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sluice {

using bytes = std::vector<std::byte>;          ///< an owned blob
using bytes_view = std::span<const std::byte>; ///< a blob inside a batch; lives as long as the batch

} // namespace sluice
