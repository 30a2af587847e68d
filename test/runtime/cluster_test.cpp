// SPDX-License-Identifier: BSD-3-Clause
//
// The whole runtime, from input to commit, on one node and on several, under virtual time.
#include <support/cluster.hpp>
#include <support/environment.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <map>
#include <numeric>

#include <sluice/runtime/program/actor_stream.hpp>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace data = boost::unit_test::data;

namespace {

using counts = std::map<std::string, int>;
using results = std::map<batch_time, counts>;
using line_queue = record_queue<std::string_view>;

const auto partition_counts = data::make({1U, 2U, 3U});
const auto worker_counts = data::make({0U, 2U});

runtime_options with_partitions(std::uint32_t n) {
  runtime_options how;
  how.partitions = n;
  return how;
}

auto ones(const dstream<std::string_view>& lines) {
  return lines.flat_map(split(' ')).map([](std::string_view w) { return std::pair{w, 1}; });
}

auto add_up = [](std::span<const int> values, std::optional<int> total) {
  return std::optional{std::accumulate(values.begin(), values.end(), total.value_or(0))};
};

/// Files each batch's pairs under its time.
auto into(const std::shared_ptr<results>& where) {
  return [where](const auto& records, batch_time t) {
    auto& batch = (*where)[t];
    records.for_each([&batch](const auto& x) { batch[std::string{x.first}] += x.second; });
  };
}

counts sum(const results& all) {
  counts result;
  for (const auto& [t, batch] : all)
    for (const auto& [word, n] : batch)
      result[word] += n;
  return result;
}

struct fixture {
  std::shared_ptr<line_queue> queue = std::make_shared<line_queue>();
  std::shared_ptr<results> seen = std::make_shared<results>();

  cluster::compose_streams word_count() {
    return [queue = queue, seen = seen](streaming_context& ctx) {
      ones(ctx.queue_stream(queue)).reduce_by_key(std::plus<>{}).foreach_rdd(into(seen));
    };
  }

  cluster::compose_streams totals() {
    return [queue = queue, seen = seen](streaming_context& ctx) {
      ones(ctx.queue_stream(queue)).update_state_by_key(add_up).named("totals").foreach_rdd(into(seen));
    };
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_suite)

BOOST_DATA_TEST_CASE(every_batch_counts_its_own_words, worker_counts* partition_counts, workers, partitions) {
  fixture x;
  cluster c{workers};
  x.queue->push({"to be or not to be", "that is"});
  x.queue->push({});
  x.queue->push({"the question", "to be"});
  c.start(1s, x.word_count(), with_partitions(partitions));
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(4s);
  BOOST_REQUIRE(x.seen->size() >= 3);
  auto batch = x.seen->begin();
  BOOST_TEST(batch->first.ms() % 1000 == 0);
  BOOST_TEST((batch->second == counts{{"to", 2}, {"be", 2}, {"or", 1}, {"not", 1}, {"that", 1}, {"is", 1}}));
  const auto first = batch->first;
  ++batch;
  BOOST_TEST((batch->first == first + 1s));
  BOOST_TEST(batch->second.empty());
  ++batch;
  BOOST_TEST((batch->second == counts{{"the", 1}, {"question", 1}, {"to", 1}, {"be", 1}}));
  c.stop(stop_mode::graceful);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason() == "");
}

BOOST_DATA_TEST_CASE(state_grows_over_batches, worker_counts* partition_counts, workers, partitions) {
  fixture x;
  cluster c{workers};
  x.queue->push({"a b", "a"});
  x.queue->push({"b c"});
  c.start(1s, x.totals(), with_partitions(partitions));
  c.advance(3s);
  BOOST_REQUIRE(x.seen->size() >= 3);
  BOOST_TEST((x.seen->begin()->second == counts{{"a", 2}, {"b", 1}}));
  BOOST_TEST((x.seen->rbegin()->second == counts{{"a", 2}, {"b", 2}, {"c", 1}}));
}

BOOST_DATA_TEST_CASE(a_graceful_stop_processes_what_was_received, worker_counts* partition_counts, workers,
                     partitions) {
  auto seen = std::make_shared<results>();
  cluster c{workers};
  caf::actor talker;
  using say_atom = caf::atom_constant<caf::atom("say")>;
  const auto compose = [seen, &talker](streaming_context& ctx) {
    const auto behave = [](caf::event_based_actor*, const actor_store<std::string_view>& store) -> caf::behavior {
      return {[store](say_atom, const std::string& line) { store(line); }};
    };
    auto lines = actor_stream<std::string_view>(ctx, behave, {[&talker](const caf::actor& x) { talker = x; }});
    ones(lines).reduce_by_key(std::plus<>{}).foreach_rdd(into(seen));
  };
  c.start(10s, compose, with_partitions(partitions));
  c.advance(1s);
  BOOST_REQUIRE(talker);
  for (int i = 0; i < 100; ++i)
    caf::anon_send(talker, say_atom::value, std::string{"x y x"});
  c.advance(1ms);
  BOOST_TEST(seen->empty());
  c.stop(stop_mode::graceful);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST((sum(*seen) == counts{{"x", 200}, {"y", 100}}));
  talker = nullptr;
}

BOOST_DATA_TEST_CASE(a_new_driver_continues_from_the_last_commit, worker_counts* partition_counts, workers,
                     partitions) {
  fixture x;
  simulated_disk disk;
  cluster c{workers};
  x.queue->push({"a b"});
  x.queue->push({"a"});
  c.start(1s, x.totals(), with_partitions(partitions), disk.open());
  c.advance(2s);
  const auto committed = x.seen->rbegin()->second;
  BOOST_TEST((committed == counts{{"a", 2}, {"b", 1}}));
  c.kill_driver();
  x.seen->clear();
  c.advance(10s);
  c.start(1s, x.totals(), with_partitions(partitions), disk.open());
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(1s);
  BOOST_REQUIRE(!x.seen->empty());
  BOOST_TEST((x.seen->begin()->second == committed));
  x.queue->push({"b"});
  c.advance(1s);
  BOOST_TEST((x.seen->rbegin()->second == counts{{"a", 2}, {"b", 2}}));
}

BOOST_DATA_TEST_CASE(a_window_holds_the_batches_of_its_length, worker_counts* partition_counts, workers, partitions) {
  fixture x;
  cluster c{workers};
  x.queue->push({"a"});
  x.queue->push({"b b"});
  x.queue->push({"c"});
  const auto compose = [queue = x.queue, seen = x.seen](streaming_context& ctx) {
    ones(ctx.queue_stream(queue)).window(2s).reduce_by_key(std::plus<>{}).foreach_rdd(into(seen));
  };
  c.start(1s, compose, with_partitions(partitions));
  c.advance(5s);
  std::vector<counts> windows;
  for (const auto& [t, batch] : *x.seen)
    windows.push_back(batch);
  BOOST_REQUIRE(windows.size() >= 5);
  BOOST_TEST((windows[0] == counts{{"a", 1}}));
  BOOST_TEST((windows[1] == counts{{"a", 1}, {"b", 2}}));
  BOOST_TEST((windows[2] == counts{{"b", 2}, {"c", 1}}));
  BOOST_TEST((windows[3] == counts{{"c", 1}}));
  BOOST_TEST(windows[4].empty());
}

BOOST_DATA_TEST_CASE(a_join_finds_equal_keys_of_two_inputs, worker_counts* partition_counts, workers, partitions) {
  fixture x;
  const auto other = std::make_shared<line_queue>();
  cluster c{workers};
  x.queue->push({"a b", "c a"});
  other->push({"a c", "d"});
  const auto compose = [left = x.queue, right = other, seen = x.seen](streaming_context& ctx) {
    ones(ctx.queue_stream(left))
        .reduce_by_key(std::plus<>{})
        .join(ones(ctx.queue_stream(right)))
        .map_values([](const std::pair<int, int>& both) { return both.first * 10 + both.second; })
        .foreach_rdd(into(seen));
  };
  c.start(1s, compose, with_partitions(partitions));
  c.advance(2s);
  BOOST_REQUIRE(x.seen->size() >= 2);
  BOOST_TEST((x.seen->begin()->second == counts{{"a", 21}, {"c", 11}}));
  BOOST_TEST(x.seen->rbegin()->second.empty());
}

BOOST_AUTO_TEST_CASE(a_window_that_is_no_multiple_of_the_batch_interval_is_refused) {
  streaming_context ctx{1s};
  const auto lines = ctx.queue_stream(std::make_shared<line_queue>());
  BOOST_CHECK_EXCEPTION(static_cast<void>(lines.window(1500ms)), usage_error, [](const usage_error& e) {
    return std::string_view{e.what()}.find("1500 ms") != std::string_view::npos;
  });
  BOOST_CHECK_THROW(static_cast<void>(lines.window(0s)), usage_error);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_decides_how_many_partitions_there_are_by_default) {
  fixture x;
  simulated_disk disk;
  cluster c{0};
  x.queue->push({"a b c d e f"});
  c.start(1s, x.totals(), with_partitions(5), disk.open());
  c.advance(2s);
  const auto committed = x.seen->rbegin()->second;
  c.kill_driver();
  x.seen->clear();
  c.start(1s, x.totals(), {}, disk.open());
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(1s);
  BOOST_TEST((x.seen->begin()->second == committed));
  c.kill_driver();
  c.start(1s, x.totals(), with_partitions(2), disk.open());
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason().find("in 5 partitions") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_order_in_which_things_happen_does_not_change_results) {
  results expected;
  for (std::uint64_t seed = 0; seed < seed_count(40); ++seed) {
    fixture x;
    cluster c{2, seed};
    for (int i = 0; i < 5; ++i)
      x.queue->push({"a b c d e f g h", "i j k " + std::to_string(i)});
    c.start(100ms, x.totals(), with_partitions(3));
    c.advance(700ms);
    c.stop(stop_mode::graceful);
    BOOST_REQUIRE_MESSAGE(c.reason().empty(), "seed " << seed << ": " << c.reason());
    if (seed == 0)
      expected = *x.seen;
    BOOST_REQUIRE_MESSAGE(*x.seen == expected, "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(state_is_that_of_a_commit_whenever_the_driver_dies) {
  for (std::uint64_t seed = 1; seed <= seed_count(40); ++seed) {
    fixture x;
    simulated_disk disk;
    cluster c{seed % 2 * 2, seed};
    counts all;
    // In batch k the word "n" is counted once more and the word "k" for the first time: any committed state is a
    // prefix.
    for (int i = 0; i < 20; ++i)
      x.queue->push({"n w" + std::to_string(i)});
    c.start(100ms, x.totals(), with_partitions(2), disk.open());
    c.advance(std::chrono::milliseconds{150 + 37 * (seed % 17)});
    c.kill_driver();
    const auto log = disk.open();
    const auto committed = log->last_commit();
    x.seen->clear();
    c.start(100ms, x.totals(), with_partitions(2), log);
    BOOST_REQUIRE_MESSAGE(c.is_running(), "seed " << seed << ": " << c.reason());
    c.advance(100ms);
    BOOST_REQUIRE(!x.seen->empty());
    const auto& state = x.seen->begin()->second;
    // One dataset was taken a batch, the last of them by the batch that is looked at.
    const auto batches = committed ? committed->batches : 0;
    BOOST_TEST(state.at("n") == static_cast<int>(batches) + 1);
    BOOST_TEST(state.size() == batches + 2);
  }
}

BOOST_AUTO_TEST_CASE(a_window_holds_what_was_committed_whenever_the_driver_dies) {
  for (std::uint64_t seed = 1; seed <= seed_count(40); ++seed) {
    simulated_disk disk;
    cluster c{seed % 2 * 2, seed};
    auto queue = std::make_shared<line_queue>();
    for (int i = 0; i < 40; ++i)
      queue->push({"n"});
    std::map<batch_time, std::int64_t> counts;
    const auto compose = [queue, &counts](streaming_context& ctx) {
      ctx.queue_stream(queue).count_by_value_and_window(500ms).foreach_rdd(
          [&counts](const auto& records, batch_time t) {
            records.for_each([&](const auto& x) { counts[t] = x.second; });
          });
    };
    auto how = with_partitions(2);
    how.checkpoint_interval = 1 + static_cast<std::uint32_t>(seed % 3);
    c.start(100ms, compose, how, disk.open());
    c.advance(std::chrono::milliseconds{150 + 71 * (seed % 17)});
    c.kill_driver();
    const auto log = disk.open();
    const auto committed = log->last_commit();
    counts.clear();
    c.start(100ms, compose, how, log);
    BOOST_REQUIRE_MESSAGE(c.is_running(), "seed " << seed << ": " << c.reason());
    c.advance(1s);
    BOOST_REQUIRE(!counts.empty());
    const auto& [first, count] = *counts.begin();
    // Every batch took one dataset; those between the commit and the restart were lost with the driver.
    std::int64_t expected = 1;
    if (committed) {
      const auto begun = committed->time - static_cast<std::int64_t>(committed->batches) * 100ms;
      for (auto t = begun + 100ms; t <= committed->time; t = t + 100ms)
        expected += t > first - 500ms ? 1 : 0;
    }
    BOOST_TEST(count == expected, "seed " << seed << ": " << count << " instead of " << expected);
    BOOST_TEST(counts.rbegin()->second == 5);
  }
}

BOOST_AUTO_TEST_CASE(an_input_without_output_does_not_hold_up_a_graceful_stop) {
  fixture x;
  cluster c{0};
  const auto compose = [queue = x.queue, seen = x.seen](streaming_context& ctx) {
    static_cast<void>(ctx.queue_stream(std::make_shared<line_queue>()));
    ones(ctx.queue_stream(queue)).reduce_by_key(std::plus<>{}).foreach_rdd(into(seen));
  };
  x.queue->push({"a"});
  c.start(1s, compose);
  c.stop(stop_mode::graceful);
  BOOST_TEST(c.is_stopped()); // no time passes: it must not be the timeout that ends it
  BOOST_TEST(c.reason() == "");
  BOOST_TEST((sum(*x.seen) == counts{{"a", 1}}));
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run) {
  const auto run = [](std::uint64_t seed) {
    fixture x;
    cluster c{2, seed};
    x.queue->push({"a b c"});
    c.start(1s, x.word_count(), with_partitions(2));
    c.advance(3s);
    return c.trace();
  };
  BOOST_TEST(run(5) == run(5));
  BOOST_TEST(run(5) != run(6));
}

BOOST_AUTO_TEST_CASE(the_death_of_a_worker_ends_the_run_with_a_clear_reason) {
  fixture x;
  cluster c{2};
  c.start(1s, x.word_count(), with_partitions(2));
  c.advance(2s);
  BOOST_TEST(c.is_running());
  c.kill_worker(1);
  c.advance(1s);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason().find("worker") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_worker_refuses_another_program) {
  fixture x;
  const auto other = [](streaming_context& ctx) { ctx.queue_stream(std::make_shared<line_queue>()).print(); };
  cluster c{1};
  c.start(1s, x.word_count(), {}, nullptr, cluster::disagreement{other});
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason().find("another topology") != std::string::npos);

  cluster d{1};
  d.start(1s, x.word_count(), {}, nullptr, cluster::disagreement{x.word_count(), 2});
  BOOST_TEST(d.is_stopped());
  BOOST_TEST(d.reason().find("another program") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_user_function_that_throws_stops_the_run_and_names_the_batch) {
  fixture x;
  cluster c{2};
  const auto compose = [queue = x.queue](streaming_context& ctx) {
    ctx.queue_stream(queue).filter([](std::string_view) -> bool { throw std::runtime_error{"no such word"}; }).print();
  };
  x.queue->push({"a"});
  c.start(1s, compose, with_partitions(2));
  c.advance(2s);
  BOOST_TEST(c.is_stopped());
  BOOST_TEST(c.reason().find("no such word") != std::string::npos);
  BOOST_TEST(c.reason().find("batch ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(after_a_pause_the_missed_batches_are_made_up_in_order) {
  fixture x;
  for (const std::size_t in_flight : {1U, 2U, 5U}) {
    x.seen->clear();
    cluster c{1};
    auto how = with_partitions(2);
    how.max_batches_in_flight = in_flight;
    c.start(100ms, x.word_count(), how);
    c.advance(1s);
    const auto before = x.seen->size();
    c.cut_off(0);
    c.advance(3s);
    BOOST_TEST(x.seen->size() <= before + 1); // the clock goes on, the batches do not
    c.reconnect(0);
    c.advance(1s);
    BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
    BOOST_TEST(x.seen->size() >= 49);
    for (auto i = std::next(x.seen->begin()); i != x.seen->end(); ++i)
      BOOST_TEST((i->first - std::prev(i)->first).count() == 100);
  }
}

BOOST_AUTO_TEST_SUITE_END()
