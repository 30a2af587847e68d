// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace sluice::detail {

enum class window_change_kind : std::uint8_t {
  value,     ///< of the batch
  forgotten, ///< all values have left, and the filter has rejected the key
  lingers,   ///< all values have left, and the key stays with a total
};

/// What a batch changes in the windows of a key.
template <class K, class V>
using window_change = std::pair<K, std::pair<window_change_kind, std::optional<V>>>;

} // namespace sluice::detail
