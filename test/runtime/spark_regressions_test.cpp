// SPDX-License-Identifier: BSD-3-Clause
//
// Losses that Spark Streaming has had with its write-ahead log, each as a scenario of the whole runtime under virtual
// time: what is in the log is in exactly one batch, and batches that run again are the same batches.
#include <support/cluster.hpp>

#include "feed.hpp"
#include "kept_disk.hpp"
#include "totals.hpp"

#include <sluice/actors/batch/batch_io.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

using numbers = std::multiset<int>;

/// Two receivers in the write-ahead log, and an output that notes which batch had what.
class two_feeds {
public:
  explicit two_feeds(std::uint32_t checkpoint_interval = 1) : how_{spread_over(2, checkpoint_interval)} {
    c.keep_in([this] { return disk.open(); });
    notes_["left"] = std::make_shared<feed::notes>();
    notes_["right"] = std::make_shared<feed::notes>(feed::notes{.next = 10'000});
  }

  void start() {
    c.start(
        interval,
        [this](streaming_context& ctx) {
          const auto all = ctx.union_all({stream(ctx, "left"), stream(ctx, "right")});
          all.foreach_rdd([this](const auto& records, batch_time t) {
            numbers seen;
            records.for_each([&seen](int x) { seen.insert(x); });
            runs[t].push_back(seen);
          });
          all.map([](int x) { return std::pair{x, 1}; }).update_state_by_key(add_up).foreach_rdd([this](const auto& x) {
            totals.clear();
            x.for_each([this](const auto& each) { totals[each.first] = each.second; });
          });
          if (restarts)
            ctx.on_error(restart_policy{});
        },
        how_);
    BOOST_REQUIRE_MESSAGE(c.is_running(), c.reason());
  }

  void push(const std::string& name, int count) {
    if (const auto to = current_[name].lock())
      to->push(count);
  }

  /// The process dies, and what it had in memory with it.
  void die() {
    disk.unplug();
    c.kill_driver();
  }

  /// Whether all that is durable is in one batch, batches that ran again had the same, and the state is their sum.
  bool is_whole() const {
    std::map<int, int> sum;
    for (const auto& [t, seen] : runs) {
      for (const auto x : seen.front())
        ++sum[x];
      if (std::ranges::any_of(seen, [&](const auto& x) { return x != seen.front(); }))
        return false;
    }
    return totals == sum && std::ranges::all_of(sum, [](const auto& x) { return x.second == 1; })
           && std::ranges::all_of(notes_, [&sum](const auto& of) {
                return std::ranges::all_of(of.second->durable, [&sum](int x) { return sum.contains(x); });
              });
  }

  bool restarts = false;
  std::map<batch_time, std::vector<numbers>> runs;
  std::map<int, int> totals; ///< of the last batch
  kept_disk disk;
  cluster c{0};

private:
  dstream<int> stream(streaming_context& ctx, const std::string& name) {
    input<int> from{.kind = "feed", .description = "feed", .make_receiver = [this, name] {
                      const auto made = std::make_shared<feed>(notes_.at(name));
                      current_[name] = made;
                      return made;
                    }};
    from.is_logged = true;
    return ctx.stream(std::move(from)).named(name);
  }

  runtime_options how_;
  std::map<std::string, std::shared_ptr<feed::notes>> notes_; ///< the numbers of the two differ
  std::map<std::string, std::weak_ptr<feed>> current_;
};

void write(const std::shared_ptr<block_log>& log, const log_group& group) {
  BOOST_TEST_REQUIRE(!log->write(group).why);
}

logged_block block_of(const block_log& log, const std::string& input, int number) {
  return {input, log.next_block(input), make_batch<int>(std::vector{number})};
}

/// The blocks that no batch has got.
input_share all_of(const block_log& log, const std::string& input) {
  const auto counts = log.counts(input);
  return {.first_block = counts.allocated, .end_block = counts.next, .is_logged = true, .had = presence::some};
}

} // namespace

BOOST_AUTO_TEST_SUITE(spark_regressions)

// Spark: a block was in the log before the allocation of a batch that did not have it. The recovery cleared all queues
// at each allocation, and the block with them.
BOOST_AUTO_TEST_CASE(spark_23438_a_block_logged_before_an_allocation_without_it_is_not_lost) {
  two_feeds run;
  run.start();
  run.c.advance(2 * interval);
  run.die();
  const auto t = run.runs.rbegin()->first + interval;
  {
    const auto log = run.disk.open()->blocks;
    const auto none_of_left = all_of(*log, "left");
    write(log, {.blocks = {block_of(*log, "left", 1000)}});
    write(log, {.blocks = {block_of(*log, "right", 2000)}});
    write(log, {.allocations = {{t, {{"left", none_of_left}, {"right", all_of(*log, "right")}}}}});
  }
  run.start();
  run.c.advance(3 * interval);
  BOOST_TEST((run.runs.at(t).back() == numbers{2000}));
  BOOST_TEST((run.runs.upper_bound(t)->second.back() == numbers{1000}));
  BOOST_TEST(run.is_whole());
}

// Spark: the blocks of a batch left the queue before their allocation was written. When that write failed, they were in
// no queue and in no batch.
BOOST_AUTO_TEST_CASE(spark_23991_an_allocation_that_cannot_be_written_loses_no_block) {
  std::size_t failures = 0;
  two_feeds probe;
  probe.start();
  const auto first = probe.disk.writes() + 1;
  for (const auto restarts : {true, false})
    for (const auto when : {kept_disk::plan::moment::before, kept_disk::plan::moment::after})
      for (auto n = first; n < first + 20; ++n)
        BOOST_TEST_CONTEXT("write " << n << ", restarts " << restarts) {
          two_feeds run;
          run.restarts = restarts;
          run.disk.arm({.fail_at = n, .when = when, .how_long = kept_disk::plan::length::once});
          run.start();
          for (auto i = 0; i < 5; ++i) {
            run.push("left", 2);
            run.push("right", 1);
            run.c.advance(interval);
            if (!run.c.is_stopped())
              continue;
            ++failures;
            if (run.c.can_restart()) {
              run.c.end_epoch();
              run.c.restart();
            } else {
              run.die();
              run.start();
            }
          }
          run.c.stop(stop_mode::graceful);
          BOOST_TEST(run.c.reason() == "");
          BOOST_TEST(run.is_whole());
        }
  BOOST_TEST(failures >= 70U);
}

// Spark: what a batch had got stayed in the queues of a recovery, so blocks of batches that were done, and cleaned up,
// went to the next batch as well, which failed when it read them.
BOOST_AUTO_TEST_CASE(spark_5233_blocks_of_batches_that_are_done_do_not_go_to_a_batch_after_the_recovery) {
  two_feeds run;
  run.start();
  run.push("left", 2);
  run.c.advance(5 * interval);
  run.die();
  const auto t = run.runs.rbegin()->first + interval;
  {
    const auto log = run.disk.open()->blocks;
    BOOST_TEST(log->counts("left").first > 1U); // the first batches are cleaned up
    write(log, {.blocks = {block_of(*log, "left", 1000)}});
    write(log, {.allocations = {{t, {{"left", all_of(*log, "left")}, {"right", all_of(*log, "right")}}}}});
    write(log, {.blocks = {block_of(*log, "left", 1001)}});
  }
  run.start();
  run.c.advance(3 * interval);
  BOOST_REQUIRE_MESSAGE(run.c.is_running(), run.c.reason());
  BOOST_TEST((run.runs.at(t).back() == numbers{1000}));
  BOOST_TEST((run.runs.upper_bound(t)->second.back() == numbers{1001}));
  BOOST_TEST(run.is_whole());
}

// Spark: the log let go of the blocks of a batch when the batch was done, which may be before the checkpoint that
// covers it. A driver that was killed in between went back to the older one, and the blocks were gone.
BOOST_AUTO_TEST_CASE(spark_6222_blocks_stay_in_the_log_until_the_checkpoint_covers_their_batch) {
  two_feeds run{4};
  run.start();
  for (auto i = 0; i < 6; ++i) { // the checkpoint is of the fourth batch
    run.push("left", 1);
    run.c.advance(interval);
  }
  run.die();
  {
    const auto kept = *run.disk.open();
    const auto last = kept.checkpoint->summary().last_commit->time;
    BOOST_TEST((run.runs.rbegin()->first - last == 2 * interval));
    BOOST_TEST((kept.blocks->released() == last));
    BOOST_TEST(kept.blocks->pending().size() == 2U);
  }
  run.start();
  run.c.advance(interval);
  BOOST_TEST(std::ranges::count_if(run.runs, [](const auto& x) { return x.second.size() == 2; }) == 2);
  BOOST_TEST(run.is_whole());
}

BOOST_AUTO_TEST_SUITE_END()
