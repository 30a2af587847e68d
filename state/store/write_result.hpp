// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

/// What became of a write.
struct [[nodiscard]] write_result {
  write_result() = default; ///< it was done
  write_result(error reason, std::string missing = {}) : why{std::move(reason)}, missing_room{std::move(missing)} {}

  /// Whether it failed for lack of room. Then nothing of it was written, and the same write may succeed later.
  bool had_no_room() const { return !missing_room.empty(); }

  error why;                ///< none if it was done
  std::string missing_room; ///< what there is no room on, and how to make some; empty if that was not the reason
};

} // namespace sluice
