// SPDX-License-Identifier: BSD-3-Clause
//
// The word count on Sluice, written as a user would. The text is in memory before the clock starts: either as it is,
// and a receiver replays it as fast as there is credit (--form totals), or it waits, encoded, in a queue, which leaves
// out what receiving costs: then words are found by `split` (--form batches) or by a function of the user's (--form
// lambda).
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "mapped_file.hpp"
#include "measurement.hpp"
#include "replay.hpp"
#include "signal.hpp"
#include "word_program.hpp"

namespace sluice::bench {

namespace {

/// Stores the lines of a text, which outlives it, and says when it has stored them all.
class replay_receiver : public receiver<std::string_view> {
public:
  replay_receiver(std::string_view text, std::shared_ptr<signal> stored_all)
      : text_{text}, stored_all_{std::move(stored_all)} {}

protected:
  void on_start() override {
    thread_ = std::jthread{[this] { store_all(); }};
  }

  void on_stop() override { thread_ = {}; }

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
  std::jthread thread_;
};

/// What a user writes who does not know `split`.
template <class Emit>
void emit_words(std::string_view line, Emit& emit) {
  const auto* const end = line.data() + line.size();
  for (const auto* p = line.data(); p != end;) {
    const auto* const start = p;
    while (p != end && *p != ' ')
      ++p;
    if (p != start)
      emit(std::string_view(start, p));
    if (p != end)
      ++p;
  }
}

measurement run_totals(const std::string& file, duration interval, const runtime_options& how,
                       const std::string& checkpoint) {
  const mapped_file text{file};
  streaming_context context{interval, how};
  if (!checkpoint.empty())
    context.checkpoint(checkpoint);
  auto stored_all = std::make_shared<signal>();
  word_totals totals;
  count_words(context.receiver_stream<replay_receiver>(text.text(), stored_all).flat_map(split(' ')),
              [&](const counted_words& counts) { totals.add(counts); });
  const stopwatch watch;
  context.start();
  stored_all->wait();
  context.stop(stop_mode::graceful);
  return watch.stop(totals.digest());
}

/// @param split_lines makes the stream of words from that of lines.
template <class F>
measurement run_batches(const std::string& file, const runtime_options& how, F split_lines) {
  const auto queue = queue_of_lines(file);
  const auto batches = queue->size();
  return replay<word_digest>(queue, how, [&](const dstream<std::string_view>& lines, word_digest& result, auto done) {
    count_words(split_lines(lines), digest_batches(result, batches, done));
  });
}

measurement run(const std::string& form, const std::string& file, std::int64_t interval, const runtime_options& how,
                const std::string& checkpoint) {
  if (form == "totals")
    return run_totals(file, duration{interval}, how, checkpoint);
  if (form == "batches")
    return run_batches(file, how, [](const auto& lines) { return lines.flat_map(split(' ')); });
  return run_batches(file, how, [](const auto& lines) {
    return lines.template flat_map<std::string_view>([](std::string_view line, auto& emit) { emit_words(line, emit); });
  });
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  std::string file;
  std::string form = "totals";
  std::int64_t interval = 100;
  sluice::runtime_options how;
  how.threads = 1;
  std::uint32_t partitions = 0;
  std::string checkpoint;
  CLI::App app{"Counts the words of a file on Sluice, and prints what it took."};
  app.add_option("FILE", file, "The text")->required()->check(CLI::ExistingFile);
  app.add_option("--form", form,
                 "totals: of the whole text, through a receiver; batches: of each 100,000 lines, from a queue; lambda: "
                 "the same with a function that finds the words")
      ->check(CLI::IsMember({"totals", "batches", "lambda"}))
      ->capture_default_str();
  app.add_option("--interval", interval, "totals: batch interval in ms")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option_function<std::uint16_t>(
         "--ui", [&how](std::uint16_t port) { how.ui = sluice::ui_options{.port = port}; },
         "Serve the page of the program at this port, to see what that costs")
      ->type_name("PORT");
  app.add_option("--threads", how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--partitions", partitions, "Copies of each stage (default: one a worker thread)")
      ->check(CLI::Range(1, 65536));
  auto* const where =
      app.add_option("--checkpoint", checkpoint, "totals: a checkpoint in this directory, which must be new")
          ->type_name("DIR");
  app.add_flag("--write-ahead-log", how.write_ahead_log,
               "totals: what is received is there, too, before outputs see it")
      ->needs(where);
  CLI11_PARSE(app, argc, argv);
  sluice::set_log_level("error"); // it warns that batches are late, and they are meant to be
  if (partitions != 0)
    how.partitions = partitions;
  try {
    std::cout << to_json(run(form, file, interval, how, checkpoint)) << '\n';
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
