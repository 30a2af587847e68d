// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/socket_text_input.hpp>

#include <support/line_server.hpp>

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>

#include <netdb.h>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/receivers/receiver/receiver_life.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using sluice::test::free_port;
using sluice::test::line_server;

namespace {

using texts = std::vector<std::string>;

/// Hosts a socket receiver without an actor: does at once what it wishes, and without the delays.
class host : public receiver_host {
public:
  explicit host(const input<std::string_view>& from)
      : life_{from.make_receiver(),
              std::shared_ptr<receiver_host>{this, [](receiver_host*) {}},
              stream_id{1},
              default_block_bytes,
              here_,
              {[this](receiver_event what, std::string_view x) {
                 if (what == receiver_event::error)
                   reports_.emplace_back(x);
               },
               [](duration) {}}} {
    life_.start(std::uint64_t{1} << 40);
  }
  ~host() override { life_.stop({}); }

  void block(batch x) override {
    const auto lines = batch_reader<std::string_view>::open(std::move(x));
    std::lock_guard lock{mutex_};
    for (std::uint32_t i = 0; i < lines->size(); ++i)
      lines_.emplace_back((*lines)[i]);
  }
  void drained() override {}
  void marked() override {}
  void report(std::string) override {}
  void note(std::string what) override {
    std::lock_guard lock{mutex_};
    notes_.push_back(std::move(what));
  }
  void restart(std::string why, duration delay) override {
    std::lock_guard lock{mutex_};
    restarts_.push_back({std::move(why), delay});
    changed_.notify_all();
  }
  void stop(error why) override {
    std::lock_guard lock{mutex_};
    stopped_ = std::move(why);
    changed_.notify_all();
  }
  caf::actor_system& system() override { throw std::logic_error("no actors here"); }

  /// Waits for a wish to restart, grants it at once, and returns its words.
  std::string next_restart() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, 10s, [this] { return !restarts_.empty(); }))
      return "no restart within 10 s";
    const auto [why, delay] = restarts_.front();
    restarts_.erase(restarts_.begin());
    lock.unlock();
    life_.restart(why, delay);
    life_.cut();
    life_.resume();
    return reports_.back();
  }
  error next_stop() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, 10s, [this] { return static_cast<bool>(stopped_); });
    return stopped_;
  }
  void end() { life_.stop({}); }

  texts notes() {
    std::lock_guard lock{mutex_};
    return notes_;
  }

  /// What came, when there are that many lines.
  texts lines(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    for (;; std::this_thread::sleep_for(1ms)) {
      life_.cut();
      std::lock_guard lock{mutex_};
      if (lines_.size() >= count || std::chrono::steady_clock::now() > deadline)
        return lines_;
    }
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  texts lines_;
  std::vector<std::pair<std::string, duration>> restarts_;
  error stopped_;
  texts notes_;
  texts reports_;
  errands here_{nullptr, {}};
  receiver_life life_;
};

std::string socket_at(std::uint16_t port) { return "socket 127.0.0.1:" + std::to_string(port) + ": "; }

} // namespace

BOOST_AUTO_TEST_SUITE(socket_receiver)

BOOST_AUTO_TEST_CASE(a_connection_that_is_made_is_said) {
  line_server server{"to be\n"};
  host x{socket_text_input("127.0.0.1", server.port())};
  x.lines(1);
  BOOST_TEST(x.notes() == (texts{"connected to 127.0.0.1:" + std::to_string(server.port())}));
}

BOOST_AUTO_TEST_CASE(lines_arrive_as_they_were_sent) {
  line_server server{"to be\r\nor not\n\ngr\xC3\xBC\xC3\x9F\n"};
  host x{socket_text_input("127.0.0.1", server.port())};
  BOOST_TEST(x.lines(4) == (texts{"to be", "or not", "", "gr\xC3\xBC\xC3\x9F"}), boost::test_tools::per_element());
  server.send("to");
  server.send(" be\n");
  BOOST_TEST(x.lines(5).back() == "to be");
}

BOOST_AUTO_TEST_CASE(names_are_looked_up) {
  line_server server{"here\n"};
  host x{socket_text_input("localhost", server.port())}; // ::1 may refuse, 127.0.0.1 answers
  BOOST_TEST(x.lines(1) == (texts{"here"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_last_line_of_a_connection_is_kept_and_the_next_connection_follows) {
  line_server server{"one\ntwo", line_server::start_at::rest};
  host x{socket_text_input("127.0.0.1", server.port())};
  BOOST_TEST(server.wait_for_sent(7));
  BOOST_TEST(x.lines(1).size() == 1U);
  server.close_clients();
  BOOST_TEST(x.next_restart() == socket_at(server.port()) + "the server closed the connection; trying again in 2 s");
  BOOST_TEST(x.lines(2) == (texts{"one", "two"}), boost::test_tools::per_element());
  BOOST_TEST(server.wait_for_accepted(2));
  server.send("three\n");
  BOOST_TEST(x.lines(3).back() == "three");
}

BOOST_AUTO_TEST_CASE(a_refused_connection_says_what_to_do_and_is_tried_again) {
  const auto port = free_port();
  host x{socket_text_input("127.0.0.1", port, {.reconnect_delay = 500ms})};
  const auto expected = socket_at(port) + "connection refused; is a server listening there (for example `nc -lk "
                        + std::to_string(port) + "`)? trying again in 500 ms";
  BOOST_TEST(x.next_restart() == expected);
  BOOST_TEST(x.next_restart() == expected);
  line_server server{"at last\n", line_server::start_at::beginning, port};
  while (!server.wait_for_accepted(1, 1ms))
    x.next_restart();
  BOOST_TEST(x.lines(1) == (texts{"at last"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_too_long_is_an_error_that_names_the_limit) {
  line_server server{"short\n" + std::string(2000, 'x') + "\nafter\n"};
  host x{socket_text_input("127.0.0.1", server.port(), {.max_line = 1000})};
  BOOST_TEST(x.next_restart()
             == socket_at(server.port())
                    + "a line is longer than the limit of 1000 bytes (max_line), so the connection "
                      "was dropped; trying again in 2 s");
  BOOST_TEST(x.lines(1).front() == "short");
}

BOOST_AUTO_TEST_CASE(an_unknown_host_at_the_first_attempt_is_the_end) {
  addrinfo* found = nullptr;
  const auto code = getaddrinfo("no-such-host.invalid", "1", nullptr, &found);
  if (code != EAI_NONAME) {
    BOOST_TEST_MESSAGE("skipped: no name server here that knows that a name is unknown: " << gai_strerror(code));
    return;
  }
  host x{socket_text_input("no-such-host.invalid", 9999)};
  const auto why = x.next_stop();
  BOOST_TEST(is(why, ec::connection_failed));
  BOOST_TEST(describe(why)
             == "socket no-such-host.invalid:9999: unknown host; check its spelling, or give its IP address");
}

BOOST_AUTO_TEST_CASE(stop_ends_a_reader_a_connecting_one_and_one_that_looks_up_a_name_at_once) {
  line_server server{"x\n"};
  const auto begin = std::chrono::steady_clock::now();
  {
    host reading{socket_text_input("127.0.0.1", server.port())};
    reading.lines(1);
    host connecting{socket_text_input("192.0.2.1", 9999)}; // nobody is there (RFC 5737)
    host looking_up{socket_text_input("no-such-host.invalid", 9999)};
  }
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
}

BOOST_AUTO_TEST_CASE(megabytes_arrive_complete_and_in_order) {
  std::string text;
  constexpr std::size_t count = 300'000;
  for (std::size_t i = 0; i < count; ++i)
    text += "line " + std::to_string(i) + '\n';
  line_server server{text};
  host x{socket_text_input("127.0.0.1", server.port())};
  const auto lines = x.lines(count);
  BOOST_TEST(lines.size() == count);
  for (std::size_t i = 0; i < lines.size(); ++i)
    BOOST_REQUIRE(lines[i] == "line " + std::to_string(i));
}

BOOST_AUTO_TEST_SUITE_END()
