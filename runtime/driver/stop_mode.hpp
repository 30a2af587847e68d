// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace sluice {

/// How to stop.
enum class stop_mode {
  graceful,  ///< process everything that has been received, then stop
  immediate, ///< stop now; batches that are not committed are lost or run again after recovery
};

} // namespace sluice
