// SPDX-License-Identifier: BSD-3-Clause
//
// The receiver actor on a real scheduler, with threads that store: what virtual time cannot show. No clock matters
// here: the block interval is an hour, and everything else waits for a message.
#include <sluice/receivers/receiver/receiver_actor.hpp>

#include "puppet.hpp"
#include "records.hpp"

#include <boost/test/unit_test.hpp>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <string>

#include <sluice/actors/system/config.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using sluice::test::puppet;
using sluice::test::records_of;

namespace {

using numbers = std::vector<int>;

/// A receiver actor whose sink is the test itself.
struct fixture {
  explicit fixture(std::size_t block_bytes) {
    receiver_options options{.stream = stream_id{1}, .block_interval = 1h, .block_bytes = block_bytes};
    options.report = [](std::string_view) {};
    actor = system.spawn(receiver_behavior, std::shared_ptr<receiver_base>{receiver}, options);
  }
  ~fixture() {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    self->wait_for(actor);
  }

  void start(std::uint64_t credit) {
    self->send(actor, start_atom::value, caf::actor_cast<block_sink_actor>(self), credit);
  }
  template <class... Ts>
  void tell(const Ts&... xs) {
    self->send(actor, xs...);
  }

  /// Takes the next message from the receiver actor, and says which it was: "block", "flushed" or "stopped".
  std::string hear() {
    std::string result;
    self->receive(
        [&](block_atom, const batch& x) {
          const auto records = records_of<int>({x});
          heard.insert(heard.end(), records.begin(), records.end());
          bytes += x.bytes().size();
          largest = std::max(largest, x.bytes().size());
          result = "block";
        },
        [&](flushed_atom, batch_time) { result = "flushed"; },
        [&](stopped_atom, const caf::error&) { result = "stopped"; });
    return result;
  }
  void hear_until(const std::string& what) {
    while (hear() != what) {
    }
  }
  /// Has threads in the receiver that run `body` with their number, and joins them when it stops.
  template <class F>
  void run_threads(int count, F body) {
    receiver->starting = [this, count, body] {
      for (auto t = 0; t < count; ++t)
        threads.emplace_back([body, t] { body(t); });
    };
    receiver->stopping = [this] {
      for (auto& thread : threads)
        thread.join();
      threads.clear();
    };
  }

  system_config config{2, false};
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  std::shared_ptr<puppet> receiver = std::make_shared<puppet>();
  std::vector<std::thread> threads; // touched by the receiver's actor only
  receiver_actor actor;
  numbers heard;
  std::uint64_t bytes = 0;
  std::size_t largest = 0;
};

constexpr auto plenty = std::uint64_t{1} << 40;

} // namespace

BOOST_AUTO_TEST_SUITE(receiver_threads)

BOOST_AUTO_TEST_CASE(flushes_in_the_middle_of_storing_keep_the_order) {
  constexpr auto each = 20'000;
  fixture x{64};
  std::atomic<int> stored[2] = {0, 0};
  x.run_threads(2, [&](int t) {
    for (auto i = 0; i < each; ++i) {
      x.receiver->store(2 * i + t);
      stored[t] = i + 1;
    }
  });
  x.start(plenty);
  while (x.heard.size() < 2 * each) {
    const int before[] = {stored[0], stored[1]};
    x.tell(flush_atom::value, batch_time{1});
    x.hear_until("flushed");
    // All that had been stored when the flush was sent has come before its answer.
    int heard[] = {0, 0};
    for (const auto i : x.heard)
      heard[i % 2] = i / 2 + 1;
    BOOST_REQUIRE(heard[0] >= before[0]);
    BOOST_REQUIRE(heard[1] >= before[1]);
  }
  int next[] = {0, 0};
  for (const auto i : x.heard)
    BOOST_REQUIRE(i / 2 == next[i % 2]++);
  x.tell(stop_atom::value);
  BOOST_TEST(x.hear() == "stopped");
}

BOOST_AUTO_TEST_CASE(bytes_sent_stay_within_the_credit_and_one_block) {
  fixture x{64};
  std::atomic<std::size_t> stored = 0;
  x.run_threads(2, [&](int t) {
    while (!x.receiver->is_stopped()) {
      x.receiver->store(t);
      ++stored;
    }
  });
  std::uint64_t given = 1;
  x.start(given);
  std::uint64_t beyond = 0;
  for (auto round = 0; round < 300; ++round) {
    while (x.bytes < given) // there is credit, so there will be a block
      x.hear();
    beyond = std::max(beyond, x.bytes - given);
    x.tell(credit_atom::value, std::uint64_t{500});
    given += 500;
  }
  x.tell(stop_atom::value);
  x.hear_until("stopped");
  BOOST_TEST(beyond < x.largest);
  BOOST_TEST(x.heard.size() == stored);
}

BOOST_AUTO_TEST_CASE(stop_lets_threads_through_that_wait_for_credit_and_loses_nothing) {
  fixture x{64};
  std::atomic<std::size_t> stored = 0;
  x.run_threads(4, [&](int t) {
    while (!x.receiver->is_stopped()) {
      x.receiver->store(numbers(10, t));
      stored += 10;
    }
  });
  x.start(1);
  BOOST_TEST(x.hear() == "block"); // the credit is used up, and everybody waits or soon will
  x.tell(stop_atom::value);
  x.hear_until("stopped");
  BOOST_TEST(x.heard.size() == stored);
  BOOST_TEST(x.receiver->stops == 1);
}

BOOST_AUTO_TEST_CASE(a_restart_joins_threads_that_wait_for_credit) {
  fixture x{64};
  std::atomic<int> runs = 0;
  x.run_threads(2, [&](int t) {
    x.receiver->store(numbers(1000, t));
    runs += 1;
    runs.notify_all();
  });
  x.start(1);
  BOOST_TEST(x.hear() == "block");
  x.receiver->restart("a third thread says so", 0ms);
  for (auto now = runs.load(); now < 2; now = runs.load())
    runs.wait(now);
  x.tell(stop_atom::value);
  x.hear_until("stopped");
  BOOST_TEST(x.receiver->starts == x.receiver->stops);
  BOOST_TEST(x.heard.size() == 2000U * static_cast<unsigned>(x.receiver->starts));
}

BOOST_AUTO_TEST_CASE(a_receiver_without_sink_lets_its_threads_go) {
  fixture x{64};
  std::atomic<bool> through = false;
  x.run_threads(1, [&](int t) {
    x.receiver->store(numbers(1000, t));
    through = true;
  });
  {
    caf::scoped_actor sink{x.system};
    sink->send(x.actor, start_atom::value, caf::actor_cast<block_sink_actor>(sink), std::uint64_t{1});
    sink->receive([](block_atom, const batch&) {});
  }
  x.self->wait_for(x.actor);
  BOOST_TEST(through);
  BOOST_TEST(x.receiver->stops == 1);
}

BOOST_AUTO_TEST_CASE(a_killed_receiver_actor_lets_its_threads_go) {
  fixture x{64};
  std::atomic<bool> through = false;
  x.run_threads(1, [&](int t) {
    x.receiver->store(numbers(1000, t));
    through = true;
  });
  x.start(1);
  BOOST_TEST(x.hear() == "block");
  caf::anon_send_exit(x.actor, caf::exit_reason::kill);
  x.self->wait_for(x.actor);
  BOOST_TEST(through);
  BOOST_TEST(x.receiver->stops == 1);
}

BOOST_AUTO_TEST_SUITE_END()
