// SPDX-License-Identifier: BSD-3-Clause
//
// Queues that persist, over the death of the driver. The whole runtime under virtual time. A set is a number, three
// times; a program that counts numbers has counted each set three times, or not at all.
#include <sluice/receivers/queue/queue_position.hpp>

#include <support/cluster.hpp>

#include "totals.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <set>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using totals = std::map<int, int>;
using number_queue = record_queue<int>;

constexpr auto composed = 20; ///< sets that the program pushes before it starts: 0, 1, ...

void push(number_queue& queue, int set) { queue.push({set, set, set}); }

/// A queue as the program composes it, each time anew.
std::shared_ptr<number_queue> new_queue() {
  auto result = std::make_shared<number_queue>();
  for (auto i = 0; i < composed; ++i)
    push(*result, i);
  return result;
}

/// Counts the numbers of a queue; `seen` has the counts after the last batch.
cluster::compose_streams count_numbers(std::shared_ptr<number_queue> queue, queue_options<int> how, totals& seen) {
  return [queue = std::move(queue), how, &seen](streaming_context& ctx) {
    ctx.queue_stream(queue, how)
        .named("numbers")
        .map([](int x) { return std::pair{x, 1}; })
        .update_state_by_key(add_up)
        .foreach_rdd([&seen](const auto& records) {
          seen.clear();
          records.for_each([&seen](const auto& x) { seen[x.first] = x.second; });
        });
  };
}

totals counted_once(const std::set<int>& sets) {
  totals result;
  for (const auto x : sets)
    result[x] = 3;
  return result;
}

std::size_t waiting_in(const commit_record& commit) {
  return read_queue_position(commit.positions.at("numbers")).value().size();
}

/// Pushes a set as soon as it is told that the program runs.
class early_bird : public streaming_listener {
public:
  explicit early_bird(std::shared_ptr<number_queue> queue) : queue_{std::move(queue)} {}
  void on_streaming_started(batch_info::time_point) override { push(*queue_, 100); }

private:
  std::shared_ptr<number_queue> queue_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(queue_recovery)

BOOST_AUTO_TEST_CASE(whenever_the_driver_dies_every_set_that_a_commit_knows_counts_exactly_once) {
  std::size_t deaths_while_sets_waited = 0;
  std::size_t sets_lost = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random{seed};
    simulated_disk checkpoint;
    cluster c{seed % 2 * 2, seed};
    totals seen;
    const queue_options<int> options{.mode = seed % 5 == 0 ? queue_mode::all : queue_mode::one_at_a_time,
                                     .persistent = true};
    const auto how = spread_over(2, 1 + static_cast<std::uint32_t>(seed % 3));
    std::set<int> certain;  // in a commit: must count
    std::set<int> possible; // pushed after the last commit: may be lost with the process
    for (auto i = 0; i < composed; ++i)
      certain.insert(i);
    auto next = composed;
    for (auto life = 0; life < 4; ++life) {
      const auto queue = new_queue();
      c.start(interval, count_numbers(queue, options, seen), how, checkpoint.open());
      BOOST_REQUIRE_MESSAGE(c.is_running(), "seed " << seed << ": " << c.reason());
      if (life == 0)
        c.advance(500ms); // what dies before its first commit begins anew
      std::map<int, batch_time> pushed;
      for (auto step = 5 + random() % 20; step > 0; --step) {
        c.advance(std::chrono::milliseconds{1 + random() % 60});
        pushed[next] = c.now();
        push(*queue, next++);
      }
      c.advance(std::chrono::milliseconds{random() % 30});
      c.kill_driver();
      const auto last = *checkpoint.open()->last_commit();
      deaths_while_sets_waited += waiting_in(last) != 0 ? 1 : 0;
      // A batch is cut at its time or later: what had been pushed before is its, or waits.
      for (const auto& [set, time] : pushed)
        (time < last.time ? certain : possible).insert(set);
    }
    const auto queue = new_queue();
    c.start(interval, count_numbers(queue, options, seen), how, checkpoint.open());
    push(*queue, next);
    certain.insert(next);
    c.advance(1s);
    while (queue->size() != 0)
      c.advance(1s);
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "");
    auto expected = certain;
    for (const auto x : possible)
      if (seen.contains(x))
        expected.insert(x);
      else
        ++sets_lost;
    BOOST_TEST_REQUIRE((seen == counted_once(expected)),
                       "seed " << seed << ": " << seen.size() << " of " << expected.size());
  }
  // The seeds are such that it all happens.
  BOOST_TEST(deaths_while_sets_waited > 100U);
  BOOST_TEST(sets_lost > 50U);
}

BOOST_AUTO_TEST_CASE(a_set_that_is_pushed_while_the_program_starts_again_is_not_replaced) {
  simulated_disk checkpoint;
  cluster c{0};
  totals seen;
  const queue_options<int> options{.persistent = true};
  c.start(interval, count_numbers(new_queue(), options, seen), spread_over(2), checkpoint.open());
  c.advance(1s);
  c.kill_driver();
  BOOST_TEST(waiting_in(*checkpoint.open()->last_commit()) > 5U);
  const auto queue = new_queue();
  c.add_streaming_listener(std::make_shared<early_bird>(queue));
  c.start(interval, count_numbers(queue, options, seen), spread_over(2), checkpoint.open());
  c.advance(3s);
  c.stop(stop_mode::graceful);
  auto expected = counted_once({100});
  for (auto i = 0; i < composed; ++i)
    expected[i] = 3;
  BOOST_TEST((seen == expected));
}

BOOST_AUTO_TEST_CASE(what_waits_when_a_program_stops_counts_when_it_starts_again) {
  simulated_disk checkpoint;
  cluster c{0};
  totals seen;
  const queue_options<int> options{.persistent = true};
  for (auto life = 0; life < 5; ++life) {
    c.start(interval, count_numbers(new_queue(), options, seen), spread_over(2, 3), checkpoint.open());
    c.advance(430ms);
    c.stop(stop_mode::graceful);
    BOOST_TEST(c.reason() == "");
    BOOST_TEST(seen.size() + waiting_in(*checkpoint.open()->last_commit()) == std::size_t{composed});
  }
  BOOST_TEST(seen.size() == std::size_t{composed});
  BOOST_TEST(seen[composed - 1] == 3);
}

BOOST_AUTO_TEST_CASE(a_queue_that_is_not_persistent_begins_anew) {
  simulated_disk checkpoint;
  cluster c{0};
  totals seen;
  for (auto life = 0; life < 2; ++life) {
    c.start(interval, count_numbers(new_queue(), {}, seen), spread_over(2), checkpoint.open());
    c.advance(3s);
    c.kill_driver();
    BOOST_TEST(checkpoint.open()->last_commit()->positions.empty());
  }
  BOOST_TEST(seen.size() == std::size_t{composed});
  BOOST_TEST(seen[0] == 6);
}

BOOST_AUTO_TEST_CASE(without_a_checkpoint_directory_nothing_is_kept_however_much_waits) {
  cluster c{0};
  totals seen;
  const auto queue = new_queue();
  const std::vector<int> million(1'000'000);
  for (auto i = 0; i < 20; ++i)
    queue->push(million);
  c.start(interval, count_numbers(queue, {.persistent = true}, seen), spread_over(2));
  c.advance(1s);
  BOOST_TEST(c.is_running());
  c.stop(stop_mode::graceful);
  BOOST_TEST(c.reason() == "");
  BOOST_TEST(seen[0] == 3);
}

BOOST_AUTO_TEST_CASE(more_than_a_commit_takes_ends_the_program_which_names_the_stream) {
  simulated_disk checkpoint;
  cluster c{0};
  totals seen;
  const auto queue = new_queue();
  c.start(interval, count_numbers(queue, {.persistent = true}, seen), spread_over(2), checkpoint.open());
  c.advance(1s);
  const auto before = seen;
  const std::vector<int> million(1'000'000);
  for (auto i = 0; i < 20; ++i)
    queue->push(million);
  c.advance(1s);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason().starts_with("numbers: what waits in the queue is too large for a commit: "), c.reason());
  // The last commit stands.
  c.start(interval, count_numbers(new_queue(), {.persistent = true}, seen), spread_over(2), checkpoint.open());
  c.advance(3s);
  BOOST_TEST(c.is_running());
  BOOST_TEST(before.size() < std::size_t{composed});
  BOOST_TEST(seen.size() == std::size_t{composed});
  BOOST_TEST(seen[composed - 1] == 3);
}

BOOST_AUTO_TEST_SUITE_END()
