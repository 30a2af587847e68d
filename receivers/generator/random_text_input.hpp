// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <sluice/receivers/generator/random_text.hpp>
#include <sluice/receivers/receiver/input.hpp>

namespace sluice {

struct generator_options {
  double lines_per_second = 0;             ///< 0 = as fast as there is credit
  std::optional<std::uint64_t> lines = {}; ///< in all; without it, no end
  text_shape text = {};
};

/// Lines of made-up text (records of type `std::string_view`), for demos and benches. The lines are the same for a
/// seed; only the pace depends on the machine. Throws usage_error for options that cannot be.
input<std::string_view> random_text_input(generator_options options = {});

} // namespace sluice
