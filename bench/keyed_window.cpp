// SPDX-License-Identifier: BSD-3-Clause
//
// Sums and counts a key in a window of 10 s that slides by 1 s, on Sluice, written as a user would. A batch is a second
// of event time, or so many events; windows are of batches.
#include <iostream>
#include <limits>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "event_data.hpp"
#include "limit_window.hpp"
#include "measurement.hpp"
#include "record_file.hpp"
#include "replay.hpp"

namespace sluice::bench {

namespace {

struct sum {
  std::int64_t total;
  std::uint64_t count;
};

using keyed_sums = rdd<std::pair<std::uint64_t, sum>>;

measurement run(record_file<event>& events, const window_shape& shape, const runtime_options& how,
                const std::string& checkpoint) {
  const auto batches = (events.size() + shape.events_of_a_pane - 1) / shape.events_of_a_pane;
  const duration window{static_cast<std::int64_t>(shape.panes)}; // of batches of a millisecond
  const auto add = [](const sum& a, const sum& b) { return sum{a.total + b.total, a.count + b.count}; };
  const auto subtract = [](const sum& a, const sum& b) { return sum{a.total - b.total, a.count - b.count}; };
  const auto is_in_use = [](const std::pair<std::uint64_t, sum>& x) { return x.second.count != 0; };
  return replay_events<window_digest>(
      events, shape.events_of_a_pane, how,
      [&](auto stream, auto& result, auto done) {
        stream.map([](const event& x) { return std::pair{x.key, sum{x.value, 1}}; })
            .reduce_by_key_and_window(add, subtract, window, {}, {}, is_in_use)
            .foreach_rdd(
                [&result, batches, panes = shape.panes, done, pane = std::size_t{0}](const keyed_sums& sums) mutable {
                  ++pane;
                  if (pane >= panes && pane <= batches)
                    sums.for_each([&](const std::pair<std::uint64_t, sum>& x) {
                      result.add(pane - panes, x.first, x.second.total, x.second.count);
                    });
                  if (pane == batches)
                    done();
                });
      },
      checkpoint);
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  std::string file;
  sluice::bench::window_shape shape;
  std::size_t most_events = std::numeric_limits<std::size_t>::max();
  sluice::runtime_options how;
  how.threads = 1;
  std::uint32_t partitions = 0;
  std::string checkpoint;
  CLI::App app{"Reduces the events of a file a key in sliding windows on Sluice, and prints what it took."};
  app.add_option("FILE", file, "The events")->required()->check(CLI::ExistingFile);
  app.add_option_function<std::uint16_t>(
         "--ui", [&how](std::uint16_t port) { how.ui = sluice::ui_options{.port = port}; },
         "Serve the page of the program at this port, to see what that costs")
      ->type_name("PORT");
  app.add_option("--threads", how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--partitions", partitions, "Copies of each stage (default: one a worker thread)")
      ->check(CLI::Range(1, 65536));
  app.add_option("--events", most_events, "The first so many (default: all)");
  app.add_option("--batch", shape.events_of_a_pane, "Events a batch")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--panes", shape.panes, "Batches a window")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--checkpoint", checkpoint, "Keep the state in this directory, which must be new (default: in memory)")
      ->type_name("DIR");
  CLI11_PARSE(app, argc, argv);
  sluice::set_log_level("error"); // it warns that batches are late, and they are meant to be
  if (partitions != 0)
    how.partitions = partitions;
  try {
    sluice::bench::record_file<sluice::bench::event> events{file, most_events};
    std::cout << to_json(sluice::bench::run(events, shape, how, checkpoint)) << '\n';
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
