// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cassert>
#include <type_traits>
#include <utility>
#include <variant>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

/// A value, or the error for which there is none. The part of C++23's std::expected that is needed here.
///
///     expected<int> n = parse(text);
///     if (!n)
///       return std::move(n.error());
///     use(*n);
template <class T>
class [[nodiscard]] expected {
public:
  template <class U = T>
    requires std::is_constructible_v<T, U&&> && (!std::is_same_v<std::remove_cvref_t<U>, expected>)
             && (!std::is_convertible_v<U &&, sluice::error>)
  expected(U&& value) : content_{std::in_place_index<0>, std::forward<U>(value)} {}

  /// Requires a non-empty error.
  expected(sluice::error why) : content_{std::in_place_index<1>, std::move(why)} { assert(error()); }

  explicit operator bool() const { return content_.index() == 0; }
  bool has_value() const { return content_.index() == 0; }

  /// Requires a value.
  T& operator*() & { return *checked(std::get_if<0>(&content_)); }
  const T& operator*() const& { return *checked(std::get_if<0>(&content_)); }
  T&& operator*() && { return std::move(**this); }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

  /// Throws runtime_failure if there is none.
  T& value() & { return or_throw(); }
  T&& value() && { return std::move(or_throw()); }

  /// Requires that there is no value.
  sluice::error& error() { return *checked(std::get_if<1>(&content_)); }
  const sluice::error& error() const { return *checked(std::get_if<1>(&content_)); }

private:
  template <class P>
  static P* checked(P* p) {
    assert(p != nullptr);
    return p;
  }

  T& or_throw() {
    if (!has_value())
      throw runtime_failure{describe(error())};
    return **this;
  }

  std::variant<T, sluice::error> content_;
};

} // namespace sluice
