// SPDX-License-Identifier: BSD-3-Clause
//
// Watches the real clock; what it would do to the process is replaced.
#include <sluice/runtime/program/last_resort.hpp>

#include <boost/test/unit_test.hpp>

#include <future>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct fixture {
  std::promise<std::pair<int, std::string>> ended;
  std::future<std::pair<int, std::string>> end = ended.get_future();
  last_resort watch{[this](int code, const std::string& words) { ended.set_value({code, words}); }};
};

} // namespace

BOOST_AUTO_TEST_SUITE(last_resort_)

BOOST_FIXTURE_TEST_CASE(it_ends_the_process_when_the_time_is_over, fixture) {
  watch.set(10ms, 3, [] { return "operator 'slow' does not return"; });
  BOOST_TEST_REQUIRE((end.wait_for(10s) == std::future_status::ready));
  const auto [code, words] = end.get();
  BOOST_TEST(code == 3);
  BOOST_TEST(words == "operator 'slow' does not return");
}

BOOST_FIXTURE_TEST_CASE(what_is_set_later_counts, fixture) {
  watch.set(1h, 3, [] { return "first"; });
  watch.set(10ms, 1, [] { return "second"; });
  BOOST_TEST_REQUIRE((end.wait_for(10s) == std::future_status::ready));
  BOOST_TEST(end.get().second == "second");
}

BOOST_FIXTURE_TEST_CASE(whoever_is_asked_for_words_may_put_the_end_off, fixture) {
  watch.set(10ms, 3, [this] {
    watch.set(10ms, 1, [] { return "late"; });
    return std::optional<std::string>{};
  });
  BOOST_TEST_REQUIRE((end.wait_for(10s) == std::future_status::ready));
  const auto [code, words] = end.get();
  BOOST_TEST(code == 1);
  BOOST_TEST(words == "late");
}

BOOST_AUTO_TEST_CASE(it_does_nothing_to_a_process_that_ends_by_itself) {
  fixture x;
  x.watch.set(1h, 3, [] { return "never"; });
  BOOST_TEST((x.end.wait_for(10ms) == std::future_status::timeout));
}

BOOST_AUTO_TEST_SUITE_END()
