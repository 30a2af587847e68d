// SPDX-License-Identifier: BSD-3-Clause
//
// What no engine can beat, written by hand: what the other programs are measured against.
#include <algorithm>
#include <iostream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "good_word_count.hpp"
#include "limit_nexmark.hpp"
#include "limit_window.hpp"
#include "limit_word_count.hpp"
#include "mapped_file.hpp"
#include "measurement.hpp"
#include "micro_batches.hpp"
#include "parallel.hpp"

namespace sluice::bench {

namespace {

/// The text in as many parts of whole lines.
std::vector<std::string_view> split_evenly(std::string_view text, std::size_t parts) {
  std::vector<std::string_view> result;
  for (; parts > 1; --parts) {
    result.push_back(text.substr(0, std::min(text.find('\n', text.size() / parts), text.size() - 1) + 1));
    text.remove_prefix(result.back().size());
  }
  result.push_back(text);
  return result;
}

/// How often each word occurs in the text: a thread a part, then the tables are merged.
template <class Table>
word_digest count_totals(std::string_view text, std::size_t threads) {
  std::vector<Table> tables(threads);
  const auto parts = split_evenly(text, threads);
  run_on(threads, [&](std::size_t i) { tables[i].count_words(parts[i]); });
  for (std::size_t i = 1; i < threads; ++i)
    tables[0].merge(tables[i]);
  word_digest result;
  tables[0].for_each([&](std::string_view word, std::uint64_t count) { result.add(word, count); });
  return result;
}

/// How often each word occurs in each micro-batch: a thread a batch, in turn, so that nothing is to be merged.
template <class Table>
word_digest count_batches(std::string_view text, std::size_t threads) {
  const auto batches = micro_batches(text);
  std::vector<word_digest> results(threads);
  run_on(threads, [&](std::size_t me) {
    Table table;
    word_digest result;
    for (auto i = me; i < batches.size(); i += threads) {
      table.count_words(batches[i]);
      table.for_each([&](std::string_view word, std::uint64_t count) { result.add(word, count, i); });
      table.clear();
    }
    results[me] = result;
  });
  for (std::size_t i = 1; i < threads; ++i)
    results[0].merge(results[i]);
  return results[0];
}

/// How to do it.
struct options {
  std::size_t threads = 1;
  std::size_t most_events = std::numeric_limits<std::size_t>::max();
  window_shape windows;
};

template <class Table>
digest totals(const mapped_file& file, const options& how) {
  return count_totals<Table>(file.text(), how.threads);
}

template <class Table>
digest batches(const mapped_file& file, const options& how) {
  return count_batches<Table>(file.text(), how.threads);
}

digest windows(const mapped_file& file, const options& how) {
  const auto all = file.records<event>();
  return limit_of_windows(all.first(std::min(all.size(), how.most_events)), how.windows, how.threads);
}

template <digest (*query)(limit_nexmark::events, std::size_t)>
digest nexmark(const mapped_file& file, const options& how) {
  return query(file.records<nexmark_event>(), how.threads);
}

const std::map<std::string, digest (*)(const mapped_file&, const options&)> programs{
    {"good_totals", totals<good_table>},
    {"good_batches", batches<good_table>},
    {"limit_totals", totals<limit_table>},
    {"limit_batches", batches<limit_table>},
    {"limit_windows", windows},
    {"limit_q1", nexmark<limit_nexmark::q1>},
    {"limit_q2", nexmark<limit_nexmark::q2>},
    {"limit_q5", nexmark<limit_nexmark::q5>},
    {"limit_q8", nexmark<limit_nexmark::q8>},
};

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  std::string file;
  std::string program;
  options how;
  CLI::App app{"Does the work of a bench without an engine, and prints what it took. The good programs are what one "
               "writes in an afternoon, the limits are the fastest known."};
  app.add_option("FILE", file, "The input")->required()->check(CLI::ExistingFile);
  app.add_option("--program", program, "What to do")->required()->check(CLI::IsMember(programs));
  app.add_option("--threads", how.threads, "Threads that work")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--events", how.most_events, "limit_windows: the first so many (default: all)");
  app.add_option("--batch", how.windows.events_of_a_pane, "limit_windows: events a pane")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--panes", how.windows.panes, "limit_windows: panes a window")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const mapped_file input{file};
    const stopwatch watch;
    const auto result = programs.at(program)(input, how);
    std::cout << to_json(watch.stop(result)) << '\n';
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
