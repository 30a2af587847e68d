// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::pipeline;

namespace {

std::vector<int> numbers_of(const std::vector<rdd<int>>& datasets) {
  std::vector<int> result;
  for (const auto& x : datasets)
    for (const auto n : x.collect())
      result.push_back(n);
  return result;
}

std::vector<int> slice(const dstream<int>& of, std::int64_t from, std::int64_t to) {
  return numbers_of(of.slice(batch_time{from}, batch_time{to}));
}

} // namespace

BOOST_AUTO_TEST_SUITE(history)

BOOST_AUTO_TEST_CASE(a_slice_has_the_datasets_of_its_times_rounded_down) {
  test::composing program;
  program.scope().remember = 10s;
  const auto in = program.input<int>();
  const auto kept = in.map([](int x) { return x; }).persist();
  const auto windows = in.window(2s, 2s).cache();
  BOOST_CHECK_THROW(slice(kept, 0, 1000), runtime_failure); // has not been initialized
  pipeline run{program, {.partitions = 2}};
  for (auto n = 1; n <= 6; ++n) {
    run.feed(in, 0, std::vector{n});
    run.cut();
  }
  run.run();
  BOOST_TEST((slice(kept, 2000, 4000) == std::vector{2, 3, 4}));
  BOOST_TEST((slice(kept, 2999, 4999) == std::vector{2, 3, 4}));
  BOOST_TEST((slice(kept, -5000, 1999) == std::vector{1}));
  BOOST_TEST((slice(kept, 6000, 60'000) == std::vector{6}));
  BOOST_TEST(slice(kept, 7000, 60'000).empty());
  BOOST_TEST(slice(kept, 4000, 3000).empty());
  BOOST_TEST((slice(windows, 3999, 4000) == std::vector{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(datasets_are_forgotten_after_the_time_to_remember) {
  for (const auto& [remember, expected] : {std::pair{0s, std::vector{6}}, std::pair{3s, std::vector{4, 5, 6}}}) {
    test::composing program;
    program.scope().remember = remember;
    const auto kept = program.input<int>().persist();
    pipeline run{program};
    for (auto n = 1; n <= 6; ++n) {
      run.feed(kept, 0, std::vector{n});
      run.cut();
    }
    run.run();
    BOOST_TEST((slice(kept, 0, 10'000) == expected));
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_not_persisted_has_no_slices_and_persisting_twice_is_once) {
  test::composing program;
  const auto in = program.input<int>();
  BOOST_CHECK_THROW(slice(in, 0, 1000), usage_error);
  in.persist().persist();
  BOOST_TEST(program.graph().outputs() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
