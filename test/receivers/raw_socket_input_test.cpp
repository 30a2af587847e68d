// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/raw_socket_input.hpp>

#include "chopped.hpp"
#include "records.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice;
using sluice::test::feed;
using sluice::test::records_of;

namespace {

using entry = std::pair<std::string_view, std::int64_t>;
using entries = std::vector<std::pair<std::string, std::int64_t>>;

batch sample(std::mt19937_64& random) {
  batch_writer<entry> writer;
  std::string text;
  for (auto n = random() % 20; n-- > 0;) {
    text.assign(random() % 40, 'x');
    writer.append({text, static_cast<std::int64_t>(random())});
  }
  return writer.freeze();
}

auto collect_into(std::vector<batch>& into, std::size_t max_frame = max_batch_bytes) {
  const auto store = [&into](batch x) { into.push_back(std::move(x)); };
  return frame_sink<decltype(store)>{max_frame, store};
}

/// What a receiver of entries would do with it: reads every record, or refuses the batch.
std::size_t read_all(const batch& x) {
  const auto reader = batch_reader<entry>::open(x);
  std::size_t bytes = 0;
  if (reader)
    for (std::uint32_t i = 0; i < reader->size(); ++i)
      bytes += (*reader)[i].first.size();
  return bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(raw_socket_input_)

BOOST_AUTO_TEST_CASE(a_frame_is_a_length_of_four_bytes_big_endian_and_a_batch) {
  const auto content = make_batch<std::int64_t>(std::vector{1, 2, 3});
  const auto frame = to_raw_frame(content);
  const auto size = content.bytes().size();
  BOOST_TEST_REQUIRE(size < 256U);
  BOOST_TEST(frame.substr(0, 4) == std::string({0, 0, 0, static_cast<char>(size)}));
  BOOST_TEST(frame.size() == 4 + size);
  const auto large = to_raw_frame(make_batch<std::string>(std::vector{std::string(0x12345, 'x')}));
  BOOST_TEST(large.substr(0, 2) == std::string({0, 1}));
  BOOST_TEST(to_raw_frame(batch{}) == std::string(4, '\0'));
}

BOOST_AUTO_TEST_CASE(batches_arrive_as_they_were_sent_however_the_bytes_are_chopped) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random{seed};
    std::vector<batch> sent;
    std::string bytes;
    for (auto i = 0; i < 20; ++i) {
      sent.push_back(i == 7 ? batch{} : sample(random));
      bytes += to_raw_frame(sent.back());
    }
    std::vector<batch> found;
    auto x = collect_into(found);
    BOOST_TEST(!feed(x, bytes, random, seed % 2 == 0 ? 7 : 10'000));
    BOOST_TEST(!x.finish());
    BOOST_TEST((found == sent));
  }
}

BOOST_AUTO_TEST_CASE(a_frame_longer_than_the_limit_is_refused_by_its_length_alone) {
  std::mt19937_64 random{1};
  std::vector<batch> found;
  auto x = collect_into(found, 100);
  BOOST_TEST(!feed(x, std::string({0, 0, 0, 100}), random, 4));
  auto y = collect_into(found, 100);
  BOOST_TEST(feed(y, std::string({0, 0, 0, 101}), random, 4).value()
             == "a frame of 101 bytes is longer than the limit of 100 (max_frame)");
  auto z = collect_into(found);
  BOOST_TEST(feed(z, "\xFF\xFF\xFF\xFF", random, 4).value()
             == "a frame of 4294967295 bytes is longer than the limit of 8388608 (max_frame)");
  // One that was only announced takes no memory.
  auto w = collect_into(found);
  BOOST_TEST(!feed(w, std::string({0, '\x7F', 0, 0, 1}), random, 5));
  BOOST_TEST(w.space().size() <= 2 * byte_buffer::room);
  BOOST_TEST(w.finish().value() == "its last frame is incomplete");
}

BOOST_AUTO_TEST_CASE(whatever_bytes_come_what_is_passed_on_can_be_read) {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    std::mt19937_64 random{seed};
    std::string bytes;
    for (auto i = 0; i < 3; ++i)
      bytes += to_raw_frame(sample(random));
    for (auto n = 1 + random() % 3; n-- > 0;) {
      const auto at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8); break;
        case 2: bytes.erase(at, random() % 9); break;
        default: bytes.insert(at, random() % 9, '\xFF'); break;
      }
    }
    std::vector<batch> found;
    auto x = collect_into(found);
    const auto wrong = feed(x, bytes, random, 200);
    const auto left = wrong ? wrong : x.finish();
    accepted += left ? 0 : 1;
    refused += left ? 1 : 0;
    for (const auto& each : found)
      BOOST_TEST_REQUIRE(read_all(each) <= bytes.size());
  }
  BOOST_TEST(accepted > 100U);
  BOOST_TEST(refused > 100U);
}

BOOST_AUTO_TEST_CASE(every_beginning_of_a_frame_is_waited_with) {
  std::mt19937_64 random{3};
  const auto frame = to_raw_frame(sample(random));
  for (std::size_t n = 0; n < frame.size(); ++n) {
    const auto first = read_raw_frame(std::string_view{frame}.substr(0, n), max_batch_bytes);
    BOOST_TEST_REQUIRE(static_cast<bool>(first));
    BOOST_TEST(first->size == 0U);
  }
  BOOST_TEST(read_raw_frame(frame, max_batch_bytes)->size == frame.size());
  BOOST_TEST(read_raw_frame(frame + "more", max_batch_bytes)->size == frame.size());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_when_it_is_composed) {
  const auto refusal = [](int port, raw_socket_options options) -> std::string {
    try {
      raw_socket_input<entry>("localhost", port, options);
      return "";
    } catch (const usage_error& e) {
      return e.what();
    }
  };
  BOOST_TEST(refusal(1, {}) == "");
  BOOST_TEST(refusal(0, {}) == "raw_socket_stream: port must be 1 to 65535, not 0");
  BOOST_TEST(refusal(1, {.max_frame = 0}).starts_with("raw_socket_stream: max_frame must be 1 to 8388608 bytes"));
  BOOST_TEST(refusal(1, {.max_frame = max_batch_bytes + 1}).starts_with("raw_socket_stream: max_frame"));
  BOOST_TEST(raw_socket_input<entry>("::1", 9).description == "socket [::1]:9");
}

BOOST_AUTO_TEST_SUITE_END()
