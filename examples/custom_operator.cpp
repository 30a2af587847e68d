// SPDX-License-Identifier: BSD-3-Clause
//
// An input, an operator and an output of one's own: a thermometer, the range of its readings in each batch, and a file
// that gets a line a batch. Try it:
//
//   ./dev run custom_operator ranges.csv
#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <sluice/sluice.hpp>

/// The input: a receiver, and a function that makes a value of it with all that the runtime wants to know.
class thermometer : public sluice::receiver<double> {
public:
  explicit thermometer(std::chrono::milliseconds pause) : pause_{pause} {}

private:
  void on_start() override {
    thread_ = std::jthread{[this] {
      for (int n = 0; !is_stopped(); ++n) {
        store(n % 40 - 10);
        std::this_thread::sleep_for(pause_);
      }
    }};
  }
  void on_stop() override { thread_ = {}; } // joins it

  std::chrono::milliseconds pause_;
  std::jthread thread_;
};

sluice::input<double> thermometer_input(std::chrono::milliseconds pause) {
  return {.kind = "thermometer_stream",
          .description = "thermometer, read every " + std::to_string(pause.count()) + " ms",
          .make_receiver = [pause] { return std::make_shared<thermometer>(pause); }};
}

struct range {
  double least;
  double greatest;
};

range cover(const range& a, const range& b) { return {std::min(a.least, b.least), std::max(a.greatest, b.greatest)}; }

/// The operator: one range a batch and partition. Its members are what it knows of the batch.
class range_of_batch {
public:
  using emits = range;
  static constexpr auto kind = "range_of_batch";

  void on_record(double x, auto& /*emit*/) { seen_ = cover(seen_, {x, x}); }

  void on_batch_end(sluice::batch_time, auto& emit) const {
    if (seen_.least <= seen_.greatest)
      emit(seen_);
  }

private:
  static constexpr auto infinity = std::numeric_limits<double>::infinity();

  range seen_{infinity, -infinity};
};

/// The output: a file with a line for each range.
class csv_file {
public:
  static constexpr auto kind = "csv_file";

  explicit csv_file(std::string path) : path_{std::move(path)} {}

  void on_start() { file_.open(path_); }

  void on_batch(const sluice::rdd<range>& ranges, sluice::batch_time t) {
    ranges.for_each([&](const range& x) { file_ << t.ms() << ',' << x.least << ',' << x.greatest << '\n'; });
    if (!file_.flush())
      throw std::runtime_error{"cannot write to " + path_};
  }

private:
  std::string path_;
  std::ofstream file_;
};

int main(int argc, char** argv) {
  return sluice::run(argc, argv,
                     {.about = "Writes the range of a thermometer's readings in each batch to a file.",
                      .arguments = {{"FILE", "where the ranges go"}}},
                     [](sluice::streaming_context& ctx) {
                       auto readings = ctx.stream(thermometer_input(std::chrono::milliseconds{5}));
                       readings.apply(range_of_batch{}).reduce(&cover).write_to(csv_file{ctx.argument("FILE")});
                     });
}
