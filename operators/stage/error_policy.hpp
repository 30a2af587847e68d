// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace sluice {

/// What happens when a function of the user's throws and no dead letters are taken (see dstream::dead_letters).
enum class error_policy {
  stop,       ///< the program stops, and await_termination throws
  skip_batch, ///< outputs that depend on what failed do not run for that batch; state and windows take it as empty
};

} // namespace sluice
