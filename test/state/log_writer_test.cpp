// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/log_writer.hpp>

#include <sluice/actors/base/log.hpp>

#include "../support/held_threads.hpp"
#include "log_fixtures.hpp"

#include <atomic>
#include <future>

using namespace sluice;
using namespace sluice::test;

namespace {

/// A log in memory, on a disk that fails as planned, and a thread that a test can hold.
struct fixture {
  memory_store store;
  fault_plan plan;
  fault_store faulty{"blocks", store, plan};
  held_threads threads;
  std::string told;
  std::string logged;
  log_capture capture{logged};

  std::shared_ptr<block_log> open() { return std::make_shared<block_log>(value_or_throw(block_log::open(faulty))); }

  log_queue::callback tell(std::string who) {
    return [this, who = std::move(who)](const error& why) { told += who + (why ? "! " : " "); };
  }
  void append(log_writer& writer, block_number n, std::size_t records = 1) {
    writer.append(block("lines", n, records), tell("b" + std::to_string(n)));
  }

  /// How often `words` were logged.
  std::size_t times_logged(std::string_view words) const {
    std::size_t result = 0;
    for (auto at = logged.find(words); at != std::string::npos; at = logged.find(words, at + 1))
      ++result;
    return result;
  }

  std::size_t blocks_on_disk() { return read_all(value_or_throw(block_log::open(store)), "lines").size(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(log_writer_suite, fixture)

BOOST_AUTO_TEST_CASE(what_comes_while_a_group_is_written_is_one_write) {
  log_writer writer{open(), threads.start("log")};
  threads.hold("log");
  for (block_number n = 1; n <= 10; ++n)
    append(writer, n);
  writer.allocate(allocated(10, {{"lines", share(1, 11)}}), tell("a10"));
  BOOST_TEST(told == "");
  BOOST_TEST(threads.waiting("log") == 1U);
  threads.let_go("log");
  BOOST_TEST(told == "b1 b2 b3 b4 b5 b6 b7 b8 b9 b10 a10 ");
  BOOST_TEST(plan.writes == 1U);
  BOOST_TEST(blocks_on_disk() == 10U);
}

BOOST_AUTO_TEST_CASE(a_callback_may_give_the_next_block_also_without_a_thread) {
  log_writer writer{open(), nullptr};
  std::function<void(block_number)> go_on = [&](block_number n) {
    if (n <= 100)
      writer.append(block("lines", n), [&, n](const error& why) {
        require_ok(why);
        go_on(n + 1);
      });
  };
  go_on(1);
  BOOST_TEST(blocks_on_disk() == 100U);
}

BOOST_AUTO_TEST_CASE(a_writer_is_full_until_what_waits_is_on_disk) {
  log_writer writer{open(), threads.start("log"), {.most_waiting = 100'000}};
  threads.hold("log");
  append(writer, 1, 10'000);
  BOOST_TEST(!writer.is_full());
  append(writer, 2, 10'000);
  BOOST_TEST(writer.is_full());
  threads.let_go("log");
  BOOST_TEST(!writer.is_full());
  BOOST_TEST(writer.waiting_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(after_a_failed_write_all_get_its_error_and_another_writer_goes_on) {
  plan.fail_at = 2;
  plan.how_long = fault_plan::length::once;
  {
    log_writer writer{open(), threads.start("log")};
    append(writer, 1);
    threads.hold("log");
    append(writer, 2);
    append(writer, 3);
    threads.let_go("log");
    append(writer, 4);
    writer.release(batch_time{1}, tell("r"));
    BOOST_TEST(told == "b1 b2! b3! b4! r! ");
  }
  BOOST_TEST(blocks_on_disk() == 1U);
  fault_store reopened{"blocks", store, plan};
  log_writer writer{std::make_shared<block_log>(value_or_throw(block_log::open(reopened))), threads.start("log")};
  append(writer, 2);
  BOOST_TEST(blocks_on_disk() == 2U);
}

BOOST_AUTO_TEST_CASE(without_room_nothing_is_lost_and_it_is_said_once_and_once_when_it_goes_on) {
  plan.fail_at = 2;
  plan.why = fault_plan::reason::no_room;
  std::string stalls;
  log_writer writer{open(), threads.start("log"), {.on_stall = [&stalls](const error& why) {
                      stalls += why ? "stalled " : "goes on ";
                    }}};
  for (block_number n = 1; n <= 3; ++n)
    append(writer, n);
  writer.allocate(allocated(10, {{"lines", share(1, 4)}}), tell("a10"));
  for (int i = 0; i < 5; ++i)
    writer.tick();
  BOOST_TEST(told == "b1 ");
  BOOST_TEST(times_logged("receivers wait, and nothing is lost") == 1U);
  BOOST_TEST(times_logged("the disk is full; free some") == 1U);
  BOOST_TEST(stalls == "stalled ");
  plan.down = false;
  BOOST_TEST(told == "b1 "); // until the next tick
  writer.tick();
  BOOST_TEST(told == "b1 b2 b3 a10 ");
  BOOST_TEST(times_logged("receivers go on") == 1U);
  BOOST_TEST(stalls == "stalled goes on ");
  BOOST_TEST(blocks_on_disk() == 3U);
}

BOOST_AUTO_TEST_CASE(a_release_by_itself_is_written_at_a_tick) {
  log_writer writer{open(), threads.start("log")};
  append(writer, 1);
  writer.allocate(allocated(10, {{"lines", share(1, 2)}}), {});
  writer.release(batch_time{10});
  BOOST_TEST(blocks_on_disk() == 1U);
  writer.tick();
  BOOST_TEST(blocks_on_disk() == 0U);
}

BOOST_AUTO_TEST_CASE(closing_writes_what_waits_and_lets_go_of_the_log) {
  std::weak_ptr<block_log> log;
  log_writer writer{[&] {
                      auto opened = open();
                      log = opened;
                      return opened;
                    }(),
                    threads.start("log")};
  threads.hold("log");
  append(writer, 1);
  writer.allocate(allocated(10, {}), {});
  writer.release(batch_time{5}, tell("r5"));
  writer.close([this] { told += "closed"; });
  threads.let_go("log");
  BOOST_TEST(told == "b1 r5 closed");
  BOOST_TEST(log.expired());
  BOOST_TEST(blocks_on_disk() == 1U);
}

BOOST_AUTO_TEST_CASE(closing_without_room_gives_an_error_to_what_is_not_on_disk) {
  plan.fail_at = 1;
  plan.why = fault_plan::reason::no_room;
  log_writer writer{open(), threads.start("log")};
  append(writer, 1);
  writer.close([this] { told += "closed"; });
  BOOST_TEST(told == "b1! closed");
}

BOOST_AUTO_TEST_CASE(blocks_are_read_again_between_two_writes) {
  log_writer writer{open(), threads.start("log")};
  append(writer, 1);
  std::size_t found = 0;
  writer.visit([&found](const block_log& log) { found = read_all(log, "lines").size(); });
  BOOST_TEST(found == 1U);
}

BOOST_AUTO_TEST_CASE(on_a_real_thread_everything_given_is_on_disk_when_it_is_closed) {
  real_side_threads real;
  std::atomic<block_number> durable = 0;
  {
    log_writer writer{open(), real.start("log"), {.group_bytes = 1000}};
    for (block_number n = 1; n <= 2'000; ++n)
      writer.append(block("lines", n), [&durable, n](const error& why) {
        if (!why && durable.exchange(n) != n - 1)
          durable = 0; // out of order
      });
    std::promise<void> closed;
    writer.close([&closed] { closed.set_value(); });
    closed.get_future().wait();
  }
  BOOST_TEST(durable == 2'000U);
  BOOST_TEST(blocks_on_disk() == 2'000U);
  BOOST_TEST(real.wait(std::chrono::seconds{10}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
