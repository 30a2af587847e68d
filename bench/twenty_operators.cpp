// SPDX-License-Identifier: BSD-3-Clause
//
// A program of twenty operators, of the sort that a user writes: how long it takes to compile is a bench of its own.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/sluice.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct reading {
  std::int64_t device;
  double value;
};

std::optional<reading> parse(std::string_view line) {
  const auto comma = line.find(',');
  if (comma == std::string_view::npos)
    return std::nullopt;
  try {
    return reading{std::stoll(std::string{line.substr(0, comma)}), std::stod(std::string{line.substr(comma + 1)})};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void compose(streaming_context& context) {
  const auto lines = context.socket_text_stream(context.argument("HOST"), parse_port(context.argument("PORT")));
  const auto words = lines.flat_map(split(' '));
  const auto pairs = words.map([](std::string_view word) { return std::pair{word, 1}; });
  const auto counts = pairs.reduce_by_key(std::plus<>{});
  counts.print();
  pairs.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, 30s, 1s).print();
  const auto totals = pairs.update_state_by_key(
      [](std::span<const int> values, std::optional<std::int64_t> sum) -> std::optional<std::int64_t> {
        return std::accumulate(values.begin(), values.end(), sum.value_or(0));
      });
  totals.print();

  const auto readings = lines.map(parse)
                            .filter([](const std::optional<reading>& x) { return x.has_value(); })
                            .map([](const std::optional<reading>& x) { return *x; });
  const auto by_device = readings.map([](const reading& x) { return std::pair{x.device, x.value}; });
  const auto highest = by_device.reduce_by_key([](double a, double b) { return std::max(a, b); });
  const auto all = by_device.group_by_key();
  highest.join(all)
      .map_values([](const auto& x) { return std::pair{x.first, static_cast<std::int64_t>(x.second.size())}; })
      .print();
  by_device
      .map_with_state(state_spec<double>([](const auto&, const std::optional<double>& value, state<double>& sum) {
        sum.update(sum.get_option().value_or(0) + value.value_or(0));
        return sum.get();
      }))
      .filter([](double sum) { return sum > 100; })
      .print();
}

} // namespace
int main(int argc, char** argv) {
  return run(argc, argv,
             {.about = "Takes twenty looks at what a TCP server sends.",
              .arguments = {{"HOST", "where the server is"}, {"PORT", "its port"}}},
             compose);
}
