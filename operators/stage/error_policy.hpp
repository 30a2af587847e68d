// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace sluice {

/// What happens to a batch when a function of the user's throws. (Single records can be left out instead: see
/// operators/record/dead_letters.hpp. A program can go back to its last commit: see restart_policy.)
enum class error_policy {
  stop,       ///< the program stops, and await_termination throws
  skip_batch, ///< outputs that depend on what failed do not run for that batch; state and windows take it as empty
};

} // namespace sluice
