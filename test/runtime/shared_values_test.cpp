// SPDX-License-Identifier: BSD-3-Clause
//
// What functions share across processes: accumulators, broadcast values, and functions that run on the driver only.
#include <support/cluster.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace data = boost::unit_test::data;

namespace {

using number_queue = record_queue<std::int64_t>;
using strings = std::vector<std::string>;

const auto partition_counts = data::make({1U, 2U, 3U});
const auto worker_counts = data::make({0U, 2U});

runtime_options with_partitions(std::uint32_t n) {
  runtime_options how;
  how.partitions = n;
  return how;
}

std::shared_ptr<number_queue> filled(std::initializer_list<std::vector<std::int64_t>> batches) {
  auto result = std::make_shared<number_queue>();
  for (const auto& x : batches)
    result->push(x);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(shared_values)

BOOST_DATA_TEST_CASE(what_functions_add_anywhere_is_read_on_the_driver, worker_counts* partition_counts, workers,
                     partitions) {
  const auto queue = filled({{1, 2, 3}, {4}, {}, {5, 6}});
  std::optional<accumulator<int>> sum; // the driver composes first
  std::optional<accumulator<double>> halves;
  cluster c{workers};
  c.start(
      1s,
      [&, queue](streaming_context& ctx) {
        const auto total = ctx.make_accumulator("sum of all", 100);
        const auto half = ctx.make_accumulator<double>("halves");
        if (!sum) {
          sum = total;
          halves = half;
        }
        ctx.queue_stream(queue)
            .repartition(partitions)
            .map([total, half](std::int64_t x) {
              total.add(static_cast<int>(x));
              half += 0.5;
              return x;
            })
            .foreach_rdd([](const rdd<std::int64_t>&) {});
      },
      with_partitions(partitions));
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  BOOST_TEST(sum->value() == 100);
  c.advance(6s);
  BOOST_TEST(sum->value() == 121);
  BOOST_TEST(halves->value() == 3.0);
  BOOST_TEST(sum->name() == "sum of all");
}

BOOST_DATA_TEST_CASE(a_broadcast_value_is_made_on_the_driver_and_known_everywhere, worker_counts* partition_counts,
                     workers, partitions) {
  const auto queue = filled({{0, 1, 2}});
  auto made = 0;
  std::vector<std::string> seen;
  cluster c{workers};
  c.start(
      1s,
      [&, queue](streaming_context& ctx) {
        const auto names = ctx.make_broadcast([&made] {
          ++made;
          return strings{"zero", "one", "a name that is too long to be kept inline"};
        });
        const auto suffix = ctx.make_broadcast(std::string{"!"});
        BOOST_CHECK_THROW(names.value(), usage_error);
        ctx.queue_stream(queue)
            .repartition(partitions)
            .map([names, suffix](std::int64_t x) { return names->at(static_cast<std::size_t>(x)) + *suffix; })
            .foreach_rdd([&seen](const rdd<std::string>& x) {
              for (const auto& name : x.collect())
                seen.push_back(name);
            });
      },
      with_partitions(partitions));
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(3s);
  std::ranges::sort(seen);
  BOOST_TEST((seen == strings{"a name that is too long to be kept inline!", "one!", "zero!"}));
  BOOST_TEST(made == 1);
}

BOOST_DATA_TEST_CASE(both_are_there_again_after_a_recovery, worker_counts, workers) {
  simulated_disk disk;
  cluster c{workers};
  std::optional<accumulator<int>> sum; // of the life that runs
  std::map<std::int64_t, std::int64_t> totals;
  const auto queue = filled({{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}});
  const auto start = [&] {
    sum.reset();
    const auto compose = [&, queue](streaming_context& ctx) {
      const auto mine = ctx.make_accumulator<int>("seen");
      if (!sum)
        sum = mine;
      const auto factor = ctx.make_broadcast(std::int64_t{100});
      ctx.queue_stream(queue)
          .map([mine, factor](std::int64_t x) {
            mine += 1;
            return std::pair{x, x * *factor};
          })
          .update_state_by_key([](std::span<const std::int64_t> xs, std::optional<std::int64_t> old) {
            return xs.empty() ? old : std::optional{xs[0]};
          })
          .foreach_rdd([&totals](const rdd<std::pair<std::int64_t, std::int64_t>>& x) {
            for (const auto& [key, value] : x.collect())
              totals[key] = value;
          });
    };
    c.start(1s, compose, with_partitions(2), disk.open());
  };
  start();
  c.advance(3s);
  const auto before = sum->value();
  BOOST_TEST(before >= 2);
  c.kill_driver();
  totals.clear();
  start();
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(3s);
  BOOST_TEST(sum->value() > before);
  BOOST_TEST(totals.size() == static_cast<std::size_t>(sum->value())); // both have what was committed
  for (const auto& [key, value] : totals)
    BOOST_TEST(value == 100 * key);
}

// State and sum see the same records, on either side of a shuffle. Whenever the program is killed, what it goes on with
// is the same in both.
BOOST_DATA_TEST_CASE(sums_are_exact_after_any_kill, worker_counts* partition_counts, workers, partitions) {
  simulated_disk disk;
  cluster c{workers};
  std::optional<accumulator<std::int64_t>> before;
  std::optional<accumulator<std::int64_t>> after;
  std::int64_t total = 0;
  const auto queue = std::make_shared<number_queue>();
  for (std::int64_t n = 0; n < 400; ++n)
    queue->push({n, n + 1, 2 * n});
  const auto compose = [&, queue](streaming_context& ctx) {
    const auto first = ctx.make_accumulator<std::int64_t>("before the shuffle");
    const auto second = ctx.make_accumulator<std::int64_t>("after it");
    if (!before) {
      before = first;
      after = second;
    }
    ctx.queue_stream(queue)
        .repartition(partitions)
        .map([first](std::int64_t x) {
          first += x;
          return std::pair{x % 5, x};
        })
        .update_state_by_key([second](std::span<const std::int64_t> xs, std::optional<std::int64_t> old) {
          auto sum = old.value_or(0);
          for (const auto x : xs) {
            second += x;
            sum += x;
          }
          return std::optional{sum};
        })
        .foreach_rdd([&total](const rdd<std::pair<std::int64_t, std::int64_t>>& x) {
          total = 0;
          for (const auto& [key, value] : x.collect())
            total += value;
        });
  };
  for (auto kill = 0; kill < 12; ++kill) {
    before.reset();
    c.start(100ms, compose, with_partitions(partitions), disk.open());
    BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
    BOOST_TEST(before->value() == after->value()); // nothing is on its way yet
    c.advance(350ms + 7ms * kill);
    BOOST_TEST(before->value() == total);
    BOOST_TEST(after->value() == total);
    c.kill_driver();
  }
  BOOST_TEST(total > 0);
}

BOOST_DATA_TEST_CASE(an_output_and_a_listener_read_the_sums_of_their_batch, worker_counts* partition_counts, workers,
                     partitions) {
  struct reader : streaming_listener {
    std::vector<std::int64_t> sums;
    void on_batch_completed(const batch_info& x) override {
      sums.push_back(x.accumulators.at("sum").as<std::int64_t>());
    }
  };
  const auto queue = filled({{1, 2, 3}, {4}, {5, 6}});
  const auto listener = std::make_shared<reader>();
  std::optional<accumulator<int>> sum;
  std::vector<std::int64_t> read;
  cluster c{workers};
  c.add_streaming_listener(listener);
  c.start(
      1s,
      [&, queue](streaming_context& ctx) {
        const auto mine = ctx.make_accumulator<int>("sum");
        if (!sum)
          sum = mine;
        ctx.queue_stream(queue)
            .repartition(partitions)
            .map([mine](std::int64_t x) {
              mine += static_cast<int>(x);
              return x;
            })
            .foreach_rdd([&read, &sum](const rdd<std::int64_t>&) { read.push_back(sum->value()); });
      },
      with_partitions(partitions));
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(4s);
  const std::vector<std::int64_t> expected{6, 10, 21};
  BOOST_REQUIRE(read.size() >= 3U);
  BOOST_REQUIRE(listener->sums.size() >= 3U);
  read.resize(3);
  listener->sums.resize(3);
  BOOST_TEST(read == expected, boost::test_tools::per_element());
  BOOST_TEST(listener->sums == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_broadcast_value_that_is_too_large_says_so) {
  streaming_context ctx{1s};
  const auto large = ctx.make_broadcast(std::string(std::size_t{5} << 20, 'x'));
  make_broadcasts(ctx.compose());
  BOOST_TEST(large.value().size() == std::size_t{5} << 20);
  BOOST_CHECK_THROW(ctx.compose().broadcasts.front()->encode(), std::length_error);
}

BOOST_DATA_TEST_CASE(transform_runs_on_the_driver_whatever_else_does_not, worker_counts* partition_counts, workers,
                     partitions) {
  const auto queue = filled({{1, 2, 3}, {4, 5}});
  std::int64_t factor = 10;
  std::vector<std::int64_t> seen;
  cluster c{workers};
  c.start(
      1s,
      [&, queue](streaming_context& ctx) {
        ctx.queue_stream(queue)
            .map([](std::int64_t x) { return x + 1; })
            .transform([&factor](const rdd<std::int64_t>& x) {
              const auto now = factor++;
              return x.map([now](std::int64_t n) { return n * now; });
            })
            .map([](std::int64_t x) { return x; })
            .foreach_rdd([&seen](const rdd<std::int64_t>& x) {
              for (const auto n : x.collect())
                seen.push_back(n);
            });
      },
      with_partitions(partitions));
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(3s);
  std::ranges::sort(seen);
  BOOST_TEST((seen == std::vector<std::int64_t>{20, 30, 40, 55, 66}));
}

BOOST_DATA_TEST_CASE(windows_slide_alike_on_all_nodes, worker_counts* partition_counts, workers, partitions) {
  using counts = std::map<std::int64_t, std::int64_t>;
  const auto queue = filled({{1, 1}, {2}, {1, 3}, {}, {3}, {}});
  std::vector<counts> seen;
  cluster c{workers};
  c.start(
      1s,
      [&, queue](streaming_context& ctx) {
        ctx.queue_stream(queue).count_by_value_and_window(3s, 2s).foreach_rdd(
            [&seen](const rdd<std::pair<std::int64_t, std::int64_t>>& x) {
              counts now;
              for (const auto& [value, n] : x.collect())
                now[value] = n;
              seen.push_back(now);
            });
      },
      with_partitions(partitions));
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(7s);
  BOOST_REQUIRE(seen.size() >= 3U);
  BOOST_TEST((seen[0] == counts{{1, 2}, {2, 1}}));
  BOOST_TEST((seen[1] == counts{{2, 1}, {1, 1}, {3, 1}}));
  BOOST_TEST((seen[2] == counts{{3, 1}}));
}

BOOST_DATA_TEST_CASE(a_batch_whose_function_throws_is_skipped_on_any_node, worker_counts* partition_counts, workers,
                     partitions) {
  const auto queue = filled({{1, 2}, {3, 13, 4}, {5}});
  std::map<batch_time, std::size_t> seen;
  cluster c{workers};
  c.start(
      1s,
      [&, queue](streaming_context& ctx) {
        ctx.on_error(error_policy::skip_batch);
        ctx.queue_stream(queue)
            .repartition(partitions)
            .filter([](std::int64_t x) {
              if (x == 13)
                throw std::runtime_error{"bad luck"};
              return true;
            })
            .foreach_rdd([&seen](const rdd<std::int64_t>& x, batch_time t) { seen[t] = x.count(); });
      },
      with_partitions(partitions));
  BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  c.advance(4s);
  BOOST_TEST(c.is_running());
  std::vector<std::size_t> sizes;
  for (const auto& [t, n] : seen)
    sizes.push_back(n);
  BOOST_REQUIRE(sizes.size() >= 2U);
  BOOST_TEST(sizes[0] == 2U);
  BOOST_TEST(sizes[1] == 1U);
  BOOST_TEST((std::next(seen.begin())->first - seen.begin()->first == 2s));
}

BOOST_AUTO_TEST_SUITE_END()
