// SPDX-License-Identifier: BSD-3-Clause
//
// Signals that arrive while a system call waits: a real clock, real sockets.
#include <sluice/actors/os/system_call.hpp>
#include <sluice/runtime/node/node_address.hpp>

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

/// Interrupts this process every few milliseconds.
class alarms {
public:
  alarms() {
    struct sigaction action{};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, &before_); // without SA_RESTART
    set(5000);
  }
  ~alarms() {
    set(0);
    ::sigaction(SIGALRM, &before_, nullptr);
  }
  alarms(const alarms&) = delete;
  alarms& operator=(const alarms&) = delete;

private:
  static void set(int microseconds) {
    const itimerval every{{0, microseconds}, {0, microseconds}};
    ::setitimer(ITIMER_REAL, &every, nullptr);
  }

  struct sigaction before_{};
};

/// Listens, and answers nobody: its queue is full.
class full_server {
public:
  full_server() : listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    ::bind(listening_, reinterpret_cast<sockaddr*>(&address_), size);
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address_), &size);
    ::listen(listening_, 0);
    for (auto i = 0; i < 8; ++i) {
      clients_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      ::connect(clients_.back(), reinterpret_cast<const sockaddr*>(&address_), size);
    }
  }
  ~full_server() {
    for (const auto each : clients_)
      ::close(each);
    ::close(listening_);
  }
  full_server(const full_server&) = delete;
  full_server& operator=(const full_server&) = delete;

  node_address address() const { return {"127.0.0.1", ntohs(address_.sin_port)}; }

private:
  int listening_;
  sockaddr_in address_{};
  std::vector<int> clients_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(interruption)

BOOST_AUTO_TEST_CASE(a_poll_goes_on_after_a_signal) {
  const int event = ::eventfd(0, EFD_CLOEXEC);
  const alarms often;
  std::thread later{[event] {
    std::this_thread::sleep_for(100ms);
    ::eventfd_write(event, 1);
  }};
  pollfd waiting{event, POLLIN, 0};
  BOOST_TEST(poll_for(waiting, 10s) == 1);
  later.join();
  ::close(event);
}

BOOST_AUTO_TEST_CASE(a_poll_takes_no_longer_for_signals) {
  const int event = ::eventfd(0, EFD_CLOEXEC);
  const alarms often;
  pollfd waiting{event, POLLIN, 0};
  const auto before = clock_type::now();
  BOOST_TEST(poll_for(waiting, 100ms) == 0);
  BOOST_TEST((clock_type::now() - before >= 100ms));
  ::close(event);
}

BOOST_AUTO_TEST_CASE(a_node_has_all_its_time_to_answer_whatever_signals_come) {
  const full_server silent;
  const alarms often;
  const auto before = clock_type::now();
  BOOST_TEST(problem_at(silent.address(), 300ms).value_or("") == "Connection timed out");
  BOOST_TEST((clock_type::now() - before >= 300ms));
}

BOOST_AUTO_TEST_SUITE_END()
