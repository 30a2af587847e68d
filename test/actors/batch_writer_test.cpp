// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/batch_writer.hpp>

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/batch/batch_io.hpp>

#include "allocation_meter.hpp"
#include "end_of_memory.hpp"
#include "records.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using word_count = std::pair<std::string_view, std::int64_t>;
using numbers = std::tuple<std::int8_t, std::uint16_t, float, std::pair<color, double>, point, distance, state>;

/// A text whose batch, as the only record, has `size` bytes in its columns.
std::string text_of(std::size_t size) { return std::string(size - sizeof(std::uint32_t), 'x'); }

constexpr std::size_t largest_text = max_record_bytes - batch_overhead(2);

/// The batch of these records, made column by column as any type's is.
template <record T>
batch freeze_columns(std::span<const T> records) {
  std::vector<column_kind> kinds;
  codec<T>::layout(kinds);
  std::vector<column_buffer> columns;
  for (const auto kind : kinds)
    columns.emplace_back(kind);
  for (const auto& x : records)
    codec<T>::append(columns.data(), x);
  return batch::freeze(schema_id<T>(), static_cast<std::uint32_t>(records.size()), columns);
}

/// Calls `f` with random records of some flat types.
template <class F>
void for_each_flat_type(random_records& random, std::size_t n, F&& f) {
  f(random.make_many<std::uint8_t>(n));
  f(random.make_many<std::int64_t>(n));
  f(random.make_many<std::pair<std::uint64_t, float>>(n));
  f(random.make_many<numbers>(n));
}

} // namespace

BOOST_AUTO_TEST_SUITE(batch_writer_suite)

BOOST_AUTO_TEST_CASE(a_writer_writes_batch_after_batch) {
  batch_writer<word_count> writer;
  writer.append({"a", 1});
  writer.append({"bc", 2});
  BOOST_TEST(writer.count() == 2U);
  BOOST_TEST(writer.size() == 2U * (4 + 8) + 3);
  const auto first = writer.freeze();
  BOOST_TEST(writer.count() == 0U);
  BOOST_TEST(writer.size() == 0U);
  writer.append({"d", 3});
  writer.clear();
  writer.append({"e", 4});
  const auto second = writer.freeze();
  BOOST_TEST(first.count() == 2U);
  BOOST_CHECK(first == make_batch<word_count>(std::vector<word_count>{{"a", 1}, {"bc", 2}}));
  BOOST_CHECK(second == make_batch<word_count>(std::vector<word_count>{{"e", 4}}));
  BOOST_CHECK(writer.freeze() == make_batch<word_count>(std::vector<word_count>{}));
}

BOOST_AUTO_TEST_CASE(records_appended_together_are_the_same_as_one_by_one) {
  const auto compare = [](const auto& records) {
    using record = typename std::decay_t<decltype(records)>::value_type;
    for (const std::size_t at_once : {0, 1, 2, 7, 100}) {
      batch_writer<record> one_by_one;
      batch_writer<record> together;
      std::span<const record> left{records};
      while (!left.empty()) {
        const auto some = left.first(std::min(left.size(), at_once + 1));
        left = left.subspan(some.size());
        BOOST_TEST(together.append_together({}, 0));
        BOOST_TEST(together.append_together(some, max_record_bytes));
        for (const auto& x : some)
          one_by_one.append(x);
        BOOST_TEST(together.size() == one_by_one.size());
        BOOST_TEST(together.count() == one_by_one.count());
      }
      BOOST_CHECK(together.freeze() == one_by_one.freeze());
    }
  };
  static_assert(simple_record<numbers> && simple_record<word_count> && !simple_record<order>
                && !simple_record<std::pair<bool, int>> && !simple_record<std::vector<int>>);
  random_records random{1};
  compare(random.make_many<std::string>(200));
  compare(random.make_many<std::pair<std::string, std::pair<int, sluice::bytes>>>(200));
}

BOOST_AUTO_TEST_CASE(texts_are_written_together_wherever_in_memory_they_lie) {
  const end_of_memory page;
  for (auto* p = page.begin(); p != page.end(); ++p)
    *p = static_cast<char>((p - page.begin()) * 7);
  std::vector<std::string_view> texts;
  for (std::size_t size = 0; size < 40; ++size)
    for (std::size_t before_end = size; before_end < 40; ++before_end)
      texts.emplace_back(page.end() - before_end, size);
  batch_writer<std::string_view> writer;
  BOOST_TEST(writer.append_together(texts, max_record_bytes));
  BOOST_CHECK(writer.freeze() == make_batch<std::string_view>(texts));
}

BOOST_AUTO_TEST_CASE(records_that_take_more_than_is_allowed_are_not_written_together) {
  const std::vector<word_count> records{{"a", 1}, {"bc", 2}};
  batch_writer<word_count> writer;
  BOOST_TEST(!writer.append_together(records, 26));
  BOOST_TEST(writer.count() == 0U);
  BOOST_TEST(writer.size() == 0U);
  BOOST_TEST(writer.append_together(records, 27));
  BOOST_TEST(writer.count() == 2U);
  BOOST_TEST(writer.size() == 27U);
}

BOOST_AUTO_TEST_CASE(records_that_do_not_fit_a_record_or_a_batch_are_not_written_together) {
  const std::vector<std::string_view> records((max_record_bytes - batch_overhead(2)) / sizeof(std::uint32_t) + 1);
  const auto fitting = std::span{records}.first(records.size() - 1);
  constexpr auto any = std::numeric_limits<std::size_t>::max();
  batch_writer<std::string_view> writer;
  BOOST_TEST(!writer.append_together(records, any));
  BOOST_TEST(writer.append_together(fitting, any));
  BOOST_TEST(writer.append_together(fitting, any));
  BOOST_TEST(!writer.append_together(fitting, any));
  BOOST_TEST(writer.count() == 2 * fitting.size());
  BOOST_TEST(batch::from_bytes(writer.freeze().bytes()).has_value());
}

BOOST_AUTO_TEST_CASE(a_record_may_be_as_large_as_the_limit_and_no_larger) {
  batch_writer<std::string> writer;
  writer.append(text_of(largest_text));
  BOOST_CHECK_THROW(writer.append(text_of(largest_text + 1)), std::length_error);
  BOOST_TEST(writer.count() == 1U);
  BOOST_TEST(writer.size() == largest_text);
  const auto frozen = writer.freeze();
  BOOST_TEST(frozen.bytes().size() <= max_record_bytes);
  BOOST_TEST(batch::from_bytes(frozen.bytes()).has_value());
}

BOOST_AUTO_TEST_CASE(a_refused_record_leaves_the_writer_as_it_was) {
  random_records random{1};
  const auto records = random.make_many<order>(20);
  auto too_large = random.make<order>();
  too_large.lines.assign(10, {std::string(max_record_bytes / 8, 'x'), point{}});
  batch_writer<order> writer;
  for (const auto& x : records) {
    BOOST_CHECK_THROW(writer.append(too_large), std::length_error);
    writer.append(x);
  }
  BOOST_CHECK_THROW(writer.append(too_large), std::length_error);
  BOOST_CHECK(writer.freeze() == make_batch<order>(records));
}

BOOST_AUTO_TEST_CASE(a_writer_that_is_not_past_its_mark_takes_any_record_and_its_batch_can_be_received) {
  batch_writer<std::string> writer;
  writer.append(text_of(largest_text));
  writer.append(text_of(max_batch_bytes - max_record_bytes - largest_text));
  BOOST_TEST(writer.size() == max_batch_bytes - max_record_bytes);
  writer.append(text_of(largest_text));
  BOOST_CHECK_THROW(writer.append(text_of(100)), std::length_error);
  BOOST_TEST(writer.count() == 3U);
  const auto frozen = writer.freeze();
  BOOST_TEST(frozen.bytes().size() <= max_batch_bytes);
  BOOST_TEST(batch::from_bytes(frozen.bytes()).has_value());
  writer.append("x");
  BOOST_TEST(writer.freeze().count() == 1U);
}

BOOST_AUTO_TEST_CASE(more_records_than_fit_one_batch_are_refused) {
  BOOST_CHECK_THROW(make_batch<std::int64_t>(std::vector<std::int64_t>((8 << 20) / 8)), std::length_error);
  const auto full = make_batch<std::int64_t>(std::vector<std::int64_t>((8 << 20) / 8 - 100));
  BOOST_TEST(batch::from_bytes(full.bytes()).has_value());
}

BOOST_AUTO_TEST_CASE(flat_records_give_the_batch_that_their_columns_give_however_they_are_written) {
  static_assert(flat_record<numbers> && !flat_record<std::pair<bool, int>> && !flat_record<order>
                && !flat_record<std::string>);
  for (std::uint64_t seed = 1; seed <= seed_count(20); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      random_records random{seed};
      for_each_flat_type(random, random.below(3'000), [&](const auto& records) {
        using record = typename std::decay_t<decltype(records)>::value_type;
        batch_writer<record> writer;
        for (std::span<const record> left{records};;) {
          const auto some = left.first(random.below(left.size() + 1));
          for (auto rest = some; !rest.empty();) {
            if (random.below(2) == 0) {
              writer.append(rest.front());
              rest = rest.subspan(1);
              continue;
            }
            auto room = writer.room();
            BOOST_REQUIRE(room.size != 0U);
            const auto written = std::min(room.size, rest.size());
            for (std::size_t i = 0; i < written; ++i)
              room.cells.put(i, rest[i]);
            const auto taken = random.below(written + 1); // the others are forgotten
            writer.append_written(taken);
            rest = rest.subspan(taken);
          }
          BOOST_REQUIRE_EQUAL(writer.count(), some.size());
          BOOST_REQUIRE_EQUAL(writer.size(), some.size() * detail::flat_bytes<record>());
          if (random.below(4) == 0) {
            writer.clear();
            continue;
          }
          BOOST_REQUIRE(writer.freeze() == freeze_columns(some));
          left = left.subspan(some.size());
          if (left.empty())
            break;
        }
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(flat_records_of_the_usual_size_of_a_batch_are_not_copied_when_they_are_frozen) {
  random_records random{1};
  for_each_flat_type(random, 400'000, [](const auto& records) {
    using record = typename std::decay_t<decltype(records)>::value_type;
    batch_writer<record> writer;
    std::span<const record> left{records};
    std::size_t batches = 0;
    for (const auto& x : records) {
      writer.append(x);
      if (writer.size() < usual_batch_bytes)
        continue;
      const auto expected = freeze_columns(left.first(writer.count()));
      left = left.subspan(writer.count());
      reset_allocations();
      const auto frozen = writer.freeze();
      BOOST_TEST(allocations.count == 0U);
      BOOST_CHECK(frozen == expected);
      ++batches;
    }
    BOOST_TEST(batches > 0U);
    BOOST_CHECK(writer.freeze() == freeze_columns(left));
  });
}

BOOST_AUTO_TEST_CASE(a_flat_record_that_does_not_fit_the_batch_any_more_is_refused) {
  batch_writer<std::uint64_t> writer;
  std::uint64_t n = 0;
  BOOST_CHECK_THROW(for (;; ++n) writer.append(n), std::length_error);
  BOOST_CHECK_THROW(writer.room(), std::length_error);
  BOOST_TEST(n == (max_batch_bytes - batch_overhead(1)) / sizeof(n));
  BOOST_TEST(writer.count() == n);
  const auto frozen = writer.freeze();
  BOOST_TEST(frozen.bytes().size() <= max_batch_bytes);
  const auto received = batch::from_bytes(frozen.bytes());
  BOOST_REQUIRE(received);
  const auto reader = *batch_reader<std::uint64_t>::open(*received);
  for (std::uint64_t i = 0; i < n; ++i)
    BOOST_REQUIRE_EQUAL(reader[i], i);
  writer.append(5);
  BOOST_CHECK(writer.freeze() == make_batch<std::uint64_t>(std::vector<std::uint64_t>{5}));
}

BOOST_AUTO_TEST_SUITE_END()
