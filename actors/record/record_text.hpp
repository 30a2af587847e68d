// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
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

/// Appends "ns" for the unit of nanoseconds, and so on; "[2/3]s" for one without a name.
template <class Period>
void format_unit(std::string& out) {
  constexpr auto is = [](std::intmax_t num, std::intmax_t den) { return Period::num == num && Period::den == den; };
  if constexpr (is(1, 1'000'000'000))
    out += "ns";
  else if constexpr (is(1, 1'000'000))
    out += "us";
  else if constexpr (is(1, 1'000))
    out += "ms";
  else if constexpr (is(1, 1))
    out += "s";
  else if constexpr (is(60, 1))
    out += "min";
  else if constexpr (is(3600, 1))
    out += "h";
  else if constexpr (is(86400, 1))
    out += "d";
  else
    out += "[" + std::to_string(Period::num) + "/" + std::to_string(Period::den) + "]s";
}

/// Appends `n` with at least so many digits.
inline void format_digits(std::string& out, std::uint64_t n, std::size_t digits) {
  const auto text = std::to_string(n);
  out.append(digits - std::min(digits, text.size()), '0');
  out += text;
}

/// Appends a time of the system's clock as 2024-02-29T12:00:00.250Z, if its year has four digits. Otherwise says false.
template <class T>
bool format_date(std::string& out, const T& x) {
  using std::chrono::floor;
  const auto day = floor<std::chrono::days>(x);
  constexpr std::int64_t first = -719'162; // 0001-01-01
  constexpr std::int64_t last = 2'932'896; // 9999-12-31
  if (const std::int64_t n = day.time_since_epoch().count(); n < first || n > last)
    return false;
  const std::chrono::year_month_day date{day};
  const auto second = floor<std::chrono::seconds>(x);
  const auto second_of_day = static_cast<std::uint64_t>((second - day).count());
  format_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  out += '-';
  format_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  format_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  format_digits(out, second_of_day / 3600, 2);
  out += ':';
  format_digits(out, second_of_day / 60 % 60, 2);
  out += ':';
  format_digits(out, second_of_day % 60, 2);
  const auto fraction = static_cast<std::uint64_t>((x - second).count());
  std::size_t digits = 0;
  for (auto unit = T::period::den; unit > 1; unit /= 10)
    ++digits;
  if (digits != 0) {
    out += '.';
    format_digits(out, fraction, digits);
  }
  out += 'Z';
  return true;
}

/// Whether a unit is a second, or a power of ten of them, or many whole ones.
template <class Period>
constexpr bool has_decimal_unit() {
  auto den = Period::den;
  while (den % 10 == 0)
    den /= 10;
  return den == 1;
}

/// A date where a time point has one, otherwise the ticks and their unit.
template <time_record T>
void format_time(std::string& out, const T& x) {
  if constexpr (is_time_point<T>)
    if constexpr (std::same_as<typename T::clock, std::chrono::system_clock> && std::is_integral_v<typename T::rep>
                  && has_decimal_unit<typename T::period>())
      if (format_date(out, x))
        return;
  format_number(out, ticks(x));
  format_unit<typename T::period>(out);
}

} // namespace detail

/// Appends a record as `print` shows it: text as it is, pairs, tuples and structs as (a,b), lists, arrays and sets as
/// [a, b], maps as {a: 1, b: 2}, optionals as Some(a) or None, a variant as what it holds, bytes as hexadecimal,
/// durations as 5ms, times of the system's clock as 2024-02-29T12:00:00.250Z in UTC.
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
  } else if constexpr (set_record<T> && requires { typename T::mapped_type; }) {
    out += '{';
    const auto* between = "";
    for (const auto& [key, value] : x) {
      out += between;
      format_record(out, key);
      out += ": ";
      format_record(out, value);
      between = ", ";
    }
    out += '}';
  } else if constexpr (list_record<T> || set_record<T> || detail::is_std_array<T>) {
    out += '[';
    const auto* between = "";
    for (const auto& element : x) {
      out += between;
      format_record<typename T::value_type>(out, element);
      between = ", ";
    }
    out += ']';
  } else if constexpr (time_record<T>) {
    detail::format_time(out, x);
  } else if constexpr (variant_record<T>) {
    detail::with_alternative(x, [&](auto i) {
      if constexpr (detail::empty_alternative<detail::alternative_t<T, i>>)
        out += "()";
      else
        format_record(out, detail::alternative<i>(x));
    });
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
