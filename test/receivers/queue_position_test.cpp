// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/queue/queue_position.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>

using namespace sluice;

namespace {

using sets = std::vector<std::vector<batch>>;
using word_count = std::pair<std::string_view, std::int64_t>;

batch counts(std::int64_t n) {
  return make_batch<word_count>(std::vector<word_count>{{"a", n}, {"", -n}, {"a longer word", 0}});
}

sets some_sets() { return {{counts(1), counts(2)}, {}, {counts(3)}}; }

/// The bytes of a batch of about `size` bytes.
batch large(std::size_t size) {
  return make_batch<std::string_view>(std::vector<std::string_view>{std::string(size, 'x')});
}

/// Reads a position that may be anything. What is let in must be readable to its end.
bool is_refused(std::string_view stored) {
  const auto read = read_queue_position(stored);
  if (!read) {
    BOOST_TEST(is(read.error(), ec::storage_failed));
    BOOST_TEST(describe(read.error()).starts_with("what waited in the queue cannot be read from the checkpoint: "));
    return true;
  }
  std::int64_t sum = 0;
  for (const auto& set : *read)
    for (const auto& x : set)
      if (const auto records = batch_reader<word_count>::open(x))
        for (std::uint32_t i = 0; i < records->size(); ++i)
          sum += static_cast<std::int64_t>((*records)[i].first.size());
  BOOST_TEST(sum >= 0);
  return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(queue_position)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  for (const auto& waiting : {some_sets(), sets{}, sets{{}, {}}, sets{{counts(7)}}}) {
    const auto written = write_queue_position(waiting);
    BOOST_TEST_REQUIRE(static_cast<bool>(written));
    const auto read = read_queue_position(*written);
    BOOST_TEST_REQUIRE(static_cast<bool>(read));
    BOOST_TEST((*read == waiting));
  }
}

BOOST_AUTO_TEST_CASE(an_empty_queue_has_a_position_as_well) { BOOST_TEST(!write_queue_position({})->empty()); }

BOOST_AUTO_TEST_CASE(batches_are_kept_as_they_are_and_little_is_added) {
  const auto written = write_queue_position(some_sets());
  const auto content = counts(1).bytes().size() + counts(2).bytes().size() + counts(3).bytes().size();
  BOOST_TEST(written->size()
             == content + std::size_t{8} * (4 + 3 + 3)); // the frame, the root and its fields; sets; batches
}

BOOST_AUTO_TEST_CASE(a_position_counts_pulls_with_sets_and_without) {
  const auto with = read_queue_mark(*write_queue_position({}, 7));
  BOOST_REQUIRE(static_cast<bool>(with));
  BOOST_TEST(with->pulls == 7U);
  BOOST_TEST(with->has_sets);
  const auto without = read_queue_mark(write_queue_mark(8));
  BOOST_REQUIRE(static_cast<bool>(without));
  BOOST_TEST(without->pulls == 8U);
  BOOST_TEST(!without->has_sets);
  BOOST_TEST(!read_queue_mark("anything"));
  BOOST_TEST(!read_queue_mark(std::string(16, '\xFF')));
}

BOOST_AUTO_TEST_CASE(what_is_cut_short_is_an_error) {
  const auto whole = *write_queue_position(some_sets());
  for (std::size_t length = 0; length < whole.size(); ++length)
    BOOST_TEST_REQUIRE(is_refused(std::string_view{whole}.substr(0, length)), "length " << length);
  BOOST_TEST(is_refused(std::string(64, '\xFF')));
}

BOOST_AUTO_TEST_CASE(whatever_the_bytes_are_they_are_refused_or_can_be_read) {
  const auto whole = *write_queue_position(some_sets());
  std::mt19937_64 random{5};
  std::size_t refused = 0;
  for (auto i = 0; i < 20'000; ++i) {
    auto changed = whole;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      // Half of them where the message says what is where, which is before what it holds.
      const auto at = random() % 2 == 0 ? random() % 80 : random() % whole.size();
      changed[at] =
          random() % 2 == 0 ? static_cast<char>(random()) : static_cast<char>(changed[at] ^ (1 << random() % 8));
    }
    refused += is_refused(changed) ? 1 : 0;
  }
  BOOST_TEST(refused > 10'000U);
  BOOST_TEST(refused < 20'000U);
}

BOOST_AUTO_TEST_CASE(more_than_a_commit_takes_is_refused_with_what_to_do) {
  constexpr auto size = std::size_t{1} << 20;
  const auto x = large(size);
  const auto fitting = max_queue_position_bytes / (x.bytes().size() + 8);
  sets waiting(8);
  for (std::size_t i = 0; i + 1 < fitting; ++i)
    waiting[i % 8].push_back(x);
  const auto largest = write_queue_position(waiting);
  BOOST_TEST_REQUIRE(static_cast<bool>(largest));
  const auto read = read_queue_position(*largest);
  BOOST_TEST_REQUIRE(static_cast<bool>(read));
  BOOST_TEST((*read == waiting));
  waiting[0].push_back(x);
  waiting[0].push_back(x);
  const auto refused = write_queue_position(waiting);
  BOOST_TEST_REQUIRE(!refused);
  BOOST_TEST(is(refused.error(), ec::invalid_argument));
  const auto why = describe(refused.error());
  BOOST_TEST(why.find("what waits in the queue is too large for a commit: 8 sets need ") == 0U, why);
  BOOST_TEST(why.find("of at most 67108864; push fewer ahead") != std::string::npos, why);
}

BOOST_AUTO_TEST_CASE(the_limit_is_exact) {
  const auto x = large(1000);
  const auto each = x.bytes().size() + 8;
  constexpr auto frame = std::size_t{8} * (4 + 1); // with the one set
  const auto n = (max_queue_position_bytes - frame) / each;
  const auto room = max_queue_position_bytes - frame - n * each;
  sets waiting{std::vector<batch>(n, x)};
  waiting.resize(1 + room / 8); // an empty set takes 8 bytes
  const auto largest = write_queue_position(waiting);
  BOOST_TEST_REQUIRE(static_cast<bool>(largest));
  BOOST_TEST(largest->size() == max_queue_position_bytes);
  waiting.emplace_back();
  BOOST_TEST(!write_queue_position(waiting));
  BOOST_TEST(is_refused(*largest + std::string(8, '\0')));
}

BOOST_AUTO_TEST_SUITE_END()
