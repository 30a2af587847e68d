// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/client/http_exchange.hpp>

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace sluice::tool {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using error = boost::system::error_code;

/// Runs an operation with a deadline to its end: beast keeps deadlines for asynchronous ones only.
template <class Start>
error finish(asio::io_context& in, Start start) {
  error result;
  start([&result](error e, auto&&...) { result = e; });
  in.restart();
  in.run();
  return result;
}

bool is_of_http(const error& e) { return e.category() == http::make_error_code(http::error::bad_version).category(); }

[[noreturn]] void fail(const error& e) {
  if (e == beast::error::timeout)
    throw http_failure{no_reply::too_late, e.message()};
  if (e == http::error::body_limit)
    throw http_failure{no_reply::too_large, e.message()};
  if (e == http::error::end_of_stream || e == http::error::partial_message)
    throw http_failure{no_reply::broken_off, e.message()};
  if (is_of_http(e))
    throw http_failure{no_reply::not_http, e.message()};
  throw http_failure{no_reply::broken_off, e.message()};
}

http::request<http::string_body> request_of(const server_address& to, const http_question& x) {
  http::request<http::string_body> result{http::string_to_verb(x.method), x.target, 11};
  result.set(http::field::host, to.text());
  result.set(http::field::accept, "application/json");
  result.set(http::field::connection, "close");
  if (!x.token.empty())
    result.set(http::field::authorization, "Bearer " + x.token);
  if (!x.body.empty())
    result.set(http::field::content_type, "application/json");
  result.body() = x.body;
  result.prepare_payload();
  return result;
}

void connect(beast::tcp_stream& stream, asio::io_context& in, const server_address& to, const http_limits& limits) {
  error e;
  asio::ip::tcp::resolver resolver{in};
  const auto found = resolver.resolve(to.host, std::to_string(to.port), e);
  if (e)
    throw http_failure{no_reply::unknown_host, e.message()};
  stream.expires_after(limits.connect);
  e = finish(in, [&](auto done) { stream.async_connect(found, std::move(done)); });
  if (e == asio::error::connection_refused)
    throw http_failure{no_reply::not_listening, e.message()};
  if (e)
    throw http_failure{no_reply::not_reached, e == beast::error::timeout ? "it takes too long" : e.message()};
}

} // namespace

http_reply ask(const server_address& of, const http_question& question, const http_limits& limits) {
  asio::io_context in;
  beast::tcp_stream stream{in};
  connect(stream, in, of, limits);
  stream.expires_after(limits.answer);
  const auto request = request_of(of, question);
  // A server that refuses what is sent may answer and hang up before it has read all of it: so its answer counts.
  const auto not_sent = finish(in, [&](auto done) { http::async_write(stream, request, std::move(done)); });
  if (not_sent == beast::error::timeout)
    fail(not_sent);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(limits.body);
  if (const auto e = finish(in, [&](auto done) { http::async_read(stream, buffer, parser, std::move(done)); }))
    fail(e);
  auto answer = parser.release();
  return {answer.result_int(), std::move(answer.body())};
}

} // namespace sluice::tool
