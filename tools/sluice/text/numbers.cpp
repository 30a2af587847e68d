// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/numbers.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <memory>
#include <span>

namespace sluice::tool {

namespace {

constexpr auto unknown = "-";

std::string fixed(double x, int digits) {
  std::array<char, 64> result{};
  const auto size = std::snprintf(result.data(), result.size(), "%.*f", digits, x);
  return {result.data(), static_cast<std::size_t>(std::clamp<int>(size, 0, result.size() - 1))};
}

bool is_known(std::optional<double> x) { return x && std::isfinite(*x) && std::abs(*x) < 1e18; }

/// A whole number with commas.
std::string whole(double x) {
  auto result = fixed(x, 0);
  const auto first = result.starts_with('-') ? 1 : 0;
  for (auto at = static_cast<int>(result.size()) - 3; at > first; at -= 3)
    result.insert(static_cast<std::size_t>(at), 1, ',');
  return result;
}

/// With a unit so that at most three digits stand before the point; two digits are told at least.
std::string scaled(double x, double step, std::span<const std::string_view> units) {
  std::size_t unit = 0;
  while (unit + 1 < units.size() && std::abs(x) >= step - 0.5) {
    x /= step;
    ++unit;
  }
  const auto digits = unit != 0 && std::abs(x) < 9.95 ? 1 : 0;
  return fixed(x, digits).append(units[unit]);
}

std::string two_units(std::int64_t large, std::string_view large_unit, std::int64_t small,
                      std::string_view small_unit) {
  auto result = std::to_string(large).append(large_unit);
  if (small != 0)
    result.append(" ").append(std::to_string(small)).append(small_unit);
  return result;
}

std::string local_time(std::optional<double> x, const char* format) {
  if (!is_known(x))
    return unknown;
  const auto seconds = static_cast<std::time_t>(*x / 1000);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr)
    return unknown;
  std::array<char, 64> result{};
  return {result.data(), std::strftime(result.data(), result.size(), format, &local)};
}

} // namespace

std::string count_text(std::optional<double> x) {
  constexpr std::array<std::string_view, 5> units{"", " k", " M", " G", " T"};
  if (!is_known(x))
    return unknown;
  return std::abs(*x) < 9999.5 ? whole(*x) : scaled(*x, 1000, units);
}

std::string rate_text(std::optional<double> x) {
  if (!is_known(x))
    return unknown;
  const auto is_small = *x != 0 && std::abs(*x) < 9.95;
  return (is_small ? fixed(*x, 1) : count_text(x)) + "/s";
}

std::string bytes_text(std::optional<double> x) {
  constexpr std::array<std::string_view, 6> units{" B", " KiB", " MiB", " GiB", " TiB", " PiB"};
  return is_known(x) ? scaled(*x, 1024, units) : unknown;
}

std::string ms_text(std::optional<double> x) {
  if (!is_known(x))
    return unknown;
  const auto ms = *x;
  const auto is_whole = std::fmod(ms, 1000) == 0; // an interval of 1 s is exact
  if (ms < 0.995)
    return fixed(ms, ms == 0 ? 0 : 2) + " ms";
  if (ms < 999.5)
    return fixed(ms, ms < 9.95 ? 1 : 0) + " ms";
  if (ms < 59'500)
    return fixed(ms / 1000, ms < 9950 && !is_whole ? 1 : 0) + " s";
  const auto seconds = std::llround(ms / 1000);
  if (seconds < 3600)
    return two_units(seconds / 60, " min", seconds % 60, " s");
  if (seconds < 86'400)
    return two_units(seconds / 3600, " h", seconds / 60 % 60, " min");
  return two_units(seconds / 86'400, " d", seconds / 3600 % 24, " h");
}

std::string share_text(std::optional<double> x) {
  if (!is_known(x))
    return unknown;
  const auto percent = *x * 100;
  return fixed(percent, percent >= 0.05 && percent < 9.95 ? 1 : 0) + " %";
}

std::string counted(double n, std::string_view one, std::string_view many) {
  return count_text(n).append(" ").append(n == 1 ? one : many);
}

std::string date_text(std::optional<double> x) { return local_time(x, "%Y-%m-%d %H:%M:%S"); }

std::string time_text(std::optional<double> x) { return local_time(x, "%H:%M:%S"); }

std::optional<std::chrono::milliseconds> parse_time(std::string_view text) {
  struct unit {
    std::string_view name;
    std::int64_t ms;
  };
  constexpr std::array units{unit{"ms", 1}, unit{"s", 1000}, unit{"m", 60'000}, unit{"min", 60'000},
                             unit{"h", 3'600'000}};
  constexpr std::int64_t longest = std::int64_t{366} * 24 * 3'600'000;
  std::int64_t n = 0;
  const auto* const end = std::to_address(text.end());
  const auto [rest, error] = std::from_chars(std::to_address(text.begin()), end, n);
  const auto found =
      std::ranges::find(units, std::string_view{rest, static_cast<std::size_t>(end - rest)}, &unit::name);
  if (error != std::errc{} || found == units.end() || n < 0 || n > longest / found->ms)
    return std::nullopt;
  return std::chrono::milliseconds{n * found->ms};
}

} // namespace sluice::tool
