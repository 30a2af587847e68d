// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/scheduler/alarm_list.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using alarms = alarm_list<std::string>;
using numbered_alarms = alarm_list<int>;

constexpr alarms::time_point start{1h};

} // namespace

BOOST_AUTO_TEST_SUITE(alarm_list)

BOOST_AUTO_TEST_CASE(nothing_is_due_where_nothing_is_set) {
  alarms all;
  BOOST_TEST((all.next() == alarms::time_point::max()));
  BOOST_TEST(all.take_due(start).empty());
  BOOST_TEST(all.take_all().empty());
}

BOOST_AUTO_TEST_CASE(what_is_due_comes_in_order_of_time_and_then_of_setting) {
  alarms all;
  all.add(start + 2s, "third");
  all.add(start + 1s, "first");
  all.add(start + 1s, "second");
  all.add(start + 3s, "later");
  BOOST_TEST(all.take_due(start + 2s) == (std::vector<std::string>{"first", "second", "third"}),
             boost::test_tools::per_element());
  BOOST_TEST((all.next() == start + 3s));
  BOOST_TEST(all.take_due(start + 2s).empty());
}

BOOST_AUTO_TEST_CASE(only_an_alarm_before_all_others_is_the_first) {
  alarms all;
  BOOST_TEST(all.add(start + 2s, "a"));
  BOOST_TEST(!all.add(start + 2s, "b"));
  BOOST_TEST(!all.add(start + 3s, "c"));
  BOOST_TEST(all.add(start + 1s, "d"));
  BOOST_TEST((all.next() == start + 1s));
}

BOOST_AUTO_TEST_CASE(all_can_be_taken_before_their_time) {
  alarms all;
  all.add(start + 2s, "a");
  all.add(start + 1s, "b");
  BOOST_TEST(all.take_all().size() == 2U);
  BOOST_TEST((all.next() == alarms::time_point::max()));
}

BOOST_AUTO_TEST_CASE(threads_may_set_alarms_while_others_take_them) {
  constexpr int each = 1'000;
  numbered_alarms all;
  std::atomic<int> setting = 2;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < each; ++n)
        all.add(start + std::chrono::seconds{n % 7}, n);
      --setting;
    });
  std::array<std::size_t, 2> taken{};
  for (auto& count : taken)
    threads.emplace_back([&] {
      while (setting != 0)
        if (all.next() <= start + 3s)
          count += all.take_due(start + 3s).size();
    });
  for (auto& x : threads)
    x.join();
  BOOST_TEST(taken[0] + taken[1] + all.take_all().size() == 2U * each);
  BOOST_TEST((all.next() == alarms::time_point::max()));
}

BOOST_AUTO_TEST_SUITE_END()
