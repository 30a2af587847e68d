// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>

#include <sluice/actors/record/record.hpp>

namespace sluice {

/// Whether one value comes before another. Records are compared field by field, text and bytes and lists element by
/// element, nothing comes before something, the alternatives of a variant in their order, and a NaN behind all numbers;
/// a struct with a `<` of its own is compared by that, as is what is no record.
struct record_order {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    if constexpr (std::is_floating_point_v<T>) {
      return a < b || (std::isnan(b) && !std::isnan(a));
    } else if constexpr (number_record<T> || std::same_as<T, bool> || text_record<T>) {
      return a < b;
    } else if constexpr (bytes_record<T>) {
      return std::ranges::lexicographical_compare(a, b);
    } else if constexpr (optional_record<T>) {
      return b && (!a || (*this)(*a, *b));
    } else if constexpr (list_record<T> || set_record<T>) {
      static_assert(!detail::is_unordered<T>,
                    "sluice: unordered sets and maps have no order: use std::set or std::map");
      // Not an algorithm: a std::vector<bool> has no bools to refer to.
      for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end(); ++i, ++j)
        if (const typename T::value_type &x = *i, &y = *j; (*this)(x, y) || (*this)(y, x))
          return (*this)(x, y);
      return a.size() < b.size();
    } else if constexpr (time_record<T>) {
      return (*this)(detail::ticks(a), detail::ticks(b));
    } else if constexpr (variant_record<T>) {
      bool result = a.index() < b.index();
      detail::with_alternative(a, [&](auto i) {
        if constexpr (!detail::empty_alternative<detail::alternative_t<T, i>>)
          if (b.index() == i)
            result = (*this)(detail::alternative<i>(a), detail::alternative<i>(b));
      });
      return result;
    } else if constexpr (tuple_record<T> || (struct_record<T> && !has_less<T>)) {
      return by_fields<0>(a, b);
    } else {
      return a < b;
    }
  }

private:
  template <class T>
  static constexpr bool has_less = requires(const T& a, const T& b) {
    { a < b } -> std::convertible_to<bool>;
  };

  template <std::size_t I, class T>
  bool by_fields(const T& a, const T& b) const {
    if constexpr (I == detail::field_count<T>()) {
      return false;
    } else {
      const auto& x = detail::field<I>(a);
      const auto& y = detail::field<I>(b);
      return (*this)(x, y) || (!(*this)(y, x) && by_fields<I + 1>(a, b));
    }
  }
};

} // namespace sluice
