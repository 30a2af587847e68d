// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_server.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <support/http_client.hpp>

using namespace sluice::detail;
using namespace std::chrono_literals;
using sluice::test::http_client;

namespace {

const std::string get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

http_response echo(const http_request& x) {
  if (x.path == "/missing")
    return http_error(404, "there is no such page");
  return {.content_type = "text/plain", .body = x.method + ' ' + x.path + ' ' + x.body};
}

http_server::options any_port() { return {.port = 0, .most_requests_per_second = 0}; }

} // namespace

BOOST_AUTO_TEST_SUITE(http_servers)

BOOST_AUTO_TEST_CASE(one_connection_serves_many_requests) {
  http_server server{any_port(), echo};
  BOOST_TEST(server.address() == "http://127.0.0.1:" + std::to_string(server.port()));
  http_client client{server.port()};
  for (auto i = 0; i < 100; ++i) {
    const auto answer = client.get("/a%20b/" + std::to_string(i));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.body == "GET /a b/" + std::to_string(i) + ' ');
    BOOST_TEST(answer.has("Connection: keep-alive"));
  }
}

BOOST_AUTO_TEST_CASE(requests_that_come_at_once_are_answered_in_order) {
  http_server server{any_port(), echo};
  http_client client{server.port()};
  std::string all;
  for (auto i = 0; i < 1000; ++i)
    all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz";
  client.send(all);
  for (auto i = 0; i < 1000; ++i)
    BOOST_TEST(client.answer().body == "POST /" + std::to_string(i) + " xyz");
}

BOOST_AUTO_TEST_CASE(an_answer_carries_the_headers_that_guard_a_browser) {
  http_server server{any_port(), [](const http_request& x) {
                       http_response result{.body = "{}"};
                       if (x.path == "/logo.svg")
                         result.headers.emplace_back("Cache-Control", "max-age=60");
                       return result;
                     }};
  http_client client{server.port()};
  const auto plain = client.get("/");
  for (const auto* line : {"Content-Type: application/json", "Content-Length: 2", "X-Content-Type-Options: nosniff",
                           "Cache-Control: no-store", "Referrer-Policy: no-referrer",
                           "Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline'; img-src "
                           "'self' data:; frame-ancestors 'none'"})
    BOOST_TEST(plain.has(line), line);
  const auto kept = client.get("/logo.svg");
  BOOST_TEST(kept.has("Cache-Control: max-age=60"));
  BOOST_TEST(!kept.has("Cache-Control: no-store"));
}

BOOST_AUTO_TEST_CASE(head_has_the_length_of_the_body_and_leaves_it_out) {
  http_server server{any_port(), [](const http_request&) { return http_response{.body = "0123456789"}; }};
  http_client client{server.port()};
  client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = client.answer(false);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.has("Content-Length: 10"));
  BOOST_TEST(client.get("/").body == "0123456789"); // nothing stands between
}

BOOST_AUTO_TEST_CASE(the_handlers_errors_reach_the_client) {
  http_server server{any_port(), echo};
  http_client client{server.port()};
  const auto answer = client.get("/missing");
  BOOST_TEST(answer.status == 404);
  BOOST_TEST(answer.head.starts_with("HTTP/1.1 404 Not Found\r\n"));
  BOOST_TEST(answer.body == R"({"error":"there is no such page"})");
}

BOOST_AUTO_TEST_CASE(a_refused_request_ends_its_connection) {
  http_server server{any_port(), echo};
  for (const auto& [bytes, status] :
       {std::pair{std::string{"nonsense\r\n\r\n"}, 400},
        std::pair{std::string{"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"}, 400},
        std::pair{"GET /" + std::string(64 << 10, 'a') + " HTTP/1.1\r\n\r\n", 414},
        std::pair{"GET / HTTP/1.1\r\nX: " + std::string(64 << 10, 'a') + "\r\n\r\n", 431}}) {
    http_client client{server.port()};
    const auto answer = client.ask(bytes);
    BOOST_TEST(answer.status == status);
    BOOST_TEST(answer.has("Connection: close"));
    BOOST_TEST(client.is_closed());
  }
  BOOST_TEST(http_client{server.port()}.get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(a_gigabyte_is_refused_when_it_is_announced) {
  http_server server{any_port(), echo};
  http_client client{server.port()};
  BOOST_TEST(client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n").status == 413);
  BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_is_refused_where_it_becomes_too_long) {
  http_server server{any_port(), echo};
  http_client client{server.port()};
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const auto chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
  for (auto i = 0; i < 17; ++i)
    client.send(chunk);
  BOOST_TEST(client.answer().status == 413);
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_for_a_word_before_it_sends_a_body_gets_it) {
  http_server server{any_port(), echo};
  http_client client{server.port()};
  BOOST_TEST(client.ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n").status
             == 100);
  BOOST_TEST(client.ask("ab").body == "POST /x ab");
}

BOOST_AUTO_TEST_CASE(clients_that_never_finish_do_not_keep_another_from_its_answer) {
  http_server server{any_port(), echo};
  std::vector<http_client> stuck;
  for (auto i = 0; i < 100; ++i)
    stuck.emplace_back(server.port()).send("GET / HTTP/1.1\r\nHost:");
  BOOST_TEST(http_client{server.port()}.get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(a_client_beyond_the_limit_is_served_and_the_one_that_waited_longest_goes) {
  auto options = any_port();
  options.most_connections = 4;
  http_server server{options, echo};
  std::vector<http_client> silent;
  for (auto i = 0; i < 4; ++i)
    silent.emplace_back(server.port());
  http_client newcomer{server.port()};
  BOOST_TEST(newcomer.get("/").status == 200);
  BOOST_TEST(silent[0].is_closed());
  for (auto i = 1; i < 4; ++i)
    BOOST_TEST(silent[i].get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_take_its_answer_makes_room_for_another) {
  auto options = any_port();
  options.most_unsent_bytes = std::size_t{40} << 20;
  constexpr auto size = std::size_t{32} << 20; // more than the system takes at once
  http_server server{options, [](const http_request&) { return http_response{.body = std::string(size, 'x')}; }};
  http_client first{server.port()};
  first.send(get);
  BOOST_TEST(!first.is_closed()); // its answer has begun
  BOOST_TEST(http_client{server.port()}.get("/").body.size() == size);
  BOOST_CHECK_THROW(first.answer(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(who_sends_a_request_byte_by_byte_is_cut_off) {
  auto options = any_port();
  options.idle_limit = 100ms;
  http_server server{options, echo};
  http_client slow{server.port()};
  const auto start = std::chrono::steady_clock::now();
  slow.send("GET / HTTP/1.1\r\n");
  while (!slow.is_closed(5ms) && slow.send("a"))
    BOOST_REQUIRE((std::chrono::steady_clock::now() - start < 20s));
  BOOST_TEST((std::chrono::steady_clock::now() - start >= 100ms));
}

BOOST_AUTO_TEST_CASE(a_connection_without_requests_is_closed) {
  auto options = any_port();
  options.idle_limit = 50ms;
  http_server server{options, echo};
  http_client silent{server.port()};
  http_client satisfied{server.port()};
  BOOST_TEST(satisfied.get("/").status == 200);
  BOOST_TEST(silent.is_closed());
  BOOST_TEST(satisfied.is_closed());
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_handler_is_logged_and_answered) {
  std::string log;
  {
    http_server server{any_port(), [&log](const http_request& x) -> http_response {
                         static thread_local std::optional<sluice::log_capture> capture;
                         if (!capture)
                           capture.emplace(log); // until the end of the server's thread
                         if (x.path == "/int")
                           throw 1;
                         throw std::runtime_error{"no snapshot"};
                       }};
    http_client client{server.port()};
    const auto answer = client.get("/jobs");
    BOOST_TEST(answer.status == 500);
    BOOST_TEST(answer.body == R"({"error":"the program could not answer this; its log says why"})");
    BOOST_TEST(client.get("/int").status == 500);
  }
  BOOST_TEST(log.find("could not answer GET /jobs: no snapshot") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_next_port_is_taken_if_one_is_not_free) {
  http_server first{any_port(), echo};
  auto options = any_port();
  options.port = first.port();
  http_server second{options, echo};
  BOOST_TEST(second.port() > first.port());
  BOOST_TEST(http_client{second.port()}.get("/").status == 200);
  options.ports_to_try = 1;
  BOOST_CHECK_EXCEPTION((http_server{options, echo}), sluice::runtime_failure, [](const auto& e) {
    return std::string_view{e.what()}.ends_with(
        "Address already in use; give another port, or port 0 for any free one");
  });
}

BOOST_AUTO_TEST_CASE(an_address_that_is_none_is_refused_with_a_sentence) {
  for (const auto* address : {"", "host.example", "127.0.0.1:80", "198.51.100.1"}) {
    auto options = any_port();
    options.address = address;
    BOOST_CHECK_EXCEPTION((http_server{options, echo}), sluice::runtime_failure, [](const auto& e) {
      return std::string_view{e.what()}.find("; give ") != std::string_view::npos
             || std::string_view{e.what()}.find(", as 127.0.0.1") != std::string_view::npos;
    });
  }
}

BOOST_AUTO_TEST_CASE(the_destructor_waits_for_no_client) {
  std::optional<http_server> server{std::in_place, any_port(), echo};
  std::vector<http_client> clients;
  for (const auto* bytes :
       {"", "GET", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"})
    clients.emplace_back(server->port()).send(bytes);
  BOOST_TEST(clients.emplace_back(server->port()).get("/").status == 200);
  const auto start = std::chrono::steady_clock::now();
  server.reset();
  BOOST_TEST((std::chrono::steady_clock::now() - start < 1s));
  for (auto& each : clients)
    BOOST_TEST(each.is_closed());
}

BOOST_AUTO_TEST_CASE(requests_beyond_the_rate_are_told_when_to_come_again) {
  auto options = any_port();
  options.most_requests_per_second = 0.001; // one at first
  auto calls = 0;
  {
    http_server server{options, [&calls](const http_request& x) { return ++calls, echo(x); }};
    http_client client{server.port()};
    BOOST_TEST(client.get("/").status == 200);
    const auto answer = client.get("/");
    BOOST_TEST(answer.status == 429);
    BOOST_TEST(answer.has("Retry-After: 1"));
    BOOST_TEST(client.get("/").status == 429);
  }
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_SUITE_END()
