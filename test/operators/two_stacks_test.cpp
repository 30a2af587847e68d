// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/window/two_stacks.hpp>

#include <map>
#include <random>
#include <string>

#include <boost/test/unit_test.hpp>

using sluice::detail::two_stacks;

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

BOOST_AUTO_TEST_SUITE(stacks_of_a_window)

BOOST_AUTO_TEST_CASE(they_reduce_what_is_in_the_window_in_its_order) {
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

BOOST_AUTO_TEST_CASE(they_call_the_function_a_few_times_a_slide_whatever_the_length) {
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

BOOST_AUTO_TEST_SUITE_END()
