// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/socket_text_input.hpp>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/base/errors.hpp>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

/// What an attempt to compose says.
std::string refusal(const std::string& host, int port, socket_options options = {}) {
  try {
    socket_text_input(host, port, options);
    return "";
  } catch (const usage_error& e) {
    return e.what();
  }
}

} // namespace

// What needs a socket is in test/system/socket_receiver_test.cpp.
BOOST_AUTO_TEST_SUITE(socket_text_input_)

BOOST_AUTO_TEST_CASE(an_input_says_where_it_reads_from) {
  const auto x = socket_text_input("localhost", 9999);
  BOOST_TEST(x.kind == "socket_text_stream");
  BOOST_TEST(x.description == "socket localhost:9999");
  BOOST_TEST(socket_text_input("::1", 1).description == "socket [::1]:1");
  BOOST_TEST(!x.make_source);
  BOOST_TEST((x.make_receiver() != x.make_receiver()));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_when_it_is_composed) {
  BOOST_TEST(refusal("localhost", 1) == "");
  BOOST_TEST(refusal("localhost", 65535) == "");
  for (const auto port : {0, -1, 65536})
    BOOST_TEST(refusal("localhost", port)
               == "socket_text_stream: port must be 1 to 65535, not " + std::to_string(port));
  BOOST_TEST(refusal("", 9999) == "socket_text_stream: the host must not be empty; use \"localhost\" for this machine");
  BOOST_TEST(refusal("localhost", 1, {.max_line = 0}).starts_with("socket_text_stream: max_line must be 1 to"));
  BOOST_TEST(refusal("localhost", 1, {.max_line = 5 << 20}).starts_with("socket_text_stream: max_line must be 1 to"));
  BOOST_TEST(refusal("localhost", 1, {.connect_timeout = 0s}).starts_with("socket_text_stream: connect_timeout"));
  BOOST_TEST(refusal("localhost", 1, {.reconnect_delay = -1s}).starts_with("socket_text_stream: connect_timeout"));
}

BOOST_AUTO_TEST_SUITE_END()
