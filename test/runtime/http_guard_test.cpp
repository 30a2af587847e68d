// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_guard.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/http/token_file.hpp>
#include <support/temporary_directory.hpp>

using namespace sluice::detail;
using sluice::usage_error;

namespace {

const std::string token = "0123456789abcdef+/=";
const http_guard on_loopback{{}};
const http_guard with_token{{.loopback_only = false, .token = token}};

http_request get(std::string path, std::string host = "localhost:4040") {
  return {.method = "GET", .path = std::move(path), .host = std::move(host)};
}

http_request post(std::string origin, std::string content_type = "application/json", std::string body = "{}") {
  return {.method = "POST",
          .path = "/stop",
          .body = std::move(body),
          .host = "localhost:4040",
          .origin = std::move(origin),
          .content_type = std::move(content_type)};
}

/// The status of the refusal; 0: there is none.
int refusal(const http_guard& guard, const http_request& request) {
  const auto result = guard.refuse(request);
  return result ? result->status : 0;
}

std::string header(const http_response& of, std::string_view name) {
  for (const auto& [each, value] : of.headers)
    if (each == name)
      return value;
  return "";
}

std::string problem_with(const std::string& content, std::filesystem::perms mode) {
  const sluice::test::temporary_directory directory;
  const auto path = directory.path() / "token";
  std::ofstream{path} << content;
  std::filesystem::permissions(path, mode);
  try {
    return "none: " + read_token_file(path);
  } catch (const usage_error& e) {
    return e.what();
  }
}

constexpr auto owner = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;

} // namespace

BOOST_AUTO_TEST_SUITE(http_guards)

BOOST_AUTO_TEST_CASE(without_a_token_only_names_of_this_machine_are_answered) {
  for (const auto* host :
       {"localhost", "localhost:4040", "LocalHost:1", "127.0.0.1", "127.0.0.1:65535", "[::1]", "[::1]:4040"})
    BOOST_TEST(refusal(on_loopback, get("/", host)) == 0, host);
  for (const auto* host : {"", "evil.example", "evil.example:4040", "localhost.evil.example", "localhost:4040.evil",
                           "127.0.0.1.evil.example", "[::1", "::1", "[::1]evil", "localhost:", "0.0.0.0",
                           "localhost@evil", "evil.localhost", "10.0.0.1"})
    BOOST_TEST(refusal(on_loopback, get("/", host)) == 403, host);
  BOOST_TEST(refusal(on_loopback, get("/healthz", "evil.example")) == 403);
}

BOOST_AUTO_TEST_CASE(a_token_comes_in_a_header_or_in_a_cookie) {
  auto request = get("/jobs", "any.example");
  const auto unknown = with_token.refuse(request);
  BOOST_REQUIRE(unknown);
  BOOST_TEST(unknown->status == 401);
  BOOST_TEST(unknown->body.find("Authorization: Bearer TOKEN") != std::string::npos);
  BOOST_TEST(header(*unknown, "WWW-Authenticate") == "Bearer");
  for (const auto& authorization : {"Bearer " + token, "bearer  " + token + ' '}) {
    request.authorization = authorization;
    BOOST_TEST(refusal(with_token, request) == 0);
  }
  request.authorization.clear();
  for (const auto& cookie : {"sluice_token=" + token, "a=b; sluice_token=" + token + "; c=d",
                             "sluice_token=of_another_port; sluice_token=" + token}) {
    request.cookie = cookie;
    BOOST_TEST(refusal(with_token, request) == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_token_is_refused) {
  auto request = get("/jobs");
  const auto shorter = token.substr(1);
  for (const auto& wrong : {std::string{}, shorter, token + token, token + "x", 'x' + shorter, token + '\0'}) {
    request.authorization = "Bearer " + wrong;
    request.cookie = "sluice_token=" + wrong + "; x_sluice_token=" + token + ";;=; sluice_token";
    BOOST_TEST(refusal(with_token, request) == 401);
  }
  request.authorization = "Basic " + token;
  BOOST_TEST(refusal(with_token, request) == 401);
  request.authorization = token;
  BOOST_TEST(refusal(with_token, request) == 401);
}

BOOST_AUTO_TEST_CASE(probes_need_no_token) {
  BOOST_TEST(refusal(with_token, get("/healthz", "10.0.0.1:4040")) == 0);
  BOOST_TEST(refusal(with_token, get("/readyz", "10.0.0.1:4040")) == 0);
  BOOST_TEST(refusal(with_token, get("/healthz/x", "10.0.0.1:4040")) == 401);
  auto changing = get("/healthz");
  changing.method = "POST";
  BOOST_TEST(refusal(with_token, changing) == 401);
  const http_guard on_loopback_with_token{{.loopback_only = true, .token = token}};
  BOOST_TEST(refusal(on_loopback_with_token, get("/healthz")) == 0);
  BOOST_TEST(refusal(on_loopback_with_token, get("/healthz", "evil.example")) == 403);
}

BOOST_AUTO_TEST_CASE(a_token_in_the_address_becomes_a_cookie) {
  auto request = get("/");
  for (auto given : {token, std::string{"0123456789abcdef /="}}) { // a query shows '+' as a space
    request.query = {{"token", given}};
    const auto redirected = with_token.refuse(request);
    BOOST_REQUIRE(redirected);
    BOOST_TEST(redirected->status == 303);
    BOOST_TEST(header(*redirected, "Location") == "/");
    BOOST_TEST(header(*redirected, "Set-Cookie") == "sluice_token=" + token + "; HttpOnly; SameSite=Strict; Path=/");
  }
  request.query = {{"token", "wrong"}};
  BOOST_TEST(refusal(with_token, request) == 401);
  request.query = {{"token", token}};
  request.path = "/jobs";
  BOOST_TEST(refusal(with_token, request) == 401);
  BOOST_TEST(refusal(on_loopback, request) == 0);
}

BOOST_AUTO_TEST_CASE(a_page_of_another_site_changes_nothing) {
  for (const auto* own : {"", "http://localhost:4040", "http://LOCALHOST:4040", "https://localhost:4040"})
    BOOST_TEST(refusal(on_loopback, post(own)) == 0, own);
  for (const auto* foreign : {"null", "http://evil.example", "http://localhost", "http://localhost:4041",
                              "localhost:4040", "http://localhost:4040.evil.example", "://"})
    BOOST_TEST(refusal(on_loopback, post(foreign)) == 403, foreign);
  auto reading = get("/");
  reading.origin = "http://evil.example"; // its browser shows it nothing
  BOOST_TEST(refusal(on_loopback, reading) == 0);
}

BOOST_AUTO_TEST_CASE(the_body_of_a_post_is_json) {
  BOOST_TEST(refusal(on_loopback, post("", "application/json; charset=utf-8")) == 0);
  BOOST_TEST(refusal(on_loopback, post("", "Application/JSON")) == 0);
  BOOST_TEST(refusal(on_loopback, post("", "", "")) == 0);
  for (const auto* type : {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json",
                           "text/plain; application/json", "application/jsonx"})
    BOOST_TEST(refusal(on_loopback, post("", type)) == 415, type);
}

BOOST_AUTO_TEST_CASE(other_methods_are_not_known) {
  for (const auto* method : {"PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", ""}) {
    auto request = get("/");
    request.method = method;
    const auto refused = on_loopback.refuse(request);
    BOOST_REQUIRE(refused);
    BOOST_TEST(refused->status == 405);
    BOOST_TEST(header(*refused, "Allow") == "GET, HEAD, POST");
  }
  auto head = get("/");
  head.method = "HEAD";
  BOOST_TEST(refusal(on_loopback, head) == 0);
}

BOOST_AUTO_TEST_CASE(an_address_that_others_can_reach_needs_a_token) {
  for (const auto* address : {"127.0.0.1", "127.8.9.10", "::1", "localhost"})
    BOOST_CHECK_NO_THROW(check_ui_address(address, ""));
  for (const auto* address : {"0.0.0.0", "::", "10.0.0.1", "2001:db8::1", "host.example", "", "::ffff:10.0.0.1"}) {
    BOOST_CHECK_EXCEPTION(check_ui_address(address, ""), usage_error, [](const usage_error& e) {
      return std::string_view{e.what()}.ends_with(": give --ui-token-file FILE");
    });
    BOOST_CHECK_NO_THROW(check_ui_address(address, token));
  }
}

BOOST_AUTO_TEST_CASE(a_token_is_the_first_line_of_a_file_of_its_owner_alone) {
  BOOST_TEST(problem_with("0123456789abcdef", owner) == "none: 0123456789abcdef");
  BOOST_TEST(problem_with(" \t0123456789abcdef \r\nmore", owner) == "none: 0123456789abcdef");
  for (const auto* too_short : {"", "\n0123456789abcdef", "0123456789abcde\n", "                    "})
    BOOST_TEST(problem_with(too_short, owner).find("must have at least 16 characters") != std::string::npos);
  BOOST_TEST(problem_with(std::string(5000, 'a'), owner).find("at most 1024 characters") != std::string::npos);
  for (const auto* unfit :
       {"0123456789abcdef;x", "0123456789 abcdef", "0123456789abcdef\"", "0123456789abcdef\xc3\xa9"})
    BOOST_TEST(problem_with(unfit, owner).find("letters, digits and") != std::string::npos);
  for (const auto others :
       {std::filesystem::perms::group_read, std::filesystem::perms::others_read, std::filesystem::perms::others_write})
    BOOST_TEST(problem_with("0123456789abcdef", owner | others).find("run chmod 600 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_token_file_that_is_none_is_refused_with_a_sentence) {
  const sluice::test::temporary_directory directory;
  const auto sentence = [](std::string_view part) {
    return [part](const usage_error& e) { return std::string_view{e.what()}.find(part) != std::string_view::npos; };
  };
  BOOST_CHECK_EXCEPTION(read_token_file(directory.path() / "gone"), usage_error, sentence("No such file"));
  BOOST_CHECK_EXCEPTION(read_token_file(directory.path()), usage_error, sentence("it is no regular file"));
}

BOOST_AUTO_TEST_SUITE_END()
