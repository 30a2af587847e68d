// SPDX-License-Identifier: BSD-3-Clause
#include "answering_server.hpp"

#include <sluice/tool/client/program_client.hpp>
#include <sluice/tool/client/token_file.hpp>
#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace sluice::tool;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

program_client client_of(const answering_server& server, http_limits limits = {}, std::string token = {}) {
  return {{"127.0.0.1", server.port()}, std::move(token), limits};
}

/// The failure of a request to a server that answers so.
failure failure_of(const std::string& answer, http_limits limits = {}, const std::string& token = {}) {
  answering_server server{answer};
  try {
    client_of(server, limits, token).get("/api/v1/overview");
  } catch (const failure& x) {
    return x;
  }
  return {exit_code::well, "no failure"};
}

bool says(const failure& x, const std::string& text) { return std::string{x.what()}.find(text) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(client)

BOOST_AUTO_TEST_CASE(an_answer_comes_as_json) {
  answering_server server{http_reply_text(200, R"({"a": [1, 2]})")};
  BOOST_TEST(client_of(server, {}, "secret").get("/x?y=1")["a"][1] == 2);
  BOOST_TEST(server.last().starts_with("GET /x?y=1 HTTP/1.1\r\n"), server.last());
  BOOST_TEST(server.last().find("\r\nHost: " + server.address() + "\r\n") != std::string::npos, server.last());
  BOOST_TEST(server.last().find("\r\nAuthorization: Bearer secret\r\n") != std::string::npos, server.last());
}

BOOST_AUTO_TEST_CASE(a_post_sends_json) {
  answering_server server{http_reply_text(202, R"({"state": "stopping"})")};
  BOOST_TEST(client_of(server).post("/api/v1/stop", {{"graceful", true}})["state"] == "stopping");
  BOOST_TEST(server.last().starts_with("POST /api/v1/stop HTTP/1.1\r\n"), server.last());
  BOOST_TEST(server.last().find("\r\nContent-Type: application/json\r\n") != std::string::npos, server.last());
  BOOST_TEST(server.last().ends_with("{\"graceful\":true}"), server.last());
}

BOOST_AUTO_TEST_CASE(nobody_listens) {
  answering_server server{""};
  server.close();
  try {
    client_of(server).get("/");
    BOOST_ERROR("somebody answered");
  } catch (const unreachable& x) {
    BOOST_TEST((x.why() == no_reply::not_listening));
    BOOST_TEST((x.code() == exit_code::no_answer));
    BOOST_TEST(says(x, "nobody listens at " + server.address()), x.what());
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_says_nothing_is_given_up) {
  const auto x = failure_of("", {1s, 30ms, 1024});
  BOOST_TEST((x.code() == exit_code::no_answer));
  BOOST_TEST(says(x, "gives no whole answer within 30 ms"), x.what());
}

BOOST_AUTO_TEST_CASE(a_huge_answer_is_left_there) {
  const http_limits limits{1s, 10s, 1024};
  for (const auto& answer : {http_reply_text(200, std::string(2000, ' ')),
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, ' ')}) {
    const auto x = failure_of(answer, limits);
    BOOST_TEST((x.code() == exit_code::no_answer));
    BOOST_TEST(says(x, "is larger than 1.0 KiB"), x.what());
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_speak_http_is_told_apart) {
  const auto x = failure_of("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\r\n");
  BOOST_TEST((x.code() == exit_code::no_answer));
  BOOST_TEST(says(x, "it does not speak HTTP"), x.what());
}

BOOST_AUTO_TEST_CASE(an_answer_that_breaks_off_is_none) {
  const auto x = failure_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
  BOOST_TEST((x.code() == exit_code::no_answer));
  BOOST_TEST(says(x, "closed the connection"), x.what());
}

BOOST_AUTO_TEST_CASE(another_web_server_is_told_apart) {
  for (const auto& answer :
       {http_reply_text(200, "<html>hello</html>"), http_reply_text(404, "<html>404</html>"),
        http_reply_text(200, "12"), http_reply_text(301, ""), http_reply_text(200, "{\"a\": \"\xff\"}")}) {
    const auto x = failure_of(answer);
    BOOST_TEST((x.code() == exit_code::no_answer));
    BOOST_TEST(says(x, "another server than a program of Sluice"), x.what());
  }
}

BOOST_AUTO_TEST_CASE(a_program_with_a_token_asks_for_it) {
  const auto refused = http_reply_text(401, R"({"error": "this page needs its token"})");
  BOOST_TEST((failure_of(refused).code() == exit_code::usage));
  BOOST_TEST(says(failure_of(refused), "give --token-file FILE"));
  BOOST_TEST(says(failure_of(refused, {}, "wrong"), "has another token"));
}

BOOST_AUTO_TEST_CASE(what_a_program_says_of_a_refusal_is_passed_on) {
  const auto x = failure_of(http_reply_text(404, R"({"error": "there is no such batch\u001b[2J"})"));
  BOOST_TEST((x.code() == exit_code::trouble));
  BOOST_TEST(x.what() == "there is no such batch�[2J");
}

BOOST_AUTO_TEST_CASE(nesting_without_end_takes_no_stack) {
  const auto deep = std::string(200'000, '[') + std::string(200'000, ']');
  answering_server server{http_reply_text(200, deep)};
  BOOST_TEST(client_of(server).get("/").dump().size() < 200);
}

BOOST_AUTO_TEST_CASE(addresses_are_read_as_logs_show_them) {
  BOOST_TEST((parse_server_address("10.0.0.5:4041") == server_address{"10.0.0.5", 4041}));
  BOOST_TEST((parse_server_address("http://127.0.0.1:43093") == server_address{"127.0.0.1", 43093}));
  BOOST_TEST((parse_server_address("http://host/") == server_address{"host", 4040}));
  BOOST_TEST((parse_server_address(":5000") == server_address{"127.0.0.1", 5000}));
  BOOST_TEST((parse_server_address("[::1]:5000") == server_address{"::1", 5000}));
  BOOST_TEST(parse_server_address("[::1]:5000").text() == "[::1]:5000");
  for (const auto* const x : {"", "host:", "host:0", "host:65536", "host:80x", "[::1", "a b:1", "https://host:1",
                              "host:1/path", "a\r\nX: y:1", "user@host:1"})
    BOOST_CHECK_THROW(parse_server_address(x), failure);
}

BOOST_AUTO_TEST_CASE(a_token_is_the_first_line_of_its_file) {
  const temporary_directory in;
  const auto path = (in.path() / "token").string();
  std::ofstream{path} << "0123456789abcdef \r\nmore\n";
  BOOST_TEST(read_token(path) == "0123456789abcdef");
  std::ofstream{path} << "a b\n";
  BOOST_CHECK_THROW(read_token(path), failure);
  std::ofstream{path} << "";
  BOOST_CHECK_THROW(read_token(path), failure);
  BOOST_CHECK_THROW(read_token(path + "-not-there"), failure);
}

BOOST_AUTO_TEST_SUITE_END()
