// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of the user's that throw: as dead letters, and with error_policy::skip_batch.
#include <functional>
#include <map>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::pipeline;

namespace {

using pair = std::pair<int, int>;

int refuse_13(int x) {
  if (x == 13)
    throw std::invalid_argument{"13 brings bad luck"};
  return x;
}

template <class T>
std::vector<T> sorted(std::vector<T> xs) {
  std::ranges::sort(xs);
  return xs;
}

pipeline::options skipping(std::uint32_t partitions, std::uint64_t seed) {
  return {.partitions = partitions, .seed = seed, .block_records = 2, .on_error = error_policy::skip_batch};
}

/// Feeds batches to the one input of a program and runs them, a few at a time.
template <class T>
void run_all(const test::composing& program, const dstream<T>& in, const pipeline::options& how,
             const std::vector<std::vector<T>>& batches) {
  pipeline run{program, how};
  for (const auto& records : batches) {
    run.feed(in, 0, records);
    run.cut();
    run.run_some(3);
  }
  run.run();
}

} // namespace

BOOST_AUTO_TEST_SUITE(errors_of_functions)

BOOST_AUTO_TEST_CASE(a_record_whose_function_throws_goes_to_the_dead_letters) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    test::composing program;
    const auto in = program.input<int>();
    const auto mapped = in.map([](int x) { return refuse_13(x) * 10; });
    const auto kept = in.filter([](int x) { return refuse_13(x) % 2 == 0; });
    const auto doubled = in.flat_map([](int x) { return std::vector<int>(2, refuse_13(x)); });
    const auto emitted = in.flat_map<int>([](int x, auto& emit) {
      emit(x);
      emit(refuse_13(x));
    });
    const auto valued = in.map([](int x) { return pair{1, x}; }).map_values(&refuse_13);
    std::vector<std::shared_ptr<test::batches<dead_letter>>> dead;
    dead.push_back(test::collect(mapped.dead_letters()));
    dead.push_back(test::collect(kept.dead_letters()));
    dead.push_back(test::collect(doubled.dead_letters()));
    dead.push_back(test::collect(emitted.dead_letters()));
    dead.push_back(test::collect(valued.dead_letters()));
    const auto good = test::collect(mapped);
    const auto even = test::collect(kept);
    const auto twice = test::collect(doubled);
    const auto both = test::collect(emitted);
    const auto values = test::collect(valued);
    run_all<int>(program, in, {.partitions = 1 + static_cast<std::uint32_t>(seed % 3), .seed = seed},
                 {{12, 13, 14}, {15}});
    BOOST_TEST((sorted(good->at(1000)) == std::vector{120, 140}));
    BOOST_TEST((sorted(even->at(1000)) == std::vector{12, 14}));
    BOOST_TEST((sorted(twice->at(1000)) == std::vector{12, 12, 14, 14}));
    BOOST_TEST((sorted(both->at(1000)) == std::vector{12, 12, 13, 14, 14}));
    BOOST_TEST((sorted(values->at(1000)) == std::vector<pair>{{1, 12}, {1, 14}}));
    BOOST_TEST((good->at(2000) == std::vector{150}));
    for (const auto& letters : dead) {
      BOOST_REQUIRE(letters->at(1000).size() == 1U);
      BOOST_TEST(letters->at(1000)[0].error == "13 brings bad luck");
      BOOST_TEST(letters->at(1000)[0].record == (letters == dead.back() ? "(1,13)" : "13"));
      BOOST_TEST(letters->at(2000).empty());
    }
    BOOST_TEST(dead[0]->at(1000)[0].stream.starts_with("map#"));
  }
}

BOOST_AUTO_TEST_CASE(what_throws_behind_an_operator_is_not_its_dead_letter) {
  test::composing program;
  const auto in = program.input<int>();
  const auto same = in.flat_map<int>([](int x, auto& emit) { emit(x); });
  test::collect(same.dead_letters());
  test::collect(same.map([](int x) { return refuse_13(x); }));
  pipeline run{program};
  run.feed(in, 0, std::vector{13});
  run.cut();
  BOOST_CHECK_EXCEPTION(run.run(), operator_failure, [](const operator_failure& e) {
    return std::string_view{e.what()}.ends_with("map#3 failed: 13 brings bad luck; record: 13");
  });
}

BOOST_AUTO_TEST_CASE(only_functions_of_a_record_have_dead_letters) {
  test::composing program;
  const auto in = program.input<pair>();
  BOOST_CHECK_THROW(in.dead_letters(), usage_error);
  BOOST_CHECK_THROW(in.reduce_by_key(std::plus<>{}).dead_letters(), usage_error);
  const auto mapped = in.map([](const pair& x) { return x; });
  BOOST_CHECK_THROW(mapped.dead_letters().dead_letters(), usage_error);
}

BOOST_AUTO_TEST_CASE(outputs_that_depend_on_a_failed_batch_do_not_run_for_it_and_the_others_do) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    test::composing program;
    const auto in = program.input<int>();
    const auto pairs = in.map([](int x) { return pair{x % 3, x}; }).partition_by();
    const auto bad = pairs.map([](const pair& x) { return pair{x.first, refuse_13(x.second)}; });
    const auto failing = test::collect(bad);
    const auto failing_later = test::collect(bad.reduce_by_key(std::plus<>{}).count());
    const auto failing_reduction =
        test::collect(pairs.reduce_by_key([](int a, int b) { return refuse_13(a) + refuse_13(b); }));
    const auto sound = test::collect(in.count());
    run_all<int>(program, in, skipping(1 + static_cast<std::uint32_t>(seed % 3), seed),
                 {{1, 2, 3}, {12, 13, 14, 16}, {4}, {10, 13}, {5}});
    const auto times = [](const auto& x) {
      std::vector<std::int64_t> result;
      for (const auto& [t, records] : *x)
        result.push_back(t);
      return result;
    };
    const std::vector<std::int64_t> good{1000, 3000, 5000};
    const std::vector<std::int64_t> all{1000, 2000, 3000, 4000, 5000};
    BOOST_TEST(times(failing) == good, boost::test_tools::per_element());
    BOOST_TEST(times(failing_later) == good, boost::test_tools::per_element());
    BOOST_TEST(times(failing_reduction) == good, boost::test_tools::per_element());
    BOOST_TEST(times(sound) == all, boost::test_tools::per_element());
    BOOST_TEST((failing->at(3000) == std::vector<pair>{{1, 4}}));
    BOOST_TEST(sound->at(2000).at(0) == 4);
  }
}

BOOST_AUTO_TEST_CASE(a_failed_output_does_not_keep_another_from_running) {
  test::composing program;
  const auto in = program.input<int>();
  in.foreach_rdd([](const rdd<int>& x) {
    for (const auto n : x.collect())
      refuse_13(n);
  });
  const auto second = test::collect(in);
  run_all<int>(program, in, skipping(2, 1), {{13}, {1}});
  BOOST_TEST(second->size() == 2U);
}

BOOST_AUTO_TEST_CASE(state_and_windows_take_a_failed_batch_as_empty) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    test::composing program;
    const auto in = program.input<int>();
    const auto ones = in.map([](int x) { return pair{1, refuse_13(x)}; });
    const auto totals = test::collect(ones.update_state_by_key([](std::span<const int> xs, std::optional<int> old) {
      auto sum = old.value_or(0);
      for (const auto x : xs)
        sum += x;
      return std::optional{sum};
    }));
    const auto sums = test::collect(ones.reduce_by_key_and_window(std::plus<>{}, 3s));
    const auto differences = test::collect(ones.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, 3s));
    const auto records = test::collect(ones.window(3s));
    run_all<int>(program, in, skipping(1 + static_cast<std::uint32_t>(seed % 3), seed), {{1}, {2, 13}, {4}, {8}});
    BOOST_TEST(!totals->contains(2000));
    BOOST_TEST((totals->at(3000) == std::vector<pair>{{1, 5}}));
    BOOST_TEST(!sums->contains(2000));
    BOOST_TEST((sums->at(3000) == std::vector<pair>{{1, 5}}));
    BOOST_TEST((sums->at(4000) == std::vector<pair>{{1, 12}}));
    BOOST_TEST((differences->at(4000) == std::vector<pair>{{1, 12}}));
    BOOST_TEST((sorted(records->at(3000)) == std::vector<pair>{{1, 1}, {1, 4}}));
  }
}

BOOST_AUTO_TEST_CASE(a_state_whose_own_function_throws_stays_as_it_was) {
  test::composing program;
  const auto in = program.input<pair>();
  const auto totals = test::collect(in.update_state_by_key([](std::span<const int> xs, std::optional<int> old) {
    auto sum = old.value_or(0);
    for (const auto x : xs)
      sum += refuse_13(x);
    return std::optional{sum};
  }));
  pipeline run{program, skipping(1, 0)};
  const auto feed = [&](const std::vector<pair>& records) {
    run.feed(in, 0, records);
    run.run_batch();
  };
  feed({{1, 1}, {2, 1}, {3, 1}});
  feed({{1, 10}, {2, 13}, {3, 10}});
  feed({{1, 100}});
  BOOST_TEST(!totals->contains(2000));
  BOOST_TEST((sorted(totals->at(3000)) == std::vector<pair>{{1, 101}, {2, 1}, {3, 1}}));
  BOOST_TEST(run.updates().size() == 3U); // every batch owes the store one
}

BOOST_AUTO_TEST_SUITE_END()
