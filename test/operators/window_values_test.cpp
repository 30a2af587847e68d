// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/window_values.hpp>

#include <map>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace sluice::detail;

namespace {

/// Panes with their values, of which a window reduces those that are not too old.
struct truth {
  std::map<std::int64_t, std::string> panes;

  std::optional<std::string> slide(std::int64_t first) const {
    std::optional<std::string> result;
    for (auto i = panes.lower_bound(first); i != panes.end(); ++i)
      result = result ? *result + i->second : i->second;
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(window_values)

BOOST_AUTO_TEST_CASE(two_stacks_reduce_what_is_in_the_window_in_its_order) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random{seed};
    // Appending is associative and not commutative: a wrong order shows.
    auto append = [](const std::string& a, const std::string& b) { return a + b; };
    const auto length = static_cast<std::int64_t>(1 + random() % 9);
    two_stacks<std::string> values;
    truth expected;
    for (std::int64_t pane = 0; pane < 60; ++pane) {
      for (auto n = random() % 3; n != 0; --n) {
        const std::string x(1, static_cast<char>('a' + random() % 26));
        values.add(append, pane, x);
        expected.panes[pane] += x;
      }
      if (random() % 3 != 0)
        BOOST_REQUIRE(values.slide(append, pane - length + 1) == expected.slide(pane - length + 1));
    }
  }
}

BOOST_AUTO_TEST_CASE(two_stacks_call_the_function_a_few_times_a_slide_whatever_the_length) {
  for (const std::int64_t length : {10, 1'000}) {
    std::size_t calls = 0;
    auto add = [&calls](std::int64_t a, std::int64_t b) {
      ++calls;
      return a + b;
    };
    two_stacks<std::int64_t> values;
    for (std::int64_t pane = 0; pane < 10'000; ++pane) {
      values.add(add, pane, 1);
      BOOST_REQUIRE(values.slide(add, pane - length + 1) == std::min(pane + 1, length));
    }
    BOOST_TEST(calls < 30'000U, calls << " calls for 10,000 slides of " << length);
  }
}

BOOST_AUTO_TEST_CASE(a_running_total_is_that_of_the_window_and_stays_when_it_empties) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random{seed};
    auto add = [](std::int64_t a, std::int64_t b) { return a + b; };
    auto subtract = [](std::int64_t a, std::int64_t b) { return a - b; };
    const auto length = static_cast<std::int64_t>(1 + random() % 9);
    const auto step = static_cast<std::int64_t>(1 + random() % 12); // may be longer than the window
    running_total<std::int64_t> values;
    std::map<std::int64_t, std::int64_t> panes;
    bool seen = false;
    for (std::int64_t pane = 0; pane < 100; ++pane) {
      for (auto n = random() % 3; n != 0; --n) {
        const auto x = static_cast<std::int64_t>(random() % 100);
        values.add(add, pane, x);
        panes[pane] += x;
      }
      if ((pane + 1) % step != 0)
        continue;
      std::int64_t sum = 0;
      for (auto i = panes.lower_bound(pane - length + 1); i != panes.end(); ++i) {
        sum += i->second;
        seen = true;
      }
      const auto total = values.slide(add, subtract, pane - length + 1);
      BOOST_REQUIRE_EQUAL(total.has_value(), seen);
      BOOST_REQUIRE_EQUAL(total.value_or(0), sum);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_running_total_applies_what_leaves_and_what_enters_once_a_slide) {
  std::size_t added = 0;
  std::size_t taken = 0;
  auto add = [&added](std::int64_t a, std::int64_t b) {
    ++added;
    return a + b;
  };
  auto subtract = [&taken](std::int64_t a, std::int64_t b) {
    ++taken;
    return a - b;
  };
  running_total<std::int64_t> values;
  for (std::int64_t pane = 0; pane < 10'000; ++pane) {
    values.add(add, pane, 1);
    BOOST_REQUIRE(values.slide(add, subtract, pane - 999) == std::min<std::int64_t>(pane + 1, 1'000));
  }
  BOOST_TEST(added < 10'000U);
  BOOST_TEST(taken == 9'000U);
}

BOOST_AUTO_TEST_SUITE_END()
