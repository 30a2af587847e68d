// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <charconv>
#include <string>

#include <sluice/actors/record/record.hpp>

namespace sluice {

namespace detail {

template <class T>
void format_number(std::string& out, T x) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), x).ptr;
  const std::string_view text{digits.data(), end};
  out += text;
  // As in Scala, a floating-point number always shows that it is one.
  if constexpr (std::is_floating_point_v<T>)
    if (text.find_first_not_of("-0123456789") == std::string_view::npos)
      out += ".0";
}

} // namespace detail

/// Appends a record as `print` shows it: text as it is, pairs, tuples and structs as (a,b), lists as [a, b], optionals
/// as Some(a) or None, bytes as hexadecimal.
template <record T>
void format_record(std::string& out, const T& x) {
  if constexpr (text_record<T>) {
    out += x;
  } else if constexpr (std::same_as<T, bool>) {
    out += x ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    format_record(out, static_cast<std::underlying_type_t<T>>(x));
  } else if constexpr (std::same_as<T, char>) {
    out += x;
  } else if constexpr (number_record<T>) {
    detail::format_number(out, x);
  } else if constexpr (bytes_record<T>) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const auto b : x) {
      out += digits[std::to_integer<unsigned>(b) >> 4];
      out += digits[std::to_integer<unsigned>(b) & 15];
    }
  } else if constexpr (optional_record<T>) {
    if (!x) {
      out += "None";
      return;
    }
    out += "Some(";
    format_record(out, *x);
    out += ')';
  } else if constexpr (list_record<T>) {
    out += '[';
    for (std::size_t i = 0; i < x.size(); ++i) {
      out += i == 0 ? "" : ", ";
      format_record<typename T::value_type>(out, x[i]);
    }
    out += ']';
  } else {
    out += '(';
    detail::for_each_field<T>([&](auto i) {
      out += i == 0 ? "" : ",";
      format_record(out, detail::field<i>(x));
    });
    out += ')';
  }
}

} // namespace sluice
