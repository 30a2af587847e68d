// SPDX-License-Identifier: BSD-3-Clause
//
// Sums and counts a key in a window of 10 s that slides by 1 s, on Sluice, written as a user would. A batch is a second
// of event time; windows are of batches.
#include <iostream>
#include <span>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include <sluice/actors/log.hpp>
#include <sluice/sluice.hpp>

#include "event_data.hpp"
#include "limit_window.hpp"
#include "mapped_file.hpp"
#include "measurement.hpp"
#include "replayed_events.hpp"

namespace sluice::bench {

namespace {

struct sum {
  std::int64_t total;
  std::uint64_t count;
};

using keyed_sums = rdd<std::pair<std::uint64_t, sum>>;

measurement run(std::span<const event> events, const runtime_options& how) {
  const auto panes = (events.size() + events_per_second - 1) / events_per_second;
  const auto add = [](const sum& a, const sum& b) { return sum{a.total + b.total, a.count + b.count}; };
  const auto subtract = [](const sum& a, const sum& b) { return sum{a.total - b.total, a.count - b.count}; };
  const auto is_in_use = [](const std::pair<std::uint64_t, sum>& x) { return x.second.count != 0; };
  return replay_events<window_digest>(events, events_per_second, how, [&](auto stream, auto& result, auto done) {
    stream.map([](const event& x) { return std::pair{x.key, sum{x.value, 1}}; })
        .reduce_by_key_and_window(add, subtract, duration{panes_of_a_window}, {}, {}, is_in_use)
        .foreach_rdd([&result, panes, done, pane = std::size_t{0}](const keyed_sums& sums) mutable {
          ++pane;
          if (pane >= panes_of_a_window && pane <= panes)
            sums.for_each([&](const std::pair<std::uint64_t, sum>& x) {
              result.add(pane - panes_of_a_window, x.first, x.second.total, x.second.count);
            });
          if (pane == panes)
            done();
        });
  });
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  std::string file;
  sluice::runtime_options how;
  how.threads = 1;
  CLI::App app{"Reduces the events of a file a key in sliding windows on Sluice, and prints what it took."};
  app.add_option("FILE", file, "The events")->required()->check(CLI::ExistingFile);
  app.add_option("--threads", how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  sluice::set_log_level("warning");
  try {
    const sluice::bench::mapped_file input{file};
    std::cout << to_json(sluice::bench::run(input.records<sluice::bench::event>(), how)) << '\n';
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
