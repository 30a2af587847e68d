// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/record_shape.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sluice::detail {

namespace {

using sort = record_shape::sort;

struct simple_type {
  std::string_view name;
  sort what;
  column_kind kind;
  std::size_t width;
};

constexpr std::array simple_types{
    simple_type{"i8", sort::integer, column_kind::fixed1, 1},
    simple_type{"i16", sort::integer, column_kind::fixed2, 1},
    simple_type{"i32", sort::integer, column_kind::fixed4, 1},
    simple_type{"i64", sort::integer, column_kind::fixed8, 1},
    simple_type{"u8", sort::natural, column_kind::fixed1, 1},
    simple_type{"u16", sort::natural, column_kind::fixed2, 1},
    simple_type{"u32", sort::natural, column_kind::fixed4, 1},
    simple_type{"u64", sort::natural, column_kind::fixed8, 1},
    simple_type{"f32", sort::floating, column_kind::fixed4, 1},
    simple_type{"f64", sort::floating, column_kind::fixed8, 1},
    simple_type{"bool", sort::boolean, column_kind::bits, 1},
    simple_type{"text", sort::text, column_kind::ends, 2},
    simple_type{"bytes", sort::bytes, column_kind::ends, 2},
    simple_type{"()", sort::nothing, column_kind::bytes, 0},
};

constexpr std::string_view digits = "0123456789";

/// Reads a schema text from front to back. Each function takes what it reads off the text, or gives nothing.
class shape_parser {
public:
  explicit shape_parser(std::string_view text) : left_{text} {}

  std::optional<record_shape> whole() {
    auto result = type(0);
    return result && left_.empty() && result->width <= max_columns ? std::move(result) : std::nullopt;
  }

private:
  static constexpr int most_levels = 64;

  bool take(std::string_view what) {
    if (!left_.starts_with(what))
      return false;
    left_.remove_prefix(what.size());
    return true;
  }

  bool take_digits() {
    const auto n = std::min(left_.find_first_not_of(digits), left_.size());
    left_.remove_prefix(n);
    return n != 0;
  }

  std::optional<record_shape> type(int level) {
    auto result = level < most_levels ? without_suffix(level) : std::nullopt;
    while (result && result->width <= max_columns && take("?"))
      result = with_parts(sort::option, column_kind::bits, 1, {*std::move(result)});
    return result;
  }

  std::optional<record_shape> without_suffix(int level) {
    if (take("["))
      return list(level);
    if (take("<"))
      return several(sort::variant, "|", ">", level);
    if (!left_.starts_with("()") && take("("))
      return several(sort::fields, ",", ")", level);
    const bool is_point = take("@");
    auto result = simple();
    const bool is_duration = take("*");
    if (!result || (is_duration && !(take_digits() && take("/") && take_digits())) || (is_point && !is_duration))
      return std::nullopt;
    result->is_time = is_duration;
    return result;
  }

  std::optional<record_shape> simple() {
    const auto* const found = std::ranges::find_if(simple_types, [&](const auto& x) { return take(x.name); });
    if (found == simple_types.end())
      return std::nullopt;
    return record_shape{.what = found->what, .kind = found->kind, .width = found->width, .parts = {}};
  }

  std::optional<record_shape> list(int level) {
    auto element = type(level + 1);
    if (!element || !take("]"))
      return std::nullopt;
    return with_parts(sort::list, column_kind::ends, 1, {*std::move(element)});
  }

  std::optional<record_shape> several(sort what, std::string_view between, std::string_view end, int level) {
    std::vector<record_shape> parts;
    do {
      auto part = type(level + 1);
      if (!part || parts.size() == max_columns)
        return std::nullopt;
      parts.push_back(*std::move(part));
    } while (take(between));
    if (!take(end))
      return std::nullopt;
    const bool has_index = what == sort::variant;
    const auto kind = has_index ? column_kind::fixed1 : parts.front().kind;
    return with_parts(what, kind, has_index ? 1 : 0, std::move(parts));
  }

  static record_shape with_parts(sort what, column_kind kind, std::size_t own_columns,
                                 std::vector<record_shape> parts) {
    record_shape result{.what = what, .kind = kind, .width = own_columns, .parts = std::move(parts)};
    for (const auto& part : result.parts)
      result.width += part.width;
    return result;
  }

  std::string_view left_;
};

} // namespace

expected<record_shape> parse_shape(std::string_view schema) {
  if (auto result = shape_parser{schema}.whole())
    return *std::move(result);
  return make_error(ec::schema_mismatch, "'" + std::string{schema} + "' is not the schema of a record type");
}

} // namespace sluice::detail
