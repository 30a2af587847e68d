// SPDX-License-Identifier: BSD-3-Clause
//
// Copies of the checkpoint of a context in this process.
#include "contexts.hpp"

#include <sluice/actors/base/log.hpp>

#include <support/temporary_directory.hpp>

#include <algorithm>
#include <optional>
#include <span>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

struct quiet {
  quiet() { set_log_level("off"); }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(quiet);

BOOST_AUTO_TEST_SUITE(savepoint)

BOOST_AUTO_TEST_CASE(a_savepoint_of_a_running_program_is_a_checkpoint_as_of_one_of_its_batches) {
  const temporary_directory place;
  const auto copy = place.path() / "copy";
  const auto count = [](std::span<const int> values, std::optional<int> total) {
    return std::optional{total.value_or(0) + static_cast<int>(values.size())};
  };
  const auto compose = [&count](streaming_context& ctx, journal<std::pair<batch_time, int>>& totals) {
    numbers(ctx)
        .map([](int) { return std::pair{1, 1}; })
        .update_state_by_key(count)
        .foreach_rdd([&totals](const rdd<std::pair<int, int>>& records, batch_time t) {
          const auto all = records.collect();
          totals.add({t, all.empty() ? 0 : all.front().second});
        });
  };
  std::optional<batch_time> copied;
  journal<std::pair<batch_time, int>> before;
  {
    streaming_context ctx{interval};
    compose(ctx, before);
    BOOST_CHECK_EXCEPTION(ctx.savepoint(copy), usage_error, says("no checkpoint directory"));
    ctx.checkpoint(place.path() / "checkpoint");
    BOOST_CHECK_EXCEPTION(ctx.savepoint(copy), usage_error, says("has not been started"));
    ctx.start();
    BOOST_REQUIRE(before.wait_for(10));
    copied = ctx.savepoint(copy);
    BOOST_CHECK_EXCEPTION(ctx.savepoint(copy), runtime_failure, says("there is something at that place"));
    BOOST_REQUIRE(before.wait_for(before.entries().size() + 5));
    ctx.stop();
    // The directory is free again, and can still be copied.
    BOOST_CHECK((ctx.savepoint(place.path() / "last") == before.entries().back().first));
  }
  journal<std::pair<batch_time, int>> after;
  streaming_context ctx{interval};
  compose(ctx, after);
  ctx.checkpoint(copy);
  ctx.start();
  BOOST_REQUIRE(after.wait_for(1));
  ctx.stop();
  BOOST_TEST(ctx.is_recovered());
  const auto entries = before.entries();
  const auto found = std::ranges::find(entries, *copied, &std::pair<batch_time, int>::first);
  BOOST_REQUIRE(found != entries.end());
  BOOST_TEST(after.entries().front().second == found->second + 1);
}

BOOST_AUTO_TEST_SUITE_END()
