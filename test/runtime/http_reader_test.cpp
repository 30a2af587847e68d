// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <sluice/runtime/http/http_head.hpp>
#include <sluice/runtime/http/http_target.hpp>
#include <sluice/runtime/http/request_bucket.hpp>

using namespace sluice::detail;
using namespace std::chrono_literals;

namespace {

constexpr http_reader::limits small{1024, 4096};

/// The requests in some bytes that arrive in pieces, and the status of the refusal that ended them, or 0.
struct reading {
  std::vector<http_request> requests;
  int refusal = 0;
};

reading read(std::string_view bytes, std::size_t piece = 4096) {
  http_reader reader{small};
  reading result;
  while (!bytes.empty()) {
    const auto space = reader.space();
    const auto n = std::min({bytes.size(), space.size(), piece});
    std::copy_n(bytes.begin(), n, space.begin());
    bytes.remove_prefix(n);
    reader.add(n);
    for (auto outcome = reader.next(); outcome != http_reader::outcome::incomplete; outcome = reader.next()) {
      if (outcome == http_reader::outcome::refused) {
        result.refusal = reader.refusal().status;
        return result;
      }
      result.requests.push_back(reader.take());
    }
  }
  return result;
}

int refusal(std::string_view bytes) { return read(bytes).refusal; }

const std::string chunked = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string three_requests = "GET /a%2Fb?x=1&y=%26+z&&flag HTTP/1.1\r\nHost: h:1\r\nOrigin: o\r\nCookie: c\r\n"
                                   "Authorization: t\r\nContent-Type: j\r\n\r\n"
                                   "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                                   + chunked + "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(http_readers)

BOOST_AUTO_TEST_CASE(requests_are_the_same_in_whatever_pieces_they_arrive) {
  for (std::size_t piece = 1; piece <= three_requests.size(); ++piece) {
    const auto [requests, refusal] = read(three_requests, piece);
    BOOST_TEST(refusal == 0);
    BOOST_REQUIRE(requests.size() == 3);
    const auto& first = requests[0];
    BOOST_TEST(first.method == "GET");
    BOOST_TEST(first.path == "/a/b");
    BOOST_TEST(first.host == "h:1");
    BOOST_TEST(first.origin == "o");
    BOOST_TEST(first.cookie == "c");
    BOOST_TEST(first.authorization == "t");
    BOOST_TEST(first.content_type == "j");
    BOOST_REQUIRE(first.query.size() == 3);
    BOOST_TEST(*first.parameter("x") == "1");
    BOOST_TEST(*first.parameter("y") == "& z");
    BOOST_TEST(first.parameter("flag")->empty());
    BOOST_TEST((first.parameter("z") == nullptr));
    BOOST_TEST(requests[1].body == "hello");
    BOOST_TEST(requests[1].origin.empty());
    BOOST_TEST(requests[2].body == "abcde");
  }
}

BOOST_AUTO_TEST_CASE(malformed_requests_are_refused) {
  for (const auto* bytes :
       {"\x16\x03\x01", "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /%2 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /?a=%g1 HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"})
    BOOST_TEST(refusal(bytes) == 400, bytes);
  BOOST_TEST(refusal(chunked + "x\r\n") == 400);
  BOOST_TEST(refusal("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n") == 501);
  BOOST_TEST(read("GET / HTTP/1.0\r\n\r\n").requests.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_header_has_a_limit_however_it_arrives) {
  for (const auto piece : {1, 100, 4096}) {
    BOOST_TEST(read("GET /" + std::string(2000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", piece).refusal == 414);
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (auto i = 0; i < 200; ++i)
      many += "A: b\r\n";
    BOOST_TEST(read(many + "\r\n", piece).refusal == 431);
    BOOST_TEST(read("GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(1000, 'a') + "\r\n\r\n", piece).refusal == 431);
    BOOST_TEST(read("GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(900, 'a') + "\r\n\r\n", piece).refusal == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_body_has_a_limit_however_it_arrives) {
  const std::string begin = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ";
  BOOST_TEST(read(begin + "4096\r\n\r\n" + std::string(4096, 'x')).requests.at(0).body.size() == 4096);
  BOOST_TEST(refusal(begin + "4097\r\n\r\n") == 413);
  BOOST_TEST(refusal(begin + "18446744073709551615\r\n\r\n") == 413);
  BOOST_TEST(refusal(chunked + "1001\r\n") == 413);
  BOOST_TEST(refusal(chunked + "ffffffffffffffff\r\n") == 413);
  const auto half = "800\r\n" + std::string(0x800, 'x') + "\r\n";
  BOOST_TEST(read(chunked + half + half + "0\r\n\r\n").requests.at(0).body.size() == 4096);
  BOOST_TEST(refusal(chunked + half + half + "1\r\n") == 413);
}

BOOST_AUTO_TEST_CASE(what_stands_between_chunks_has_a_limit) {
  std::string tiny = chunked;
  for (auto i = 0; i < 4000; ++i)
    tiny += "1;a=0123456789\r\nx\r\n";
  BOOST_TEST(refusal(tiny) == 413);
  BOOST_TEST(refusal(chunked + "1;a=" + std::string(8000, 'x')) == 400);
  std::string trailers = chunked + "0\r\n";
  for (auto i = 0; i < 2000; ++i)
    trailers += "A: b\r\n";
  BOOST_TEST(refusal(trailers) == 400);
}

BOOST_AUTO_TEST_CASE(a_client_may_wait_for_a_word_before_it_sends_the_body) {
  http_reader reader{small};
  const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  std::ranges::copy(bytes, reader.space().begin());
  reader.add(bytes.size());
  BOOST_TEST((reader.next() == http_reader::outcome::incomplete));
  BOOST_TEST(reader.take_continue());
  BOOST_TEST(!reader.take_continue());
  BOOST_TEST(reader.has_begun());
}

BOOST_AUTO_TEST_CASE(no_bytes_break_the_reader) {
  std::mt19937 random{4711};
  const auto below = [&random](std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random); };
  const std::vector<std::string> parts{"\r\n", "\r\n\r\n", "0\r\n\r\n", "ffff\r\n", "Content-Length: 3\r\n",
                                       ": ",   "%",        "chunked",   ";",        "\"",
                                       "\\",   "HTTP/1.1", " ",         "\n"};
  for (auto i = 0; i < 20'000; ++i) {
    auto bytes = three_requests;
    for (auto changes = below(6); changes != 0; --changes) {
      const auto at = below(bytes.size());
      switch (below(4)) {
        case 0: bytes[at] = static_cast<char>(below(256)); break;
        case 1: bytes.erase(at, below(20)); break;
        case 2: bytes.insert(at, parts[below(parts.size())]); break;
        default: bytes.insert(at, bytes.substr(below(bytes.size()), below(100))); break;
      }
      bytes += ' ';
    }
    const auto whole = read(bytes);
    const auto pieces = read(bytes, 1 + below(50));
    // What is wrong may be seen later in pieces, and so not at all, but is never taken for a request.
    BOOST_REQUIRE(whole.requests.size() == pieces.requests.size());
    for (std::size_t k = 0; k < whole.requests.size(); ++k) {
      BOOST_REQUIRE(whole.requests[k].path == pieces.requests[k].path);
      BOOST_REQUIRE(whole.requests[k].body == pieces.requests[k].body);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_target_is_decoded_once) {
  BOOST_TEST(parse_target("/%2541%c3%A9")->path == "/%41\xc3\xa9");
  BOOST_TEST(parse_target("/a+b?c+d")->path == "/a+b");
  BOOST_TEST(parse_target("/?c+d=e=f")->query.at(0).first == "c d");
  BOOST_TEST(parse_target("/?c+d=e=f")->query.at(0).second == "e=f");
  BOOST_TEST(parse_target("/?")->query.empty());
  for (const auto* bad : {"", "a", "*", "/%", "/%4", "/%+4", "/%-1", "/%0x", "/%00", "/?%", "/?a=%1"})
    BOOST_TEST(!parse_target(bad), bad);
}

BOOST_AUTO_TEST_CASE(no_text_adds_a_header_to_an_answer) {
  http_response response{.content_type = "text/plain\r\nA: b", .body = "x"};
  response.headers = {
      {"Location", "/\r\nSet-Cookie: a=b"}, {"content-length", "100"}, {"Transfer-Encoding", "chunked"}};
  const auto head = head_of(response, after_answer::close);
  BOOST_TEST(head.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(head.find("\r\nSet-Cookie") == std::string::npos);
  BOOST_TEST(head.find("\r\nA: b") == std::string::npos);
  BOOST_TEST(head.find("\r\nContent-Length: 1\r\n") != std::string::npos);
  BOOST_TEST(head.find("100") == std::string::npos);
  BOOST_TEST(head.find("chunked") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sentence_may_be_any_bytes) {
  BOOST_TEST(http_error(400, "a \"b\" \xff\n").body == "{\"error\":\"a \\\"b\\\" \xef\xbf\xbd\\n\"}");
}

BOOST_AUTO_TEST_CASE(a_bucket_holds_the_requests_of_one_second) {
  const request_bucket::time_point start{};
  request_bucket bucket{10, start};
  const auto passed = [&bucket](request_bucket::time_point now) {
    auto result = 0;
    while (bucket.take(now))
      ++result;
    return result;
  };
  BOOST_TEST(passed(start) == 10);
  BOOST_TEST(passed(start + 250ms) == 2);
  BOOST_TEST(passed(start + 300ms) == 1);
  BOOST_TEST(passed(start + 1h) == 10);
  request_bucket without_limit{0, start};
  BOOST_TEST(without_limit.take(start));
}

BOOST_AUTO_TEST_SUITE_END()
