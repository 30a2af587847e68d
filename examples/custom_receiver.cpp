// SPDX-License-Identifier: BSD-3-Clause
//
// A receiver of one's own: the counter below is all there is to it.
#include <thread>

#include <sluice/sluice.hpp>

class counter : public sluice::receiver<std::int64_t> {
  void on_start() override {
    thread_ = std::jthread{[this] {
      for (std::int64_t n = 0; !is_stopped(); ++n) {
        store(n);
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      }
    }};
  }
  void on_stop() override { thread_ = {}; } // joins it

  std::jthread thread_;
};

int main(int argc, char** argv) {
  return sluice::run(argc, argv, {.about = "Counts what a custom receiver stores."},
                     [](sluice::streaming_context& ctx) {
                       auto numbers = ctx.receiver_stream<counter>();
                       numbers.filter([](std::int64_t n) { return n % 2 == 0; }).count().print();
                     });
}
