// SPDX-License-Identifier: BSD-3-Clause
//
// Contexts whose batches begin by another clock than the machine's.
#include "contexts.hpp"

#include <chrono>
#include <memory>
#include <vector>

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

BOOST_AUTO_TEST_SUITE_END()
