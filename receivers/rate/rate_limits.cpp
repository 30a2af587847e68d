// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/rate/rate_limits.hpp>

#include <cmath>
#include <string>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

void check_rate(std::string_view what, double rate) {
  if (!(rate >= 0) || std::isinf(rate))
    throw usage_error{std::string{what} + " must be a number of records per second, or 0 for no limit, not "
                      + std::to_string(rate)};
}

} // namespace sluice
