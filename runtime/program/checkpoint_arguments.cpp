// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/checkpoint_arguments.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

namespace {

/// The whole number that `text` is, and nothing else.
std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t result = 0;
  const auto* const end = std::to_address(text.end());
  const auto [last, problem] = std::from_chars(std::to_address(text.begin()), end, result);
  if (problem != std::errc{} || last != end || result < 0)
    return std::nullopt;
  return result;
}

/// "10m"
std::optional<duration> duration_in(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  constexpr std::int64_t most = 1'000'000'000;
  for (const auto& [unit, ms] : units)
    if (text.ends_with(unit))
      if (const auto n = number_in(text.substr(0, text.size() - unit.size())); n && *n <= most)
        return duration{*n * ms};
  return std::nullopt;
}

/// The numbers of `text`, whose separators are those of `form`, as far as there are any: each '0' of `form` is a digit.
std::optional<std::string> digits_like(std::string_view text, std::string_view form) {
  std::string digits;
  if (text.size() != form.size())
    return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (form[i] == '0' && text[i] >= '0' && text[i] <= '9')
      digits += text[i];
    else if (form[i] == '0' || (text[i] != form[i] && !(form[i] == ' ' && text[i] == 'T')))
      return std::nullopt;
  return digits;
}

std::optional<batch_time> local_time_in(std::string_view text) {
  constexpr std::string_view longest = "0000-00-00 00:00:00.000";
  for (const auto length : {std::size_t{16}, std::size_t{19}, longest.size()})
    if (auto digits = digits_like(text, longest.substr(0, length))) {
      digits->resize(17, '0');
      const auto part = [&digits](std::size_t at, std::size_t size) {
        return static_cast<int>(number_in(std::string_view{*digits}.substr(at, size)).value_or(0));
      };
      std::tm local{};
      local.tm_year = part(0, 4) - 1900;
      local.tm_mon = part(4, 2) - 1;
      local.tm_mday = part(6, 2);
      local.tm_hour = part(8, 2);
      local.tm_min = part(10, 2);
      local.tm_sec = part(12, 2);
      local.tm_isdst = -1;
      const auto asked = local;
      const auto seconds = std::mktime(&local); // which corrects days and hours that there are not
      if (seconds < 0 || local.tm_mon != asked.tm_mon || local.tm_mday != asked.tm_mday)
        return std::nullopt;
      return batch_time{std::int64_t{seconds} * 1000 + part(14, 3)};
    }
  return std::nullopt;
}

} // namespace

kept_versions parse_kept_versions(const std::string& text) {
  kept_versions result{.count = 0};
  const auto comma = text.find(',');
  const auto first = std::string_view{text}.substr(0, comma);
  const auto second = comma == std::string::npos ? std::string_view{} : std::string_view{text}.substr(comma + 1);
  const auto count = number_in(first);
  const auto time = duration_in(count ? second : first);
  const bool is_whole = count ? comma == std::string::npos || time : time && comma == std::string::npos;
  if (!is_whole || (count && *count > kept_versions::most))
    throw usage_error{"--keep-versions takes a number up to " + std::to_string(kept_versions::most)
                      + ", a time as 10m, or both as 20,10m; not '" + text + "'"};
  result.count = static_cast<std::uint32_t>(count.value_or(1));
  result.time = time.value_or(duration{0});
  return result;
}

batch_time parse_recovery_time(const std::string& text) {
  if (const auto ms = number_in(text))
    return batch_time{*ms};
  if (const auto local = local_time_in(text))
    return *local;
  throw usage_error{"--recover-at takes a batch time in ms, or a local time as '2026-01-31 23:59:59'; not '" + text
                    + "'"};
}

std::pair<std::string, std::string> parse_rename(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw usage_error{"--rename-state takes OLD=NEW, the names of a state in the checkpoint and in the program; not '"
                      + text + "'"};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

} // namespace sluice
