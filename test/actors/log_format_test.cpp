// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/log_format.hpp>

#include <string>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

using namespace std::string_literals;
using nlohmann::json;
using sluice::detail::json_message;

BOOST_AUTO_TEST_SUITE(log_format_suite)

BOOST_AUTO_TEST_CASE(a_message_is_one_json_string_whatever_is_in_it) {
  for (const auto& text : {""s, "plain"s, "\"quoted\" \\ and\nbroken"s, "nul\0l"s, "€ {} %v"s})
    BOOST_TEST_CONTEXT(text) {
      const auto message = json_message(text);
      BOOST_TEST(message.find('\n') == std::string::npos);
      BOOST_TEST(json::parse(message).get<std::string>() == text);
    }
  BOOST_TEST(json::parse(json_message("bad \xff\xc3")).get<std::string>() == "bad \xef\xbf\xbd\xef\xbf\xbd");
}

BOOST_AUTO_TEST_CASE(a_long_message_is_cut_off) {
  const auto message = json::parse(json_message(std::string(100'000, 'x'))).get<std::string>();
  BOOST_TEST(message.size() < 9'000U);
  BOOST_TEST(message.ends_with("…"));
}

BOOST_AUTO_TEST_SUITE_END()
