// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_reader.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <sluice/runtime/http/http_target.hpp>

namespace sluice::detail {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

constexpr std::size_t read_bytes = 4096;

std::string_view view(boost::beast::string_view x) { return {x.data(), x.size()}; }

} // namespace

class http_reader::impl {
public:
  explicit impl(limits most) : most_{most}, buffer_{most.header_bytes + read_bytes} { begin(); }

  std::span<char> space() {
    const auto result = buffer_.prepare(read_bytes);
    return {static_cast<char*>(result.data()), result.size()};
  }

  void add(std::size_t bytes) { buffer_.commit(bytes); }

  outcome next() {
    while (buffer_.size() != 0 && !parser_->is_done()) {
      error_code problem;
      const auto had_header = parser_->is_header_done();
      const auto used = parser_->put(buffer_.data(), problem);
      buffer_.consume(used);
      used_ += used;
      if (problem == http::error::need_more)
        break;
      if (problem)
        return refuse(problem);
      if (!had_header && parser_->is_header_done() && !check_header())
        return outcome::refused;
    }
    return parser_->is_done() ? complete() : check_limits();
  }

  http_request take() { return std::move(request_); }
  http_response refusal() { return std::move(refusal_); }
  bool keeps_alive() const { return keeps_alive_; }
  bool take_continue() { return std::exchange(awaits_continue_, false); }
  bool has_begun() const { return used_ != 0 || buffer_.size() != 0; }

private:
  void begin() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(most_.header_bytes));
    parser_->body_limit(most_.body_bytes);
    used_ = 0;
    awaits_continue_ = false;
  }

  /// The parser forgets the fields that it has read when it holds the header against its limit, and does not limit the
  /// bytes around the chunks of a body at all. So both are counted here.
  outcome check_limits() {
    const auto bytes = used_ + buffer_.size();
    if (!parser_->is_header_done())
      return bytes > most_.header_bytes ? refuse(http::error::header_limit) : outcome::incomplete;
    if (buffer_.size() >= most_.header_bytes)
      return refuse(400, "the request is malformed: a line between the chunks of its body is too long");
    if (bytes > most_.header_bytes + 2 * most_.body_bytes + read_bytes)
      return refuse(http::error::body_limit);
    return outcome::incomplete;
  }

  /// Checks the parser's omissions, and makes the request but for its body.
  bool check_header() {
    const auto& header = parser_->get();
    const auto hosts = header.count(http::field::host);
    auto target = parse_target(view(header.target()));
    if (used_ > most_.header_bytes)
      refuse(http::error::header_limit);
    else if (!target)
      refuse(400, "the request is malformed: its path does not begin with / or has a bad percent escape");
    else if (hosts > 1 || (hosts == 0 && header.version() == 11))
      refuse(400, "the request is malformed: it needs one Host header");
    else if (header.count(http::field::transfer_encoding) != 0 && !parser_->chunked())
      refuse(501, "the request has a Transfer-Encoding other than chunked");
    else
      return make_request(std::move(*target)), true;
    return false;
  }

  void make_request(http_target target) {
    const auto& header = parser_->get();
    const auto text = [&header](http::field name) { return std::string{view(header[name])}; };
    request_ = {.method = std::string{view(header.method_string())},
                .path = std::move(target.path),
                .query = std::move(target.query),
                .host = text(http::field::host),
                .origin = text(http::field::origin),
                .authorization = text(http::field::authorization),
                .cookie = text(http::field::cookie),
                .content_type = text(http::field::content_type)};
    awaits_continue_ = !parser_->is_done() && same_ignoring_case(view(header[http::field::expect]), "100-continue");
  }

  outcome complete() {
    keeps_alive_ = parser_->keep_alive();
    request_.body = std::move(parser_->get().body());
    begin();
    return outcome::complete;
  }

  outcome refuse(int status, std::string_view sentence) {
    refusal_ = http_error(status, sentence);
    return outcome::refused;
  }

  outcome refuse(error_code problem) {
    if (problem == http::error::body_limit)
      return refuse(413, "the body of the request is longer than " + std::to_string(most_.body_bytes) + " bytes");
    if (problem != http::error::header_limit)
      return refuse(400, "the request is malformed: " + problem.message());
    const auto limit = " longer than " + std::to_string(most_.header_bytes) + " bytes";
    // The parser may have put off the first line until the header is complete.
    const auto bytes = std::min(buffer_.size(), most_.header_bytes);
    if (parser_->get().target().empty() && std::memchr(buffer_.data().data(), '\n', bytes) == nullptr)
      return refuse(414, "the path of the request is" + limit);
    return refuse(431, "the headers of the request are" + limit);
  }

  limits most_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_; ///< of one request
  std::size_t used_ = 0;                                          ///< bytes of this request that it has read
  bool awaits_continue_ = false;
  http_request request_;
  bool keeps_alive_ = false;
  http_response refusal_;
};

http_reader::http_reader(limits most) : impl_{std::make_unique<impl>(most)} {}
http_reader::~http_reader() = default;

std::span<char> http_reader::space() { return impl_->space(); }
void http_reader::add(std::size_t bytes) { impl_->add(bytes); }
http_reader::outcome http_reader::next() { return impl_->next(); }
http_request http_reader::take() { return impl_->take(); }
http_response http_reader::refusal() { return impl_->refusal(); }
bool http_reader::keeps_alive() const { return impl_->keeps_alive(); }
bool http_reader::take_continue() { return impl_->take_continue(); }
bool http_reader::has_begun() const { return impl_->has_begun(); }

} // namespace sluice::detail
