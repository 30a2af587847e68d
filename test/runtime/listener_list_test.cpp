// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/streaming_listener.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

using namespace sluice;

namespace {

/// Counts its calls. Only the calling thread touches the count.
class counter : public streaming_listener {
public:
  void on_streaming_started(batch_info::time_point) override { ++calls; }
  int calls = 0;
};

void call_all(listener_list& all) {
  all.for_each([](streaming_listener& x) { x.on_streaming_started({}); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(listener_list_)

BOOST_AUTO_TEST_CASE(each_listener_is_called_until_it_is_removed) {
  listener_list all;
  BOOST_TEST(all.is_empty());
  const auto first = std::make_shared<counter>();
  const auto second = std::make_shared<counter>();
  all.add(first);
  all.add(second);
  call_all(all);
  all.remove(first);
  call_all(all);
  BOOST_TEST(first->calls == 1);
  BOOST_TEST(second->calls == 2);
  BOOST_TEST(!all.is_empty());
}

BOOST_AUTO_TEST_CASE(a_listener_may_remove_itself_while_it_is_called) {
  listener_list all;
  const auto only = std::make_shared<counter>();
  all.add(only);
  all.for_each([&](streaming_listener&) {
    BOOST_TEST(listener_list::is_calling());
    all.remove(only);
  });
  BOOST_TEST(!listener_list::is_calling());
  BOOST_TEST(all.is_empty());
}

BOOST_AUTO_TEST_CASE(threads_may_add_and_remove_while_another_calls) {
  constexpr std::size_t times = 500;
  listener_list all;
  const auto always = std::make_shared<counter>();
  all.add(always);
  std::atomic<std::size_t> running = 2;
  std::array<bool, 2> was_calling{};
  std::vector<std::thread> users;
  for (auto& saw_a_call : was_calling)
    users.emplace_back([&] {
      for (std::size_t i = 0; i < times; ++i) {
        const auto mine = std::make_shared<counter>();
        all.add(mine);
        saw_a_call = saw_a_call || listener_list::is_calling() || all.is_empty();
        all.remove(mine);
      }
      --running;
    });
  int calls = 0;
  for (; running != 0; ++calls)
    call_all(all);
  for (auto& each : users)
    each.join();
  BOOST_TEST(always->calls == calls);
  BOOST_TEST((was_calling == std::array<bool, 2>{}));
  all.remove(always);
  BOOST_TEST(all.is_empty());
}

BOOST_AUTO_TEST_SUITE_END()
