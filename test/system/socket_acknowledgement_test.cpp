// SPDX-License-Identifier: BSD-3-Clause
//
// Sockets that acknowledge, against a real server. The test is the log and the commits.
#include <sluice/receivers/socket/raw_socket_input.hpp>
#include <sluice/receivers/socket/socket_input.hpp>
#include <sluice/receivers/socket/socket_text_input.hpp>

#include <sluice/testkit/receiver_harness.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sluice;
using namespace std::chrono_literals;
using sluice::testkit::receiver_harness;
using sluice::testkit::receiver_harness_options;

namespace {

using texts = std::vector<std::string>;

/// A server for one client at a time, which also reads.
class two_way_server {
public:
  two_way_server() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    BOOST_REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&at), size) == 0);
    BOOST_REQUIRE(listen(listener_, 8) == 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
  }
  two_way_server(const two_way_server&) = delete;
  two_way_server& operator=(const two_way_server&) = delete;
  ~two_way_server() {
    hang_up();
    close(listener_);
  }

  int port() const { return port_; }
  void accept_client() { client_ = accept(listener_, nullptr, nullptr); }
  void send_text(std::string_view text) const {
    BOOST_REQUIRE(send(client_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  void end_of_text() const { shutdown(client_, SHUT_WR); }
  void hang_up() {
    if (client_ >= 0)
      close(client_);
    client_ = -1;
  }

  /// The next line of the client: "nothing" if none comes in that time, "end" if the client has closed.
  std::string hear(std::chrono::milliseconds timeout = 10s) {
    for (;;) {
      if (const auto end = heard_.find('\n'); end != std::string::npos) {
        auto result = heard_.substr(0, end);
        heard_.erase(0, end + 1);
        return result;
      }
      pollfd event{client_, POLLIN, 0};
      if (poll(&event, 1, static_cast<int>(timeout.count())) <= 0)
        return "nothing";
      char bytes[256];
      const auto n = recv(client_, bytes, sizeof bytes, 0);
      if (n <= 0)
        return "end";
      heard_.append(bytes, static_cast<std::size_t>(n));
    }
  }

private:
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int client_ = -1;
  int port_ = 0;
  std::string heard_;
};

struct fixture {
  explicit fixture(acknowledgement how, receiver_harness_options options = {})
      : host{socket_text_input("127.0.0.1", server.port(), {.acknowledge = how}).make_receiver(), options} {
    host.start();
    server.accept_client();
  }

  two_way_server server;
  receiver_harness host;
};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(texts)

BOOST_AUTO_TEST_SUITE(socket_acknowledgement)

BOOST_AUTO_TEST_CASE(lines_are_acknowledged_when_they_are_in_the_log) {
  fixture x{acknowledgement::durable};
  x.server.send_text("one\ntwo\nthr");
  BOOST_TEST(x.host.wait_for_blocks(1)); // at once
  BOOST_TEST(x.server.hear(20ms) == "nothing");
  x.host.durable(1);
  BOOST_TEST(x.server.hear() == "2");
  x.server.send_text("ee\n");
  BOOST_TEST(x.host.wait_for_blocks(2));
  x.host.durable(2);
  BOOST_TEST(x.server.hear() == "3");
  BOOST_TEST(x.host.records<std::string_view>() == (texts{"one", "two", "three"}));
}

BOOST_AUTO_TEST_CASE(lines_that_come_while_the_log_writes_share_its_next_write) {
  fixture x{acknowledgement::durable};
  x.server.send_text("1\n");
  BOOST_TEST(x.host.wait_for_blocks(1));
  for (auto i = 2; i <= 50; ++i)
    x.server.send_text(std::to_string(i) + "\n");
  BOOST_TEST(!x.host.wait_for_blocks(2, 20ms));
  std::string last;
  for (std::uint64_t block = 1; last != "50"; ++block) {
    BOOST_TEST_REQUIRE(x.host.wait_for_blocks(block));
    x.host.durable(block);
    last = x.server.hear();
  }
  BOOST_TEST(x.host.records<std::string_view>().size() == 50U);
}

BOOST_AUTO_TEST_CASE(lines_are_acknowledged_when_they_are_committed) {
  fixture x{acknowledgement::committed, {.is_logged = false}};
  x.server.send_text("one\ntwo\n");
  while (x.host.blocks() == 0)
    x.host.flush();
  BOOST_TEST(x.server.hear(20ms) == "nothing");
  x.host.committed(1);
  BOOST_TEST(x.server.hear() == "2");
}

BOOST_AUTO_TEST_CASE(a_server_that_has_sent_everything_gets_all_acknowledgements) {
  fixture x{acknowledgement::durable};
  x.server.send_text("one\ntwo");
  x.server.end_of_text();
  BOOST_TEST(x.host.wait_for_blocks(1));
  std::uint64_t block = 0;
  std::string last;
  while (last != "2") {
    BOOST_TEST_REQUIRE(x.host.wait_for_blocks(++block));
    x.host.durable(block);
    last = x.server.hear();
  }
  BOOST_TEST(x.server.hear() == "end");
  BOOST_TEST(x.host.records<std::string_view>() == (texts{"one", "two"}));
}

BOOST_AUTO_TEST_CASE(a_new_connection_counts_from_its_own_first_line) {
  fixture x{acknowledgement::durable};
  x.server.send_text("one\ntwo\n");
  BOOST_TEST(x.host.wait_for_blocks(1));
  x.server.hang_up(); // before the log has anything
  x.host.durable(1);
  while (x.host.reports().empty())
    x.host.settle();
  x.server.accept_client();
  x.server.send_text("one\n");
  BOOST_TEST(x.host.wait_for_blocks(2));
  x.host.durable(2);
  BOOST_TEST(x.server.hear() == "1");
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_the_log) {
  fixture x{acknowledgement::durable};
  x.server.send_text("one\n");
  BOOST_TEST(x.host.wait_for_blocks(1));
  x.host.stop();
  BOOST_TEST(x.host.is_drained());
  BOOST_TEST(x.server.hear() == "end");
}

BOOST_AUTO_TEST_CASE(durable_without_a_log_is_the_end) {
  receiver_harness host{socket_text_input("127.0.0.1", 1, {.acknowledge = acknowledgement::durable}).make_receiver(),
                        {.is_logged = false}};
  host.start();
  host.settle();
  BOOST_TEST(host.is_drained());
}

BOOST_AUTO_TEST_CASE(frames_and_decoded_records_are_counted_too) {
  two_way_server server;
  const auto acknowledged_of = [&server](const std::shared_ptr<receiver_base>& it, std::string_view bytes) {
    receiver_harness host{it};
    host.start();
    server.accept_client();
    server.send_text(bytes);
    BOOST_TEST(host.wait_for_blocks(1));
    std::string result = "nothing";
    for (auto i = 0; i < 1000 && result == "nothing"; ++i) {
      host.durable(host.blocks());
      result = server.hear(10ms);
    }
    server.hang_up();
    return result;
  };
  const std::vector<int> numbers{1, 2, 3};
  const auto frame = to_raw_frame(make_batch<int>(numbers));
  const auto durable = acknowledgement::durable;
  BOOST_TEST(acknowledged_of(
                 raw_socket_input<int>("127.0.0.1", server.port(), {.acknowledge = durable}).make_receiver(), frame)
             == "1");
  const auto make_decoder = [] {
    return [](std::string_view bytes, auto& emit) {
      for (const auto c : bytes)
        emit(static_cast<int>(c));
      return bytes.size();
    };
  };
  BOOST_TEST(
      acknowledged_of(
          socket_input<int>("127.0.0.1", server.port(), make_decoder, {.acknowledge = durable}).make_receiver(), "abc")
      == "3");
}

BOOST_AUTO_TEST_SUITE_END()
