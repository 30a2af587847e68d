// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/runtime/driver/launch.hpp>
#include <sluice/runtime/program/streaming_context.hpp>

#include "kept_disk.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <vector>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(launch)

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_written_before_an_epoch_is_let_go_and_opened_again) {
  class empty final : public source<int> {
    std::optional<std::vector<int>> compute(batch_time) override { return std::vector<int>{}; }
  };
  streaming_context ctx{1s};
  ctx.input_stream<int>([] { return std::make_unique<empty>(); }).named("numbers").foreach_rdd([](const auto&) {});
  launch_options what;
  what.program = std::make_shared<const composition>(ctx.compose());
  kept_disk disk;
  {
    // A source gives these again, so they are removed from the log.
    const auto log = disk.open()->blocks;
    BOOST_TEST_REQUIRE(!log->write({.blocks = {{"numbers", 1, make_batch<int>(std::vector{1})}}}).why);
  }
  auto kept = disk.open();
  const auto writes = disk.writes();
  *kept = {};
  disk.arm({.fail_at = writes + 1});
  kept = disk.open();
  BOOST_TEST(is(what.follow_failure(std::move(*kept), 0), ec::storage_failed));
  BOOST_TEST(disk.has_failed());
  BOOST_TEST(what.life.number == 0U);
  kept = disk.open();
  BOOST_REQUIRE(kept);
  BOOST_TEST(!what.follow_failure(std::move(*kept), 0));
  BOOST_TEST(what.life.number == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
