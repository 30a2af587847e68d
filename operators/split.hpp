// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

namespace sluice {

/// Cuts text at every `separator`, for `flat_map`. Empty pieces are left out: two spaces separate words as one does.
class split {
public:
  using emits = std::string_view;

  explicit split(char separator) : separator_{separator} {}

  template <class Emit>
  void operator()(std::string_view text, Emit& emit) const {
    const auto* const end = text.data() + text.size();
    for (const auto* p = text.data(); p != end;) {
      const auto* const start = p;
      while (p != end && *p != separator_)
        ++p;
      if (p != start)
        emit(std::string_view(start, p));
      if (p != end)
        ++p;
    }
  }

private:
  char separator_;
};

} // namespace sluice
