// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/log_queue.hpp>

#include "log_fixtures.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

/// A queue, and who was told what.
struct fixture {
  log_queue queue{100'000};
  std::string told;

  log_queue::callback tell(std::string who) {
    return [this, who = std::move(who)](const error& why) { told += who + (why ? "! " : " "); };
  }
  void append(block_number n, std::size_t records = 1) {
    queue.append(block("lines", n, records), tell("b" + std::to_string(n)));
  }
  void allocate(std::int64_t t) { queue.allocate(allocated(t, {}), tell("a" + std::to_string(t))); }
  void release(std::int64_t t) { queue.release(batch_time{t}, tell("r" + std::to_string(t))); }

  /// The next group in words, such as "b1 b2 a10 r5"; "none" if there is none.
  std::string next() {
    const auto has_work = queue.has_work();
    const auto group = queue.next();
    BOOST_TEST(group.has_value() == has_work);
    if (!group)
      return "none";
    std::string result;
    for (const auto& x : group->blocks)
      result += "b" + std::to_string(x.number) + " ";
    for (const auto& x : group->allocations)
      result += "a" + std::to_string(x.time.ms()) + " ";
    if (group->release)
      result += "r" + std::to_string(group->release->ms()) + " ";
    result.pop_back();
    return result;
  }

  std::string written() {
    for (const auto& done : queue.written())
      done({});
    return std::exchange(told, {});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(log_queue_suite, fixture)

BOOST_AUTO_TEST_CASE(all_that_waits_is_one_group_and_is_told_in_order) {
  BOOST_TEST(next() == "none");
  append(1);
  BOOST_TEST(next() == "b1");
  append(2);
  allocate(10);
  append(3);
  BOOST_TEST(written() == "b1 ");
  BOOST_TEST(next() == "b2 b3 a10");
  BOOST_TEST(written() == "b2 a10 b3 ");
  BOOST_TEST(next() == "none");
  BOOST_TEST(queue.waiting_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(a_group_is_bounded_and_holds_one_thing_at_least) {
  append(1, 5'000); // 40,000 bytes each
  append(2, 5'000);
  append(3, 5'000);
  append(4, 50'000);
  append(5);
  BOOST_TEST(queue.waiting_bytes() > 520'000U);
  for (const auto* group : {"b1 b2", "b3", "b4", "b5"}) {
    BOOST_TEST(next() == group);
    written();
  }
  BOOST_TEST(next() == "none");
}

BOOST_AUTO_TEST_CASE(an_allocation_is_in_no_earlier_group_than_the_blocks_before_it) {
  append(1, 10'000);
  append(2, 10'000);
  allocate(10);
  BOOST_TEST(next() == "b1");
  written();
  BOOST_TEST(next() == "b2 a10");
}

BOOST_AUTO_TEST_CASE(a_release_goes_with_the_next_group_or_after_a_tick) {
  release(10);
  release(20);
  BOOST_TEST(next() == "none");
  append(1);
  BOOST_TEST(next() == "b1 r20");
  BOOST_TEST(written() == "b1 r10 r20 ");
  queue.tick(); // with nothing to do it is forgotten
  release(30);
  BOOST_TEST(next() == "none");
  queue.tick();
  BOOST_TEST(next() == "r30");
  BOOST_TEST(written() == "r30 ");
  BOOST_TEST(next() == "none");
}

BOOST_AUTO_TEST_CASE(a_release_does_not_overtake_the_allocation_of_its_batch) {
  append(1, 10'000);
  append(2, 10'000);
  allocate(10);
  release(10);
  BOOST_TEST(next() == "b1");
  written();
  BOOST_TEST(next() == "b2 a10 r10");
}

BOOST_AUTO_TEST_CASE(without_room_the_same_waits_for_a_tick_and_goes_on_in_small_steps) {
  append(1);
  append(2);
  allocate(10);
  BOOST_TEST(next() == "b1 b2 a10");
  queue.had_no_room();
  BOOST_TEST(queue.is_stalled());
  append(3);
  BOOST_TEST(next() == "none");
  queue.tick();
  BOOST_TEST(next() == "b1");
  queue.had_no_room();
  BOOST_TEST(next() == "none");
  BOOST_TEST(told == "");
  queue.tick();
  BOOST_TEST(next() == "b1");
  BOOST_TEST(written() == "b1 ");
  BOOST_TEST(!queue.is_stalled());
  BOOST_TEST(next() == "b2 b3 a10");
  BOOST_TEST(written() == "b2 a10 b3 ");
}

BOOST_AUTO_TEST_CASE(without_room_a_release_goes_first_and_is_not_lost_either) {
  append(1);
  release(5);
  BOOST_TEST(next() == "b1 r5");
  queue.had_no_room();
  release(6);
  queue.tick();
  BOOST_TEST(next() == "r6");
  queue.had_no_room();
  queue.tick();
  BOOST_TEST(next() == "r6");
  BOOST_TEST(written() == "r5 r6 ");
  BOOST_TEST(queue.is_stalled());
  BOOST_TEST(next() == "b1"); // at once
  BOOST_TEST(written() == "b1 ");
  BOOST_TEST(!queue.is_stalled());
}

BOOST_AUTO_TEST_CASE(without_room_a_release_still_waits_for_the_allocation_of_its_batch) {
  allocate(10);
  release(10);
  BOOST_TEST(next() == "a10 r10");
  queue.had_no_room();
  queue.tick();
  BOOST_TEST(next() == "a10 r10");
}

BOOST_AUTO_TEST_CASE(a_failure_tells_all) {
  append(1);
  release(5);
  next();
  append(2);
  release(6);
  for (const auto& done : queue.fail())
    done(make_error(ec::storage_failed));
  BOOST_TEST(told == "b1! b2! r5! r6! ");
  BOOST_TEST(next() == "none");
  BOOST_TEST(queue.waiting_bytes() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
