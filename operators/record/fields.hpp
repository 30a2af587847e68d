// SPDX-License-Identifier: BSD-3-Clause
//
// Text becomes numbers and fields, for `map`. What is no number, or has another number of fields, throws with a
// sentence that says which field it is; with `dead_letters()` such a line goes there, and the rest goes on.
#pragma once

#include <charconv>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <sluice/actors/record/record.hpp>

namespace sluice {

namespace detail {

/// Without blanks at its ends.
std::string_view trimmed(std::string_view text);

/// Throws std::invalid_argument.
/// @param field its number from 1; 0 if it is the whole text.
[[noreturn]] void refuse_text(std::string_view text, const char* wanted, std::size_t field);
[[noreturn]] void refuse_fields(std::string_view line, std::size_t wanted);

bool parse_bool(std::string_view text, std::size_t field);

template <class T>
concept parsed_field = (std::is_arithmetic_v<T> && !std::same_as<T, char>) || std::same_as<T, std::string_view>
                       || std::same_as<T, std::string>;

template <class T>
T parse_field(std::string_view text, std::size_t field) {
  if constexpr (is_optional<T>) {
    return trimmed(text).empty() ? T{} : T{parse_field<typename T::value_type>(text, field)};
  } else if constexpr (text_record<T>) {
    return T{text};
  } else if constexpr (std::same_as<T, bool>) {
    return parse_bool(text, field);
  } else {
    static_assert(parsed_field<T>, "sluice: fields: a field is a number, a bool, a text, or an optional of these");
    auto digits = trimmed(text);
    if (digits.starts_with('+'))
      digits.remove_prefix(1);
    T result{};
    const auto* const end = digits.data() + digits.size();
    const auto [last, problem] = std::from_chars(digits.data(), end, result);
    if (problem == std::errc::result_out_of_range)
      refuse_text(text, "a number that fits its type", field);
    if (problem != std::errc{} || last != end)
      refuse_text(text, std::is_floating_point_v<T> ? "a number" : "a whole number", field);
    return result;
  }
}

} // namespace detail

/// The number that a text is, all of it but for blanks at its ends: "42", "-1.5e3".
///
///     auto numbers = lines.map(sluice::to_number<double>{});
///
/// Throws std::invalid_argument for anything else, and for a number that does not fit.
template <number_record T>
struct to_number {
  T operator()(std::string_view text) const { return detail::parse_field<T>(text, 0); }
};

/// Cuts a line at every `separator` and makes a record of the fields: of one struct, its fields in their order; of
/// several types, a tuple of these. A field is a number, a bool ("true", "false", "1", "0"), a text as it is (a view
/// points into the line), or an optional of one of these, which is empty where the field is. Quotes mean nothing.
///
///     struct trade { std::string_view symbol; int shares; double price; };
///     auto trades = lines.map(sluice::fields<trade>{','});
///     auto pairs  = lines.map(sluice::fields<std::string_view, int>{' '});
///
/// Throws std::invalid_argument for another number of fields, and for a field of another type.
template <class... Ts>
class fields {
public:
  explicit fields(char separator) : separator_{separator} {}

  auto operator()(std::string_view line) const {
    if constexpr (sizeof...(Ts) == 1 && (composite_record<Ts> && ...))
      return of<Ts...>(line);
    else
      return of<std::tuple<Ts...>>(line);
  }

private:
  template <composite_record T>
  T of(std::string_view line) const {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      auto rest = line;
      // In braces: from the first field to the last.
      return T{next<std::remove_cvref_t<detail::field_t<T, I>>, I + 1, sizeof...(I)>(line, rest)...};
    }(std::make_index_sequence<detail::field_count<T>()>{});
  }

  template <class Field, std::size_t number, std::size_t count>
  Field next(std::string_view line, std::string_view& rest) const {
    const auto end = rest.find(separator_);
    if ((end == std::string_view::npos) != (number == count))
      detail::refuse_fields(line, count);
    const auto text = rest.substr(0, end);
    rest.remove_prefix(number == count ? rest.size() : end + 1);
    return detail::parse_field<Field>(text, number);
  }

  char separator_;
};

} // namespace sluice
