// SPDX-License-Identifier: BSD-3-Clause
//
// The word counts that no engine can beat, written by hand: what bench_word_count is measured against.
#include <iostream>
#include <map>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>

#include "good_word_count.hpp"
#include "limit_word_count.hpp"
#include "measurement.hpp"
#include "micro_batches.hpp"
#include "word_text.hpp"

namespace sluice::bench {

namespace {

/// Calls work(0) ... work(threads - 1) at once.
template <class F>
void run_on(std::size_t threads, F work) {
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i)
    others.emplace_back([work, i] { work(i); });
  work(0);
}

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

struct options {
  std::string file;
  std::string program = "good";
  std::string form = "totals";
  std::size_t threads = 1;
};

measurement run(const options& how) {
  const mapped_text text{how.file};
  const std::map<std::string, word_digest (*)(std::string_view, std::size_t)> programs{
      {"good totals", count_totals<good_table>},
      {"good batches", count_batches<good_table>},
      {"limit totals", count_totals<limit_table>},
      {"limit batches", count_batches<limit_table>},
  };
  const auto count = programs.at(how.program + " " + how.form);
  const stopwatch watch;
  const auto result = count(text.view(), how.threads);
  return watch.stop(result);
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  sluice::bench::options how;
  CLI::App app{"Counts the words of a file without an engine, and prints what it took."};
  app.add_option("FILE", how.file, "The text")->required()->check(CLI::ExistingFile);
  app.add_option("--program", how.program, "good: a byte loop and a table of views; limit: SIMD and a table of words")
      ->check(CLI::IsMember({"good", "limit"}))
      ->capture_default_str();
  app.add_option("--form", how.form, "totals: over the whole text; batches: of each 100,000 lines")
      ->check(CLI::IsMember({"totals", "batches"}))
      ->capture_default_str();
  app.add_option("--threads", how.threads, "Threads that count")->check(CLI::Range(1, 1024))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    std::cout << to_json(run(how)) << '\n';
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
