// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/checkpoint_arguments.hpp>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>

#include <cstdlib>
#include <ctime>

using namespace sluice;

namespace {

/// Local time is what a test says while it lives.
struct fixture {
  fixture() { set("CET-1CEST,M3.5.0,M10.5.0/3"); }
  ~fixture() { set(nullptr); }

  static void set(const char* zone) {
    if (zone)
      ::setenv("TZ", zone, 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoint_arguments, fixture)

BOOST_AUTO_TEST_CASE(versions_are_kept_by_number_by_time_or_by_both) {
  BOOST_CHECK((parse_kept_versions("0") == kept_versions{.count = 0}));
  BOOST_CHECK((parse_kept_versions("20") == kept_versions{.count = 20}));
  BOOST_CHECK((parse_kept_versions("10m") == kept_versions{.count = 1, .time = std::chrono::minutes{10}}));
  BOOST_CHECK((parse_kept_versions("500ms") == kept_versions{.count = 1, .time = duration{500}}));
  BOOST_CHECK((parse_kept_versions("20,2h") == kept_versions{.count = 20, .time = std::chrono::hours{2}}));
  for (const auto* wrong : {"", "x", "-1", "1001", "10m,20", "20,", "20,30", ",10m", "10 m", "10d", "20,10m,5", "m"})
    BOOST_CHECK_THROW(parse_kept_versions(wrong), usage_error);
}

BOOST_AUTO_TEST_CASE(a_time_is_a_batch_time_or_a_local_one) {
  BOOST_CHECK(parse_recovery_time("1767225600000") == batch_time{1767225600000});
  BOOST_CHECK(parse_recovery_time("2026-01-01 01:00") == batch_time{1767225600000});
  BOOST_CHECK(parse_recovery_time("2026-01-01T01:00:07") == batch_time{1767225607000});
  BOOST_CHECK(parse_recovery_time("2026-01-01 01:00:07.250") == batch_time{1767225607250});
  BOOST_CHECK(parse_recovery_time("2026-07-01 02:00:00") == batch_time{1782864000000});
  for (const auto* wrong : {"", "now", "-5", "2026-01-01", "2026-13-01 01:00", "2026-02-30 01:00", "2026-01-01 1:00",
                            "2026-01-01 01:00:00.5", "01:00:00"})
    BOOST_CHECK_THROW(parse_recovery_time(wrong), usage_error);
}

BOOST_AUTO_TEST_CASE(a_rename_has_two_names) {
  BOOST_CHECK((parse_rename("update_state_by_key#3=totals")
               == std::pair<std::string, std::string>{"update_state_by_key#3", "totals"}));
  BOOST_TEST(parse_rename("a=b=c").second == "b=c");
  for (const auto* wrong : {"", "a", "=b", "a="})
    BOOST_CHECK_THROW(parse_rename(wrong), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()
