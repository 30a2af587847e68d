// SPDX-License-Identifier: BSD-3-Clause
//
// A program that feeds itself: a thread pushes datasets into a queue, each batch takes one.
#include <functional>
#include <memory>
#include <thread>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  auto queue = std::make_shared<sluice::record_queue<int>>();
  std::jthread feeder{[queue](const std::stop_token& stop) {
    for (int n = 0; n < 30 && !stop.stop_requested(); ++n) {
      std::vector<int> numbers(1000);
      for (int i = 0; i < 1000; ++i)
        numbers[static_cast<std::size_t>(i)] = i;
      queue->push(numbers);
      std::this_thread::sleep_for(std::chrono::seconds{1});
    }
  }};
  return sluice::run(argc, argv, {.about = "Counts numbers by their last digit."},
                     [queue](sluice::streaming_context& ctx) {
                       auto numbers = ctx.queue_stream(queue);
                       auto digits = numbers.map([](int x) { return std::pair{x % 10, 1}; });
                       digits.reduce_by_key(std::plus<>{}).print();
                     });
}
