// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/socket_input.hpp>

#include "chopped.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using sluice::test::feed;

namespace {

using texts = std::vector<std::string>;

/// Records with a length of one byte before them; '!' is not allowed in one.
struct length_prefixed {
  std::size_t operator()(std::string_view bytes, auto& emit) const {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0]));
    if (bytes.size() <= length)
      return 0;
    const auto record = bytes.substr(1, length);
    if (record.find('!') != std::string_view::npos)
      throw std::runtime_error{"somebody shouts"};
    emit(record);
    return 1 + length;
  }
};

/// As many words as there are, up to the last blank; what follows it is a word when nothing follows.
struct words {
  std::size_t operator()(std::string_view bytes, auto& emit) const {
    std::size_t used = 0;
    for (auto end = bytes.find(' '); end != std::string_view::npos; end = bytes.find(' ', used)) {
      emit(bytes.substr(used, end - used));
      used = end + 1;
    }
    return used;
  }
  void finish(std::string_view rest, auto& emit) const { emit(rest); }
};

template <class Decoder>
auto collect_into(Decoder decode, texts& into, std::size_t limit = 1 << 20) {
  const auto store = [&into](const std::vector<std::string_view>& records) {
    into.insert(into.end(), records.begin(), records.end());
  };
  return decoding_sink<std::string_view, Decoder, decltype(store)>{std::move(decode), limit, store};
}

} // namespace

// What needs a socket is in test/system/inputs_test.cpp.
BOOST_AUTO_TEST_SUITE(socket_input_)

BOOST_AUTO_TEST_CASE(records_are_the_same_however_the_bytes_are_chopped) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random{seed};
    std::string bytes;
    std::string text;
    texts records;
    for (auto i = 0; i < 300; ++i) {
      records.emplace_back(random() % 4 == 0 ? random() % 256 : random() % 5, static_cast<char>('a' + i % 26));
      bytes += static_cast<char>(records.back().size()) + records.back();
      text += records.back() + ' ';
    }
    const auto largest = seed % 2 == 0 ? std::size_t{10} : std::size_t{5000};
    texts one_a_call;
    auto x = collect_into(length_prefixed{}, one_a_call);
    BOOST_TEST(!feed(x, bytes, random, largest));
    BOOST_TEST(!x.finish());
    BOOST_TEST((one_a_call == records));
    texts many_a_call;
    auto y = collect_into(words{}, many_a_call);
    BOOST_TEST(!feed(y, text + "end", random, largest));
    BOOST_TEST((many_a_call == records));
    BOOST_TEST(!y.finish());
    BOOST_TEST(many_a_call.back() == "end");
  }
}

BOOST_AUTO_TEST_CASE(megabytes_of_which_a_record_may_be_are_kept) {
  std::mt19937_64 random{1};
  texts found;
  auto x = collect_into(words{}, found, 2'000'000);
  const std::string large(1'900'000, 'x');
  BOOST_TEST(!feed(x, "a " + large + " b ", random, 100'000));
  BOOST_TEST((found == texts{"a", large, "b"}));
}

BOOST_AUTO_TEST_CASE(more_bytes_than_the_limit_of_which_nothing_is_made_are_an_error_that_names_it) {
  std::mt19937_64 random{1};
  texts found;
  auto x = collect_into(words{}, found, 10);
  BOOST_TEST(!feed(x, "a 0123456789", random, 1));
  BOOST_TEST(feed(x, "x", random, 1).value()
             == "the decoder has made nothing of 11 bytes, more than the limit of 10 (max_undecoded)");
  BOOST_TEST(found == (texts{"a"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_end_in_the_middle_of_a_record_is_reported_where_the_decoder_has_no_finish) {
  std::mt19937_64 random{1};
  texts found;
  auto x = collect_into(length_prefixed{}, found);
  BOOST_TEST(!feed(x, "\x05only", random, 2));
  BOOST_TEST(x.finish().value() == "the decoder has made nothing of its last 5 bytes");
  BOOST_TEST(found.empty());
}

BOOST_AUTO_TEST_CASE(a_decoder_that_throws_or_lies_ends_the_connection) {
  std::mt19937_64 random{1};
  texts found;
  auto x = collect_into(length_prefixed{}, found);
  BOOST_CHECK_THROW(feed(x, "\x02ok\x03no!", random, 100), std::runtime_error);
  BOOST_TEST(found == (texts{"ok"}), boost::test_tools::per_element());
  const auto liar = [](std::string_view bytes, auto&) { return bytes.size() + 1; };
  auto y = collect_into(liar, found);
  BOOST_CHECK_THROW(feed(y, "abc", random, 1), usage_error);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_when_it_is_composed) {
  const auto refusal = [](const std::string& host, int port, socket_stream_options options) -> std::string {
    try {
      socket_input<std::string_view>(host, port, [] { return words{}; }, options);
      return "";
    } catch (const usage_error& e) {
      return e.what();
    }
  };
  BOOST_TEST(refusal("localhost", 1, {}) == "");
  BOOST_TEST(refusal("localhost", 0, {}) == "socket_stream: port must be 1 to 65535, not 0");
  BOOST_TEST(refusal("", 1, {}).starts_with("socket_stream: the host must not be empty"));
  BOOST_TEST(refusal("localhost", 1, {.max_undecoded = 0}).starts_with("socket_stream: max_undecoded"));
  BOOST_TEST(refusal("localhost", 1, {.connect_timeout = 0s}).starts_with("socket_stream: connect_timeout"));
  const auto x = socket_input<std::string_view>("localhost", 9, [] { return words{}; });
  BOOST_TEST(x.kind == "socket_stream");
  BOOST_TEST(x.description == "socket localhost:9");
  BOOST_TEST((x.make_receiver() != x.make_receiver()));
}

BOOST_AUTO_TEST_SUITE_END()
