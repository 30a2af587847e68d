// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace sluice {

/// Whose scheduler runs the actors of a process.
enum class scheduler_kind {
  own, ///< the one of this folder
  caf, ///< CAF's work stealing: more wake-ups, no spare threads for a `blocking_section`, and an empty turn board
};

} // namespace sluice
