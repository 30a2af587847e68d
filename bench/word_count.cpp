// SPDX-License-Identifier: BSD-3-Clause
//
// The word count on Sluice, written as a user would. The text is in memory before the clock starts: either a receiver
// replays it as fast as there is credit (--form totals), or it waits, encoded, in a queue (--form batches), which
// leaves out what receiving costs.
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <CLI/CLI.hpp>

#include <sluice/actors/log.hpp>
#include <sluice/sluice.hpp>

#include "mapped_file.hpp"
#include "measurement.hpp"
#include "micro_batches.hpp"
#include "signal.hpp"

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;

/// Stores the lines of a text, which outlives it, and says when it has stored them all.
class replay : public receiver<std::string_view> {
public:
  replay(std::string_view text, std::shared_ptr<signal> stored_all) : text_{text}, stored_all_{std::move(stored_all)} {}

protected:
  void on_start() override {
    thread_ = std::thread{[this] { store_all(); }};
  }

  void on_stop() override { thread_.join(); }

private:
  void store_all() {
    std::vector<std::string_view> lines;
    while (!text_.empty() && !is_stopped()) {
      lines.clear();
      while (lines.size() < lines_at_once && !text_.empty()) {
        const auto end = text_.find('\n');
        lines.push_back(text_.substr(0, end));
        text_.remove_prefix(std::min(lines.back().size() + 1, text_.size()));
      }
      store(lines);
    }
    stored_all_->set();
  }

  static constexpr std::size_t lines_at_once = 1000;

  std::string_view text_;
  std::shared_ptr<signal> stored_all_;
  std::thread thread_;
};

/// The part of the program that is the same for every input.
template <class F>
void count_words(const dstream<std::string_view>& lines, F use) {
  auto words = lines.flat_map(split(' '));
  auto counts = words.map([](std::string_view w) { return std::pair{w, 1}; }).reduce_by_key(std::plus<>{});
  counts.foreach_rdd(use);
}

using counted_words = rdd<std::pair<std::string_view, int>>;

struct word_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view x) const { return hash_bytes(x); }
};

measurement run_totals(std::string_view text, duration interval, const runtime_options& how) {
  streaming_context context{interval, how};
  auto stored_all = std::make_shared<signal>();
  std::unordered_map<std::string, std::uint64_t, word_hash, std::equal_to<>> totals;
  count_words(context.receiver_stream<replay>(text, stored_all), [&](const counted_words& counts) {
    counts.for_each([&](const std::pair<std::string_view, int>& x) {
      const auto known = totals.find(x.first);
      (known != totals.end() ? known : totals.emplace(x.first, 0).first)->second +=
          static_cast<std::uint64_t>(x.second);
    });
  });
  const stopwatch watch;
  context.start();
  stored_all->wait();
  context.stop(stop_mode::graceful);
  word_digest result;
  for (const auto& [word, count] : totals)
    result.add(word, count);
  return watch.stop(result);
}

measurement run_batches(std::string_view text, duration interval, const runtime_options& how) {
  streaming_context context{interval, how};
  auto queue = std::make_shared<record_queue<std::string_view>>();
  std::size_t left = 0;
  for (auto rest : micro_batches(text)) {
    std::vector<std::string> lines;
    while (!rest.empty()) {
      lines.emplace_back(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(std::min(lines.back().size() + 1, rest.size()));
    }
    queue->push(lines);
    ++left;
  }
  signal counted_all;
  word_digest result;
  std::uint64_t batch = 0;
  count_words(context.queue_stream(queue), [&](const counted_words& counts) {
    if (counts.is_empty())
      return;
    counts.for_each([&](const std::pair<std::string_view, int>& x) {
      result.add(x.first, static_cast<std::uint64_t>(x.second), batch);
    });
    ++batch;
    if (--left == 0)
      counted_all.set();
  });
  const stopwatch watch;
  context.start();
  counted_all.wait();
  const auto measured = watch.stop(result);
  context.stop(stop_mode::immediate);
  return measured;
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  std::string file;
  std::string form = "totals";
  std::int64_t interval = 0;
  sluice::runtime_options how;
  how.threads = 1;
  std::uint32_t partitions = 0;
  CLI::App app{"Counts the words of a file on Sluice, and prints what it took."};
  app.add_option("FILE", file, "The text")->required()->check(CLI::ExistingFile);
  app.add_option("--form", form,
                 "totals: of the whole text, through a receiver; batches: of each 100,000 lines, from a "
                 "queue")
      ->check(CLI::IsMember({"totals", "batches"}))
      ->capture_default_str();
  app.add_option("--interval", interval, "Batch interval in ms (default: 100 for totals, 1 for batches)")
      ->check(CLI::PositiveNumber);
  app.add_option("--threads", how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--partitions", partitions, "Copies of each stage (default: one a worker thread)")
      ->check(CLI::Range(1, 65536));
  CLI11_PARSE(app, argc, argv);
  sluice::set_log_level("warning");
  if (partitions != 0)
    how.partitions = partitions;
  try {
    const auto totals = form == "totals";
    const sluice::duration step{interval != 0 ? interval : totals ? 100 : 1};
    const mapped_file text{file};
    std::cout << to_json((totals ? run_totals : run_batches)(text.text(), step, how)) << '\n';
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
