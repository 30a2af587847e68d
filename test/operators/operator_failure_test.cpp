// SPDX-License-Identifier: BSD-3-Clause
//
// What is said when a function of the user's throws: which operator it belongs to, in which batch and partition, and
// at which record.
#include <functional>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include "../support/pipeline.hpp"

using namespace sluice;
using namespace std::chrono_literals;
using test::pipeline;

namespace {

using pair = std::pair<int, int>;
using pairs = dstream<pair>;

/// A function of any number of ints: throws if one of them is 13, else their sum.
struct unlucky {
  template <class... Ints>
  int operator()(Ints... xs) const {
    if (((xs == 13) || ...))
      throw std::invalid_argument{"boom"};
    return (xs + ...);
  }
};

constexpr unlucky f;

/// What a program of one operator says that gets these batches, one partition each.
template <class T>
std::string failure_of(const std::function<void(const dstream<T>&)>& compose,
                       const std::vector<std::vector<T>>& batches) {
  test::composing program;
  const auto in = program.input<T>();
  compose(in);
  pipeline run{program};
  try {
    for (const auto& records : batches) {
      run.feed(in, 0, records);
      run.run_batch();
    }
  } catch (const operator_failure& e) {
    return e.what();
  }
  return "nothing";
}

std::string failure_in_batch(const std::function<void(const pairs&)>& compose, const std::vector<pair>& records) {
  return failure_of<pair>(compose, {records});
}

const std::string here = "batch 1000 ms, partition 0: ";

template <class T>
void use(const dstream<T>& stream) {
  stream.foreach_rdd([](const rdd<T>&) {});
}

} // namespace

BOOST_AUTO_TEST_SUITE(failures_of_operators)

BOOST_AUTO_TEST_CASE(functions_of_a_record_are_named_with_it) {
  const auto map = [](const pairs& in) { use(in.map([](const pair& x) { return f(x.second); }).named("parse")); };
  BOOST_TEST(failure_in_batch(map, {{1, 2}, {1, 13}, {1, 3}}) == here + "map 'parse' failed: boom; record: (1,13)");
  const auto filter = [](const pairs& in) { use(in.filter([](const pair& x) { return f(x.second) != 0; })); };
  BOOST_TEST(failure_in_batch(filter, {{1, 2}, {1, 13}}) == here + "filter#1 failed: boom; record: (1,13)");
  const auto ranges = [](const pairs& in) {
    use(in.flat_map([](const pair& x) { return std::vector<int>(3, f(x.second)); }));
  };
  BOOST_TEST(failure_in_batch(ranges, {{1, 2}, {1, 13}}) == here + "flat_map#1 failed: boom; record: (1,13)");
  const auto values = [](const pairs& in) { use(in.map_values(f)); };
  BOOST_TEST(failure_in_batch(values, {{1, 2}, {1, 13}}) == here + "map_values#1 failed: boom; record: (1,13)");
}

BOOST_AUTO_TEST_CASE(of_fused_operators_the_one_is_named_whose_function_threw) {
  const auto compose = [](const pairs& in) {
    use(in.flat_map<int>([](const pair& x, auto& emit) { emit(x.second + 1); })
            .map([](int x) { return x; })
            .filter([](int x) { return f(x) != 0; })
            .named("lucky")
            .map([](int x) { return x; }));
  };
  BOOST_TEST(failure_in_batch(compose, {{1, 2}, {1, 12}}) == here + "filter 'lucky' failed: boom; record: 13");
}

BOOST_AUTO_TEST_CASE(functions_that_reduce_are_named_with_the_record_that_was_added) {
  const auto reduce = [](const pairs& in) { use(in.reduce_by_key(f)); };
  BOOST_TEST(failure_in_batch(reduce, {{1, 2}, {1, 13}}) == here + "reduce_by_key#1 failed: boom; record: (1,13)");
  const auto combine = [](const pairs& in) { use(in.combine_by_key(f, f, f)); };
  BOOST_TEST(failure_in_batch(combine, {{2, 13}}) == here + "combine_by_key#1 failed: boom; record: (2,13)");
  BOOST_TEST(failure_in_batch(combine, {{2, 1}, {2, 13}}) == here + "combine_by_key#1 failed: boom; record: (2,13)");
  const auto by = partitioner{"by luck", 1, [](int key) { return f(key) * 0; }};
  const auto spread = [&by](const pairs& in) { use(in.partition_by(by)); };
  BOOST_TEST(failure_in_batch(spread, {{2, 1}, {13, 1}})
             == here + "partition_by#1 failed in its partitioner: boom; key: 13");
}

BOOST_AUTO_TEST_CASE(functions_of_a_window_are_named_with_record_or_key) {
  const auto plain = [](const pairs& in) { use(in.reduce_by_key_and_window(f, 2s)); };
  BOOST_TEST(failure_of<pair>(plain, {{{1, 2}}, {{1, 13}}})
             == "batch 2000 ms, partition 0: reduce_by_key_and_window(2000 ms)#1 failed: boom; record: (1,13)");
  const auto with_inverse = [](const pairs& in) { use(in.reduce_by_key_and_window(f, std::minus<>{}, 2s)); };
  BOOST_TEST(failure_of<pair>(with_inverse, {{{1, 2}}, {{1, 13}}})
             == "batch 2000 ms, partition 0: reduce_by_key_and_window(2000 ms)#1 failed: boom");
  const auto inverse = [](const pairs& in) { use(in.reduce_by_key_and_window(std::plus<>{}, f, 1s)); };
  BOOST_TEST(failure_of<pair>(inverse, {{{1, 13}}, {}})
             == "batch 2000 ms, partition 0: reduce_by_key_and_window(1000 ms)#1 failed in its inverse function: boom; "
                "record: (1,13)");
  const auto filter = [](const pairs& in) {
    use(in.reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, 1s, {}, {},
                                    [](const pair& x) { return f(x.second) != 0; }));
  };
  BOOST_TEST(failure_in_batch(filter, {{1, 13}})
             == here + "reduce_by_key_and_window(1000 ms)#1 failed in its filter: boom; record: (1,13)");
}

BOOST_AUTO_TEST_CASE(functions_of_a_state_are_named_with_its_key) {
  const auto update = [](const pairs& in) {
    use(in.update_state_by_key([](std::span<const int> xs, std::optional<int> old) {
            return std::optional{f(xs.empty() ? 0 : xs.front(), old.value_or(0))};
          }).named("totals"));
  };
  BOOST_TEST(failure_in_batch(update, {{7, 13}}) == here + "update_state_by_key 'totals' failed: boom; key: 7");
  const auto map = [](const pairs& in) {
    use(in.map_with_state(state_spec<int>([](int, const std::optional<int>& x, state<int>&) { return f(*x); })));
  };
  BOOST_TEST(failure_in_batch(map, {{7, 13}}) == here + "map_with_state#1 failed: boom; record: (7,Some(13))");
}

BOOST_AUTO_TEST_CASE(functions_of_whole_datasets_are_named) {
  const auto partitions = [](const pairs& in) {
    use(in.map_partitions([](std::span<const pair>) { return std::vector{f(13)}; }));
  };
  BOOST_TEST(failure_in_batch(partitions, {}) == here + "map_partitions#1 failed: boom");
  const auto transform = [](const pairs& in) {
    use(in.transform([](const rdd<pair>& x) {
            f(13);
            return x;
          }).named("changed"));
  };
  BOOST_TEST(failure_in_batch(transform, {}) == here + "transform 'changed' failed: boom");
  const auto output = [](const pairs& in) { in.foreach_rdd([](const rdd<pair>&) { throw 13; }); };
  BOOST_TEST(failure_in_batch(output, {})
             == here + "foreach_rdd#1 failed: an exception of a type not derived from std::exception");
}

BOOST_AUTO_TEST_CASE(whatever_is_in_the_record_and_in_the_message_the_failure_is_one_line_of_bounded_length) {
  using text = std::string_view;
  const auto compose = [](const dstream<text>& in) {
    use(in.map([](text x) -> int { throw std::runtime_error{"no number:\n" + std::string{x}}; }));
  };
  BOOST_TEST(failure_of<text>(compose, {{"a\nb\x1b\xff"}})
             == here + "map#1 failed: no number:\\na\\nb\\x1b\\xff; record: a\\nb\\x1b\\xff");
  const std::string large(100'000, 'x');
  const auto said = failure_of<text>(compose, {{large}});
  BOOST_TEST(said.size() < 1'400U);
  BOOST_TEST(said.find("; record: " + std::string(200, 'x') + "... (100000 bytes)") != said.npos);
}

BOOST_AUTO_TEST_SUITE_END()
