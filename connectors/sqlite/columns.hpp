// SPDX-License-Identifier: BSD-3-Clause
//
// How a record becomes a row: a column for each field of a pair, a tuple, an array or a struct, and one for any other
// record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <sluice/actors/record/record.hpp>
#include <sluice/connectors/sqlite/database.hpp>

namespace sluice::sqlite {

/// A field that fits a column: a number, a bool, a text, bytes, a time.
template <class T>
concept column_value = number_record<T> || std::same_as<T, bool> || text_record<T> || bytes_record<T> || time_record<T>;

/// The same, or an optional of it, which is NULL where it is empty.
template <class T>
struct is_column : std::bool_constant<column_value<T>> {};
template <class T>
struct is_column<std::optional<T>> : std::bool_constant<column_value<T>> {};

/// A record of which each field is a column.
template <class T>
constexpr bool is_row() {
  if constexpr (composite_record<T>) {
    bool result = true;
    sluice::detail::for_each_field<T>(
        [&](auto i) { result = result && is_column<sluice::detail::field_t<T, i>>::value; });
    return result;
  } else {
    return is_column<T>::value;
  }
}

template <class T>
constexpr std::size_t column_count() {
  if constexpr (composite_record<T>)
    return sluice::detail::field_count<T>();
  else
    return 1;
}

/// The type of a column, as CREATE TABLE has it. A floating-point number may be NULL, too: SQLite has no other NaN.
template <class T>
constexpr const char* column_type() {
  if constexpr (text_record<T>)
    return "TEXT NOT NULL";
  else if constexpr (bytes_record<T>)
    return "BLOB NOT NULL";
  else if constexpr (time_record<T>)
    return column_type<typename T::rep>();
  else if constexpr (std::is_floating_point_v<T>)
    return "REAL";
  else
    return "INTEGER NOT NULL";
}
template <optional_record T>
constexpr const char* column_type() {
  using value = typename T::value_type;
  if constexpr (text_record<value>)
    return "TEXT";
  else if constexpr (bytes_record<value>)
    return "BLOB";
  else if constexpr (time_record<value>)
    return column_type<std::optional<typename value::rep>>();
  else
    return std::is_floating_point_v<value> ? "REAL" : "INTEGER";
}

template <class T>
std::vector<std::string> column_types() {
  std::vector<std::string> result;
  if constexpr (composite_record<T>)
    sluice::detail::for_each_field<T>(
        [&](auto i) { result.emplace_back(column_type<sluice::detail::field_t<T, i>>()); });
  else
    result.emplace_back(column_type<T>());
  return result;
}

/// "key" and "value" of a pair, "value" of a record without fields, otherwise "field1", "field2", …
template <class T>
std::vector<std::string> default_names() {
  if constexpr (pair_record<T>)
    return {"key", "value"};
  if constexpr (!composite_record<T>)
    return {"value"};
  std::vector<std::string> result;
  for (std::size_t i = 1; i <= column_count<T>(); ++i)
    result.push_back("field" + std::to_string(i));
  return result;
}

/// Throws runtime_failure: SQLite's integers end at 2^63 - 1.
[[noreturn]] void refuse_large(std::uint64_t x);

template <class T>
void bind_field(statement& to, int parameter, const T& x) {
  if constexpr (optional_record<T>) {
    if (x)
      bind_field(to, parameter, *x);
    else
      to.bind(parameter, nullptr);
  } else if constexpr (time_record<T>) {
    bind_field(to, parameter, sluice::detail::ticks(x));
  } else if constexpr (std::is_enum_v<T>) {
    bind_field(to, parameter, static_cast<std::underlying_type_t<T>>(x));
  } else if constexpr (text_record<T>) {
    to.bind(parameter, std::string_view{x});
  } else if constexpr (bytes_record<T>) {
    to.bind(parameter, bytes_view{x});
  } else if constexpr (std::is_floating_point_v<T>) {
    to.bind(parameter, static_cast<double>(x));
  } else {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::int64_t))
      if (x > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
        refuse_large(x);
    to.bind(parameter, static_cast<std::int64_t>(x));
  }
}

/// Binds the fields of a record to the parameters from `first` on. What they refer to must live until the statement has
/// run.
template <class T>
void bind_record(statement& to, int first, const T& x) {
  if constexpr (composite_record<T>)
    sluice::detail::for_each_field<T>(
        [&](auto i) { bind_field(to, first + static_cast<int>(i), sluice::detail::field<i>(x)); });
  else
    bind_field(to, first, x);
}

} // namespace sluice::sqlite
