// SPDX-License-Identifier: BSD-3-Clause
#include "workloads.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <string_view>

#include "event_data.hpp"

namespace sluice::bench {

namespace {

namespace fs = std::filesystem;

struct program {
  std::string name;
  std::string as_reference;
  std::string command; ///< without the folder and the number of threads
};

/// What contests are, whatever the number of threads.
struct workload {
  std::string bench;
  std::string title;
  std::string unit;
  std::string input; ///< its name
  std::vector<program> programs;
  std::string variant = {};
  std::size_t least_threads = 1;
  std::optional<std::size_t> threads = {}; ///< only with so many
};

program by_hand(const std::string& kind, const std::string& name) {
  return {kind + ", by hand", kind, "bench_hand_written --program " + name};
}

program sluice_as(const std::string& command) { return {"sluice", "", command}; }

workload nexmark(const std::string& query, const std::string& title) {
  return {"nexmark_" + query,
          title + ", from a queue",
          "events",
          "nexmark",
          {by_hand("limit", "limit_" + query), sluice_as("bench_nexmark --query " + query)}};
}

/// keyed_window on fewer events, and one thing different.
workload scaled(const std::string& variant, const std::string& arguments,
                const std::string& input = "events-of-100000-keys") {
  return {"scaling",
          "sum and count a key in 10 batches by 1, of 100,000 events each, of 100,000 keys, but for",
          "events",
          input,
          {{"by hand", "limit", "bench_hand_written --program limit_windows " + arguments},
           sluice_as("bench_keyed_window " + arguments)},
          variant,
          1,
          1};
}

void add_scaling(std::vector<workload>& to) {
  for (const std::string keys : {"1000", "10000", "100000", "1000000"})
    to.push_back(scaled(keys + " keys", "", "events-of-" + keys + "-keys"));
  // Small batches, so that the longest window is full, and few keys, for all of them are results of every batch.
  for (const std::string panes : {"10", "100", "1000"})
    to.push_back(scaled(panes + " batches of 5,000 a window", "--batch 5000 --panes " + panes, "events-of-10000-keys"));
  // A batch takes a millisecond at least: many would take long.
  to.push_back(scaled("1000 events a batch", "--batch 1000 --events 2000000"));
  for (const std::string events : {"10000", "100000", "1000000"})
    to.push_back(scaled(events + " events a batch", "--batch " + events));
  for (const std::size_t threads : {1, 2})
    for (const std::string partitions : {"1", "2", "4", "8", "16"}) {
      to.push_back(scaled(partitions + " partitions", ""));
      to.back().threads = threads;
      to.back().programs.back().command += "--partitions " + partitions;
    }
}

std::vector<workload> make_workloads() {
  std::vector<workload> result{
      {"word_count",
       "words of the whole text, through a receiver",
       "words",
       "text",
       {by_hand("good", "good_totals"), by_hand("limit", "limit_totals"), sluice_as("bench_word_count --form totals")}},
      {"word_count_batches",
       "words of each 100,000 lines, from a queue",
       "words",
       "text",
       {by_hand("good", "good_batches"), by_hand("limit", "limit_batches"),
        sluice_as("bench_word_count --form batches")}},
      {"word_count_lambda",
       "words of each 100,000 lines, found by a function of the user's",
       "words",
       "text",
       {by_hand("limit", "limit_batches"), by_hand("good", "good_batches"),
        sluice_as("bench_word_count --form lambda")}},
      {"keyed_window",
       "sum and count a key in 10 s by 1 s, from a queue",
       "events",
       "events",
       {by_hand("limit", "limit_windows"), sluice_as("bench_keyed_window")}},
      nexmark("q1", "bids in euros"),
      nexmark("q2", "bids for some auctions"),
      nexmark("q5", "auctions with the most bids in 10 s by 2 s"),
      nexmark("q8", "people who register and sell in 10 s"),
      {"socket",
       "lines from a process of its own over loopback, counted with their bytes",
       "lines",
       "text",
       {{"recv and memchr", "bare", "bench_socket --bare"}, sluice_as("bench_socket")}},
      {"two_processes",
       "words of each 100,000 lines, from a queue, in one process and in several",
       "words",
       "text",
       {by_hand("limit", "limit_batches"),
        {"one process", "one", "bench_two_processes --workers 0"},
        {"driver, 1 worker", "", "bench_two_processes --workers 1"},
        {"driver, 2 workers", "", "bench_two_processes --workers 2"}},
       "",
       2},
  };
  add_scaling(result);
  return result;
}

} // namespace

bool options::wants(const std::string& bench) const {
  return names.empty() || std::ranges::find(names, bench) != names.end();
}

std::vector<std::string> workload_names() {
  std::vector<std::string> result;
  for (const auto& x : make_workloads())
    if (result.empty() || result.back() != x.bench)
      result.push_back(x.bench);
  return result;
}

fs::path provide(const std::string& input, const fs::path& programs, const options& how) {
  constexpr std::string_view keyed = "events-of-";
  const auto size = input == "text"            ? how.bytes
                    : input == "events"        ? how.events
                    : input.starts_with(keyed) ? how.scaling_events
                                               : how.nexmark_events;
  const auto folder = programs.parent_path().parent_path() / "bench-data";
  const auto path = folder / (input + "-" + std::to_string(size));
  if (fs::exists(path))
    return path;
  std::cerr << "writing " << path.string() << '\n';
  fs::create_directories(folder);
  const auto unfinished = fs::path{path}.concat(".new");
  if (input == "text")
    write_word_text(unfinished, size);
  else if (input == "events")
    write_events(unfinished, size);
  else if (input.starts_with(keyed))
    write_events(unfinished, size, static_cast<std::uint32_t>(std::stoul(input.substr(keyed.size()))));
  else
    write_nexmark_events(unfinished, size);
  fs::rename(unfinished, path);
  return path;
}

std::vector<contest> make_contests(const fs::path& programs, const options& how) {
  std::vector<contest> result;
  for (const auto& x : make_workloads()) {
    if (!how.wants(x.bench))
      continue;
    const auto input = provide(x.input, programs, how);
    for (const auto threads : x.threads ? std::vector{*x.threads} : how.threads) {
      if (threads < x.least_threads)
        continue;
      std::vector<contender> contenders;
      for (const auto& one : x.programs)
        contenders.push_back(
            {one.name, one.as_reference, (programs / one.command).string() + " --threads " + std::to_string(threads)});
      result.push_back({x.bench, x.variant, threads, x.title, x.unit, input, std::move(contenders)});
    }
  }
  return result;
}

} // namespace sluice::bench
