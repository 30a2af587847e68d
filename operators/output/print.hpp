// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include <sluice/actors/base/one_line.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/record/record_text.hpp>
#include <sluice/operators/dataset/rdd.hpp>

namespace sluice {

/// Prints every record.
inline constexpr std::size_t print_all = std::numeric_limits<std::size_t>::max();

namespace detail {

/// The time of a batch in the header of `print`: "1795163056000 ms".
inline std::string time_in_ms(batch_time t) { return to_string(t); }

/// The same of `pprint`: "2026-11-20 08:24:16", in the time zone of the process.
std::string local_time(batch_time t);

/// "prefix-1500.suffix", or "prefix-1500" without a suffix.
std::string batch_directory(const std::string& prefix, const std::string& suffix, batch_time t);

/// A batch as Spark's print shows it: the time between rules, up to `n` records one a line, "..." if there are more, an
/// empty line.
/// @param title said behind the time, unless it is empty: "Time: 1500 ms, counts".
template <record T>
std::string format_print(const rdd<T>& records, std::string_view time, std::size_t n, std::string_view title = {}) {
  constexpr std::string_view rule = "-------------------------------------------\n";
  std::string out;
  out.append(rule)
      .append("Time: ")
      .append(time)
      .append(title.empty() ? "" : ", ")
      .append(on_one_line(title))
      .append("\n")
      .append(rule);
  const auto shown = records.take(n == print_all ? n : n + 1);
  for (std::size_t i = 0; i < std::min(n, shown.size()); ++i) {
    format_record<owned_t<T>>(out, shown[i]);
    out += '\n';
  }
  if (shown.size() > n)
    out += "...\n";
  out += '\n';
  return out;
}

} // namespace detail

} // namespace sluice
