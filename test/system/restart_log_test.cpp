// SPDX-License-Identifier: BSD-3-Clause
//
// What a write-ahead log, transactional outputs, accumulators and savepoints have to do with a restart in the process:
// real threads, and a real clock.
#include "restarts.hpp"

#include <support/temporary_directory.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::test;

namespace {

/// Gives numbers up to `count`, all at once, in the first of its lives; nothing else.
class gives_once : public receiver<std::int64_t> {
public:
  explicit gives_once(std::shared_ptr<std::atomic<int>> lives) : lives_{std::move(lives)} {}

private:
  void on_start() override {
    if (++*lives_ == 1)
      for (std::int64_t i = 0; i < count; ++i)
        store(i);
    flush();
  }
  void on_stop() override {}

  std::shared_ptr<std::atomic<int>> lives_;
};

/// A transactional output, and what it has taken; the same object over all epochs.
struct table {
  std::map<std::uint32_t, batch_time> last; ///< of each partition
  std::multiset<std::int64_t> rows;
  std::vector<std::int64_t> open;
  int taken_before = 0; ///< parts of batches that came again and were taken already
  int starts = 0;
  bool was_open = false; ///< a transaction began before the last one was over
};

class table_output {
public:
  static constexpr auto guarantee = output_guarantee::transactional;

  table_output(std::shared_ptr<table> to, once fault) : to_{std::move(to)}, fault_{std::move(fault)} {}

  void on_start() { ++to_->starts; }

  std::optional<batch_time> begin(const output_id& id) {
    to_->was_open |= !to_->open.empty();
    const auto found = to_->last.find(id.partition);
    if (found == to_->last.end())
      return std::nullopt;
    to_->taken_before += id.time <= found->second;
    return found->second;
  }
  void write(std::span<const std::int64_t> records, const output_id&) {
    to_->open.assign(records.begin(), records.end());
    fault_();
  }
  void commit(const output_id& id) {
    to_->last[id.partition] = id.time;
    to_->rows.insert(to_->open.begin(), to_->open.end());
    to_->open.clear();
  }
  void roll_back() noexcept { to_->open.clear(); }

private:
  std::shared_ptr<table> to_;
  once fault_;
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(quiet);

BOOST_AUTO_TEST_SUITE(restart_log)

BOOST_AUTO_TEST_CASE(what_receivers_got_runs_again_from_the_log_in_the_same_batch) {
  struct run {
    batch_time time;
    bool before;
    std::vector<std::int64_t> records;
  };
  const temporary_directory dir;
  journal<run> runs;
  const auto lives = std::make_shared<std::atomic<int>>(0);
  streaming_context ctx{interval, {.threads = 2, .partitions = 2}};
  ctx.checkpoint(dir.path() / "checkpoint");
  ctx.write_ahead_log();
  ctx.on_error(at_once);
  ctx.receiver_stream<gives_once>(lives).foreach_rdd(
      [&runs, fault = once{1}](const rdd<std::int64_t>& records, const output_id& id) {
        auto all = records.collect();
        if (all.empty())
          return;
        runs.add({id.time, id.may_have_run_before, std::move(all)});
        fault(); // the first time that it has records
      });
  ctx.start();
  BOOST_REQUIRE(runs.wait_for(2));
  std::this_thread::sleep_for(10 * interval);
  ctx.stop();
  const auto all = runs.entries();
  BOOST_TEST(!all[0].before);
  BOOST_TEST(all[1].before);
  BOOST_TEST((all[0].time == all[1].time));
  BOOST_TEST((all[0].records == all[1].records));
  std::multiset<std::int64_t> got;
  for (std::size_t i = 1; i < all.size(); ++i)
    got.insert(all[i].records.begin(), all[i].records.end());
  std::multiset<std::int64_t> expected;
  for (std::int64_t i = 0; i < count; ++i)
    expected.insert(i);
  BOOST_TEST((got == expected));
  BOOST_TEST(*lives == 2);
}

BOOST_AUTO_TEST_CASE(a_transactional_output_takes_each_batch_once) {
  for (const auto in_output : {false, true}) {
    BOOST_TEST_INFO_SCOPE("fails in the output " << in_output);
    const temporary_directory dir;
    const auto to = std::make_shared<table>();
    const once fault{15};
    std::atomic<bool> done = false;
    streaming_context ctx{interval, {.threads = 2, .partitions = 2}};
    ctx.checkpoint(dir.path() / "checkpoint");
    ctx.write_ahead_log();
    ctx.on_error(at_once);
    const auto numbers = ctx.queue_stream(queue_of_numbers());
    numbers.write_to(table_output{to, in_output ? fault : once{0}}, "table");
    numbers.foreach_rdd([&done, in_output, fault](const rdd<std::int64_t>& records) {
      const auto all = records.collect();
      if (!in_output && !all.empty())
        fault(); // the table has taken the batch
      if (std::ranges::find(all, count - 1) != all.end())
        done = true;
    });
    ctx.start();
    for (const auto end = std::chrono::steady_clock::now() + patience; !done && std::chrono::steady_clock::now() < end;)
      std::this_thread::sleep_for(interval);
    ctx.stop();
    BOOST_TEST(fault.has_failed());
    BOOST_TEST(to->starts == 2);
    BOOST_TEST(!to->was_open);
    std::multiset<std::int64_t> expected;
    for (std::int64_t i = 0; i < count; ++i)
      expected.insert(i);
    BOOST_TEST((to->rows == expected));
    if (!in_output)
      BOOST_TEST(to->taken_before > 0);
  }
}

BOOST_AUTO_TEST_CASE(accumulators_count_each_record_once) {
  for (const auto where : {"", "checkpoint"}) {
    const temporary_directory dir;
    journal<std::int64_t> totals;
    const once fault{500};
    streaming_context ctx{interval, {.threads = 2, .partitions = 2}};
    if (*where != '\0')
      ctx.checkpoint(dir.path() / where);
    ctx.on_error(at_once);
    auto seen = ctx.make_accumulator<std::int64_t>("seen");
    const auto numbers = ctx.queue_stream(queue_of_numbers()).map([seen](std::int64_t x) mutable {
      seen += 1;
      return x;
    });
    add_up(numbers, fault, totals);
    ctx.start();
    BOOST_TEST(comes_to(totals, sum));
    ctx.stop();
    BOOST_TEST(fault.has_failed());
    BOOST_TEST(seen.value() == count);
  }
}

BOOST_AUTO_TEST_CASE(a_savepoint_between_two_epochs_is_no_obstacle) {
  const temporary_directory dir;
  const auto listener = std::make_shared<scribe>();
  journal<std::int64_t> totals;
  const once fault{500};
  streaming_context ctx{interval, {.threads = 2, .partitions = 2}};
  ctx.checkpoint(dir.path() / "checkpoint");
  ctx.write_ahead_log();
  ctx.add_streaming_listener(listener);
  ctx.on_error(restart_policy{.max = 3, .backoff = 200ms});
  add_up(ctx.queue_stream(queue_of_numbers()), fault, totals);
  ctx.start();
  BOOST_REQUIRE(listener->heard.wait_for(3)); // its epoch has ended
  ctx.savepoint(dir.path() / "between");
  BOOST_TEST(comes_to(totals, sum));
  ctx.savepoint(dir.path() / "after");
  ctx.stop();
}

BOOST_AUTO_TEST_SUITE_END()
