// SPDX-License-Identifier: BSD-3-Clause
//
// A request and its answer as values, without a socket: what the code of a page reads and returns.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::detail {

/// A request that has arrived as a whole. A header that was not sent is an empty string.
struct http_request {
  std::string method;                                     ///< as sent: "GET", "HEAD", "POST", or any other word
  std::string path;                                       ///< percent-decoded, without the query; begins with '/'
  std::vector<std::pair<std::string, std::string>> query; ///< percent-decoded, in the order of the request
  std::string body;
  std::string host;
  std::string origin;
  std::string authorization;
  std::string cookie;
  std::string content_type;

  /// The value of the first parameter with that name in the query; null if there is none.
  const std::string* parameter(std::string_view name) const;
};

/// The answer to a request. The server adds the length, the headers that guard a browser, and `Cache-Control: no-store`
/// unless one is set here.
struct http_response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers; ///< more of them; none about length or connection
};

/// Answers requests. HEAD is to be answered as GET is: the server leaves the body out.
using http_handler = std::function<http_response(const http_request&)>;

/// An answer whose body is {"error": sentence}. The sentence may be any bytes.
http_response http_error(int status, std::string_view sentence);

/// Whether two names or values of headers are the same, but for the case of ASCII letters.
bool same_ignoring_case(std::string_view a, std::string_view b);

} // namespace sluice::detail
