// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/node/node_address.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(node_addresses)

BOOST_AUTO_TEST_CASE(an_address_is_a_host_and_a_port) {
  BOOST_TEST((parse_node_address("127.0.0.1:4711") == node_address{"127.0.0.1", 4711}));
  BOOST_TEST((parse_node_address("host.example:1") == node_address{"host.example", 1}));
  BOOST_TEST((parse_node_address("[::1]:65535") == node_address{"::1", 65535}));
}

BOOST_AUTO_TEST_CASE(an_address_is_written_as_it_is_read) {
  for (const auto* text : {"127.0.0.1:4711", "localhost:1", "[::1]:80", "[fe80::1]:65535"})
    BOOST_TEST(to_string(parse_node_address(text)) == text);
}

BOOST_DATA_TEST_CASE(what_is_no_address_is_refused_with_a_sentence_that_quotes_it,
                     boost::unit_test::data::make({"", ":", "host", ":4711", "4711", "host:", "host:x", "host:0",
                                                   "host:65536", "host:99999999999999999999", "host:-1", "host:+1",
                                                   "host:1 ", "host: 1", "host:4711x", "::1:4711", "[]:1", "[::1]"}),
                     text) {
  BOOST_CHECK_EXCEPTION(parse_node_address(text), usage_error, [&](const usage_error& e) {
    return std::string_view{e.what()}.starts_with("'")
           && std::string_view{e.what()}.find(" not a ") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(a_port_is_a_number_from_1_to_65535) {
  BOOST_TEST(parse_port("1") == 1);
  BOOST_TEST(parse_port("65535") == 65535);
  for (const auto* text : {"", "0", "65536", "-1", "1.0", "0x10", "1e3", "80 ", " 80"})
    BOOST_CHECK_THROW(parse_port(text), usage_error);
}

BOOST_AUTO_TEST_CASE(this_machines_own_addresses_are_told_from_others) {
  BOOST_TEST(is_loopback({"127.0.0.1", 1}));
  BOOST_TEST(is_loopback({"127.8.9.10", 1}));
  BOOST_TEST(is_loopback({"::1", 1}));
  BOOST_TEST(!is_loopback({"10.0.0.1", 1}));
  BOOST_TEST(!is_loopback({"0.0.0.0", 1}));
  BOOST_TEST(!is_loopback({"::", 1}));
  BOOST_TEST(!is_loopback({"2001:db8::1", 1}));
}

BOOST_AUTO_TEST_SUITE_END()
