// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/system/ownership.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/user_code.hpp>

namespace sluice {

caf::error error_of(const std::exception_ptr& thrown) {
  const auto what = detail::failure_of([&thrown] { std::rethrow_exception(thrown); });
  return make_error(ec::user_code_failed, "an exception was thrown: " + what.value_or("nothing"));
}

} // namespace sluice
