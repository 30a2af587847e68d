// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace sluice::detail {

/// The text of an exception from a function of the user, or nothing.
template <class F>
std::optional<std::string> failure_of(F&& user_code) {
  try {
    user_code();
    return std::nullopt;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception of a type not derived from std::exception";
  }
}

} // namespace sluice::detail
