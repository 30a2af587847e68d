// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace sluice::tool {

/// What a text says of itself by its colour.
enum class tone { plain, dim, strong, good, notice, bad };

/// How the output may look: its columns, and whether it has colours.
struct look {
  static constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

  std::size_t columns = no_limit;
  bool has_colours = false;
};

/// The text, with the escape codes of its tone if there are colours.
std::string painted(std::string_view text, tone how, const look& as);

/// The tone of a level that a program tells: ok, info, notice, warning, error.
tone tone_of_level(std::string_view level);

} // namespace sluice::tool
