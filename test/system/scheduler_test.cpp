// SPDX-License-Identifier: BSD-3-Clause
//
// The same program under our scheduler and under CAF's.
#include "contexts.hpp"

#include <array>
#include <string>

#include <pthread.h>

using namespace sluice;
using namespace sluice::test;

namespace {

std::string name_of_this_thread() {
  std::array<char, 16> name{};
  ::pthread_getname_np(::pthread_self(), name.data(), name.size());
  return name.data();
}

struct finding {
  std::vector<std::vector<std::pair<int, int>>> counts;
  std::string thread; ///< on which the output ran
};

/// Counts numbers by their last bit, on two threads and with a shuffle.
finding run_under(scheduler_kind scheduler) {
  journal<std::vector<std::pair<int, int>>> counted;
  journal<std::string> threads;
  auto queue = std::make_shared<record_queue<int>>();
  for (int n = 1; n <= 3; ++n)
    queue->push(std::vector<int>(static_cast<std::size_t>(n), n));
  streaming_context ctx{interval, {.threads = 2, .partitions = 2, .scheduler = scheduler}};
  ctx.queue_stream(queue)
      .map([](int x) { return std::pair{x % 2, 1}; })
      .reduce_by_key(std::plus<>{})
      .foreach_rdd([&](const rdd<std::pair<int, int>>& records) {
        threads.add(name_of_this_thread());
        counted.add(records.collect());
      });
  ctx.start();
  BOOST_TEST_REQUIRE(counted.wait_for(3));
  ctx.stop();
  auto counts = counted.entries();
  counts.resize(3);
  return {counts, threads.entries().front()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(scheduler)

BOOST_AUTO_TEST_CASE(a_program_gives_the_same_under_our_scheduler_and_under_cafs) {
  const std::vector<std::vector<std::pair<int, int>>> expected{{{1, 1}}, {{0, 2}}, {{1, 3}}};
  const auto own = run_under(scheduler_kind::own);
  BOOST_TEST((own.counts == expected));
  BOOST_TEST(own.thread == "sluice.worker");
  const auto cafs = run_under(scheduler_kind::caf);
  BOOST_TEST((cafs.counts == expected));
  BOOST_TEST(cafs.thread != "sluice.worker");
}

BOOST_AUTO_TEST_SUITE_END()
