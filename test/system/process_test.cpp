// SPDX-License-Identifier: BSD-3-Clause
#include <support/line_server.hpp>
#include <support/process.hpp>

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>

using namespace std::chrono_literals;
using sluice::test::exit_status;
using sluice::test::free_port;
using sluice::test::line_server;
using sluice::test::process;

namespace {

/// A client of 127.0.0.1 that waits up to ten seconds for what it reads.
class client {
public:
  explicit client(std::uint16_t port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    const timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() { ::close(fd_); }

  bool connected() const { return connected_; }

  /// The next `count` bytes, or fewer if the connection ends before.
  std::string read(std::size_t count) {
    std::string result(count, '\0');
    const auto n = ::recv(fd_, result.data(), count, MSG_WAITALL);
    result.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return result;
  }
  bool at_end() { return read(1).empty(); }

private:
  int fd_;
  bool connected_ = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(process_)

BOOST_AUTO_TEST_CASE(output_error_and_exit_code_of_a_child_are_seen) {
  process child{{"sh", "-c", "echo out; echo err >&2; exit 3"}};
  BOOST_TEST((child.wait() == exit_status{3, 0}));
  BOOST_TEST(child.out() == "out\n");
  BOOST_TEST(child.err() == "err\n");
  child.signal(SIGTERM); // of no effect on one that has ended
}

BOOST_AUTO_TEST_CASE(output_is_seen_while_the_child_runs) {
  process child{{"sh", "-c", "echo first; read line; echo second $line; echo third >&2; read forever"}};
  BOOST_TEST(child.wait_for_output("first"));
  BOOST_TEST(child.out() == "first\n");
  BOOST_TEST(child.write("go\n"));
  BOOST_TEST(child.wait_for_output(std::regex{"second +go\n"}));
  BOOST_TEST(child.wait_for_error("third"));
  BOOST_TEST(!child.wait_for_output("never", 20ms));
  BOOST_TEST(!child.wait(20ms).has_value());
}

BOOST_AUTO_TEST_CASE(waiting_for_output_ends_with_the_child) {
  process child{{"sh", "-c", "echo only this"}};
  BOOST_TEST(!child.wait_for_output("never", 1h));
  BOOST_TEST(child.out() == "only this\n");
}

BOOST_AUTO_TEST_CASE(megabytes_pass_through_a_child_without_a_jam) {
  std::string text;
  for (auto i = 0; text.size() < 4'000'000; ++i)
    text += std::to_string(i) + '\n';
  process child{{"cat"}};
  BOOST_TEST(child.write(text));
  child.close_input();
  BOOST_TEST((child.wait() == exit_status{0, 0}));
  BOOST_TEST((child.out() == text));
}

BOOST_AUTO_TEST_CASE(writing_to_a_child_that_has_gone_fails) {
  process child{{"true"}};
  BOOST_TEST(child.wait().has_value());
  BOOST_TEST(!child.write("anybody there?"));
}

BOOST_AUTO_TEST_CASE(a_signal_ends_a_child_that_does_not_handle_it) {
  process child{{"sleep", "1000"}};
  child.signal(SIGTERM);
  BOOST_TEST((child.wait() == exit_status{-1, SIGTERM}));
}

BOOST_AUTO_TEST_CASE(a_child_may_answer_a_signal) {
  process child{{"sh", "-c", "trap 'echo bye; exit 0' INT; echo ready; while :; do read line; done"}};
  BOOST_TEST(child.wait_for_output("ready"));
  child.signal(SIGINT);
  child.close_input();
  BOOST_TEST((child.wait() == exit_status{0, 0}));
  BOOST_TEST(child.out() == "ready\nbye\n");
}

BOOST_AUTO_TEST_CASE(the_environment_of_a_child_can_be_added_to) {
  process child{{"sh", "-c", "echo $HOME_OF_SLUICE; echo $PATH"}, {"HOME_OF_SLUICE=river", "PATH=/bin:/usr/bin"}};
  BOOST_TEST((child.wait() == exit_status{0, 0}));
  BOOST_TEST(child.out() == "river\n/bin:/usr/bin\n");
}

BOOST_AUTO_TEST_CASE(a_child_and_its_children_die_with_their_handle) {
  pid_t child_pid = 0;
  int grandchild = -1; // a descriptor that can be read once the process has ended
  {
    process child{{"sh", "-c", "sleep 1000 & echo $! .; wait"}};
    BOOST_TEST(child.wait_for_output("."));
    child_pid = child.pid();
    grandchild = static_cast<int>(::syscall(SYS_pidfd_open, std::stoi(child.out()), 0));
    BOOST_REQUIRE(grandchild >= 0);
  }
  BOOST_TEST(::kill(child_pid, 0) == -1);
  BOOST_TEST(errno == ESRCH);
  pollfd ended{grandchild, POLLIN, 0};
  BOOST_TEST(::poll(&ended, 1, 10'000) == 1);
  ::close(grandchild);
}

BOOST_AUTO_TEST_CASE(a_child_left_running_does_not_hold_up_its_parent) {
  process child{{"sh", "-c", "sleep 1000 & echo done"}};
  BOOST_TEST((child.wait() == exit_status{0, 0}));
  BOOST_TEST(child.out() == "done\n");
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_exist_is_an_exception) {
  BOOST_CHECK_THROW(process({"/no/such/program"}), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(line_server_)

BOOST_AUTO_TEST_CASE(every_client_gets_the_text_and_what_is_added) {
  line_server server{"one\n"};
  client first{server.port()};
  BOOST_TEST(first.read(4) == "one\n");
  server.send("two\n");
  BOOST_TEST(first.read(4) == "two\n");
  client second{server.port()};
  BOOST_TEST(second.read(8) == "one\ntwo\n");
  BOOST_TEST(server.wait_for_accepted(2));
  BOOST_TEST(server.accepted() == 2U);
}

BOOST_AUTO_TEST_CASE(a_client_may_get_what_the_one_before_it_did_not) {
  line_server server{"one\ntwo\n", line_server::start_at::rest};
  server.pause(4);
  {
    client first{server.port()};
    BOOST_TEST(first.read(4) == "one\n");
    server.close_clients();
    BOOST_TEST(first.at_end());
  }
  server.resume();
  client second{server.port()};
  BOOST_TEST(second.read(4) == "two\n");
}

BOOST_AUTO_TEST_CASE(a_paused_server_sends_nothing_until_it_resumes) {
  line_server server;
  server.pause(3);
  server.send("12345");
  client reader{server.port()};
  BOOST_TEST(reader.read(3) == "123");
  BOOST_TEST(!server.wait_for_sent(4, 20ms));
  server.resume();
  BOOST_TEST(reader.read(2) == "45");
  BOOST_TEST(server.wait_for_sent(5));
}

BOOST_AUTO_TEST_CASE(closed_clients_may_come_back_until_the_server_closes) {
  line_server server{"x"};
  client first{server.port()};
  BOOST_TEST(first.read(1) == "x");
  server.close_clients();
  BOOST_TEST(first.at_end());
  client second{server.port()};
  BOOST_TEST(second.read(1) == "x");
  server.close();
  BOOST_TEST(second.at_end());
  BOOST_TEST(!client{server.port()}.connected());
}

BOOST_AUTO_TEST_CASE(megabytes_reach_a_slow_client_in_order) {
  std::string text;
  for (auto i = 0; text.size() < 4'000'000; ++i)
    text += std::to_string(i) + '\n';
  line_server server{text};
  client reader{server.port()};
  BOOST_TEST((reader.read(text.size()) == text));
}

BOOST_AUTO_TEST_CASE(a_free_port_can_be_listened_on) {
  const auto port = free_port();
  line_server server{"here", line_server::start_at::beginning, port};
  BOOST_TEST(server.port() == port);
  client reader{port};
  BOOST_TEST(reader.read(4) == "here");
  BOOST_CHECK_THROW((line_server{"taken", line_server::start_at::beginning, port}), std::system_error);
}

BOOST_AUTO_TEST_CASE(netcat_reads_from_it) {
  line_server server{"to be\nor not to be\n"};
  process netcat{{"nc", "127.0.0.1", std::to_string(server.port())}};
  BOOST_TEST(netcat.wait_for_output("or not to be\n"));
  netcat.close_input();
  server.close_clients();
  BOOST_TEST((netcat.wait() == exit_status{0, 0}));
  BOOST_TEST(netcat.out() == "to be\nor not to be\n");
}

BOOST_AUTO_TEST_SUITE_END()
