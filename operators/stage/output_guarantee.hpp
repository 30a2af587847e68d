// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace sluice {

/// How often an output delivers a batch. After a crash, batches that were not committed run again, with the same time
/// and content where the input can give it again (see docs/guarantees.md).
enum class output_guarantee : std::uint8_t {
  at_least_once, ///< a batch that runs again is delivered again
  idempotent,    ///< the same batch, written again, changes nothing: as a file of the same name
  transactional, ///< it keeps the last batch that it took in the transaction of its records, and skips that batch then
};

/// "at least once", "exactly once (idempotent)", "exactly once (transactional)"
constexpr const char* to_string(output_guarantee x) {
  switch (x) {
    case output_guarantee::at_least_once: return "at least once";
    case output_guarantee::idempotent: return "exactly once (idempotent)";
    case output_guarantee::transactional: return "exactly once (transactional)";
  }
  return "?";
}

} // namespace sluice
