// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/numbers.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace sluice::tool;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(numbers)

BOOST_AUTO_TEST_CASE(counts_are_exact_as_long_as_they_are_short) {
  BOOST_TEST(count_text(0) == "0");
  BOOST_TEST(count_text(9999) == "9,999");
  BOOST_TEST(count_text(10'000) == "10 k");
  BOOST_TEST(count_text(999'499) == "999 k");
  BOOST_TEST(count_text(999'600) == "1.0 M");
  BOOST_TEST(count_text(1'234'567) == "1.2 M");
  BOOST_TEST(count_text(-1234) == "-1,234");
}

BOOST_AUTO_TEST_CASE(a_number_that_is_not_known_is_a_dash) {
  for (const std::optional<double> x :
       {std::optional<double>{}, std::optional<double>{NAN}, std::optional<double>{INFINITY}}) {
    BOOST_TEST(count_text(x) == "-");
    BOOST_TEST(rate_text(x) == "-");
    BOOST_TEST(bytes_text(x) == "-");
    BOOST_TEST(ms_text(x) == "-");
    BOOST_TEST(share_text(x) == "-");
    BOOST_TEST(date_text(x) == "-");
  }
}

BOOST_AUTO_TEST_CASE(rates_bytes_and_shares_have_their_units) {
  BOOST_TEST(rate_text(0) == "0/s");
  BOOST_TEST(rate_text(0.5) == "0.5/s");
  BOOST_TEST(rate_text(820.4) == "820/s");
  BOOST_TEST(rate_text(1.2e6) == "1.2 M/s");
  BOOST_TEST(bytes_text(512) == "512 B");
  BOOST_TEST(bytes_text(1536) == "1.5 KiB");
  BOOST_TEST(bytes_text(183'500'000) == "175 MiB");
  BOOST_TEST(share_text(0) == "0 %");
  BOOST_TEST(share_text(0.0123) == "1.2 %");
  BOOST_TEST(share_text(1.12) == "112 %");
}

BOOST_AUTO_TEST_CASE(durations_have_two_digits_or_two_units) {
  BOOST_TEST(ms_text(0) == "0 ms");
  BOOST_TEST(ms_text(0.312) == "0.31 ms");
  BOOST_TEST(ms_text(1.84) == "1.8 ms");
  BOOST_TEST(ms_text(12.3) == "12 ms");
  BOOST_TEST(ms_text(999.6) == "1.0 s");
  BOOST_TEST(ms_text(1000) == "1 s");
  BOOST_TEST(ms_text(1370) == "1.4 s");
  BOOST_TEST(ms_text(125'000) == "2 min 5 s");
  BOOST_TEST(ms_text(11'554'000) == "3 h 12 min");
  BOOST_TEST(ms_text(187'200'000) == "2 d 4 h");
}

BOOST_AUTO_TEST_CASE(times_are_read_as_programs_read_them) {
  BOOST_TEST((parse_time("500ms") == 500ms));
  BOOST_TEST((parse_time("2m") == 120s));
  BOOST_TEST((parse_time("1h") == 3600s));
  for (const auto* const x : {"", "5", "s", "-1s", "1.5s", "1d", "999999999999h", "1s "})
    BOOST_TEST(!parse_time(x).has_value(), x);
}

BOOST_AUTO_TEST_SUITE_END()
