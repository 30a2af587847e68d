// SPDX-License-Identifier: BSD-3-Clause
//
// Contexts whose batches begin by another clock than the machine's.
#include "contexts.hpp"

#include <support/temporary_directory.hpp>

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

/// An hour a tenth of a second.
class fast_clock final : public wall_clock {
public:
  std::chrono::microseconds now() const override { return begin_ + pace * (real_.now() - begin_); }
  std::chrono::microseconds until(std::chrono::microseconds t) const override { return wall_clock::until(t) / pace; }

private:
  static constexpr int pace = 36'000;

  system_wall_clock real_;
  std::chrono::microseconds begin_ = real_.now();
};

/// Stands still.
class standing_clock final : public wall_clock {
public:
  explicit standing_clock(std::chrono::microseconds at) : at_{at} {}
  std::chrono::microseconds now() const override { return at_; }

private:
  std::chrono::microseconds at_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(clock_)

BOOST_AUTO_TEST_CASE(batches_begin_by_the_clock_that_was_given) {
  journal<std::vector<int>> batches;
  streaming_context ctx{1h, {.clock = std::make_shared<const fast_clock>()}};
  write_down(numbers(ctx), batches);
  ctx.start();
  BOOST_TEST(batches.wait_for(3));
  ctx.stop(stop_mode::immediate);
  const auto all = batches.entries();
  for (std::size_t i = 0; i < all.size(); ++i)
    BOOST_TEST((all[i] == std::vector{static_cast<int>(i)}));
}

BOOST_AUTO_TEST_CASE(files_are_new_by_the_clock_that_was_given) {
  constexpr auto recorded = 1'000'000'800s;
  const temporary_directory root;
  const auto put = [&root](const char* name, std::chrono::seconds modified) {
    const auto path = root.path() / name;
    std::ofstream{path} << name;
    const timespec times[] = {{0, UTIME_OMIT}, {modified.count(), 0}};
    BOOST_TEST_REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  };
  put("0", recorded - 1s);
  put("1", recorded + 1s);
  put("2", recorded + 3601s);
  streaming_context ctx{1h, {.clock = std::make_shared<const standing_clock>(recorded)}};
  const auto in = root.path().string();
  const auto parse = [](const auto&, std::string_view contents, auto& emit) { emit(contents); };
  ctx.text_file_stream(in).foreach_rdd([](const auto&) {});
  ctx.file_stream<std::string_view>(in, parse).foreach_rdd([](const auto&) {});
  ctx.binary_records_stream(in, 1).foreach_rdd([](const auto&) {});
  for (const auto& each : ctx.compose().inputs) {
    const auto from = each.make_source();
    for (auto hour = 1; hour <= 2; ++hour) {
      const auto t = batch_time{std::chrono::milliseconds{recorded + hour * 1h}.count()};
      BOOST_TEST(static_cast<bool>(from->pull(t, 1 << 20)));
      BOOST_TEST(from->description() == (root.path() / std::to_string(hour)).string());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
