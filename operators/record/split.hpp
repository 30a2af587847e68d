// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>

#include <sluice/actors/base/byte_mask.hpp>

namespace sluice {

/// Cuts text at every `separator`, for `flat_map`. Empty pieces are left out: two spaces separate words as one does.
class split {
public:
  using emits = std::string_view;

  explicit split(char separator) : separator_{separator} {}

  template <class Emit>
  void operator()(std::string_view text, Emit& emit) const {
    const auto* const end = text.data() + text.size();
    const auto* start = text.data();
    for (detail::byte_masks masks{text, separator_}; masks.more();) {
      const auto* const block = masks.position();
      // The trips of this loop are what the processor cannot foresee, so there is one for 64 bytes and not one a piece.
      for (auto hits = masks.next(); hits != 0; hits &= hits - 1) {
        const auto* const stop = block + std::countr_zero(hits);
        if (stop != start)
          emit(std::string_view(start, stop));
        start = stop + 1;
      }
    }
    if (start < end)
      emit(std::string_view(start, end));
  }

private:
  char separator_;
};

} // namespace sluice
