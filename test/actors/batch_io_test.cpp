// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch_io.hpp>

#include <limits>
#include <span>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "columns.hpp"
#include "end_of_memory.hpp"
#include "records.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using word_count = std::pair<std::string_view, std::int64_t>;

/// Whether a batch with the schema id of T and these columns is refused when it is opened as T.
template <record T>
bool is_refused(std::uint32_t count, const std::vector<column_buffer>& columns) {
  const auto reader = batch_reader<T>::open(batch::freeze(schema_id<T>(), count, columns));
  return !reader && is(reader.error(), ec::schema_mismatch);
}

/// A text whose batch, as the only record, has `size` bytes in its columns.
std::string text_of(std::size_t size) { return std::string(size - sizeof(std::uint32_t), 'x'); }

constexpr std::size_t largest_text = max_record_bytes - batch_overhead(2);

enum class colour : std::uint16_t { red, green };

struct numbers_of_all_sorts {
  std::int8_t a;
  std::uint16_t b;
  std::int32_t c;
  std::uint64_t d;
  float e;
  double f;
  colour g;
  std::pair<std::int64_t, std::uint8_t> h;
  friend bool operator==(const numbers_of_all_sorts&, const numbers_of_all_sorts&) = default;
};

} // namespace

BOOST_AUTO_TEST_SUITE(batch_io)

BOOST_AUTO_TEST_CASE(a_record_is_the_same_whatever_is_fetched_with_it) {
  std::vector<numbers_of_all_sorts> records;
  for (auto n = 0; n < 3'000; ++n)
    records.push_back({static_cast<std::int8_t>(n),
                       static_cast<std::uint16_t>(n),
                       -n,
                       std::uint64_t{1} << n % 64,
                       0.5F * static_cast<float>(n),
                       -0.25 * n,
                       n % 2 == 0 ? colour::red : colour::green,
                       {-n, static_cast<std::uint8_t>(n)}});
  const auto reader = *batch_reader<numbers_of_all_sorts>::open(make_batch<numbers_of_all_sorts>(records));
  for (std::size_t i = 0; i < records.size(); ++i)
    for (const auto next : {std::size_t{0}, i, i + 512, 1'000'000'000 * i})
      BOOST_REQUIRE(reader.at(i, next) == records[i]);
}

BOOST_AUTO_TEST_CASE(the_empty_batch_is_read_as_no_records_of_any_type) {
  BOOST_TEST(batch_reader<int>::open(batch{})->size() == 0U);
  BOOST_TEST(batch_reader<everything>::open(batch{})->size() == 0U);
  BOOST_TEST(batch_reader<int>{}.size() == 0U);
}

BOOST_AUTO_TEST_CASE(views_point_into_the_batch_and_live_as_long_as_its_reader) {
  auto reader = *batch_reader<std::string_view>::open(make_batch<std::string_view>(std::vector{"a text"}));
  const auto view = reader[0];
  const auto same_batch = reader;
  reader = {};
  BOOST_TEST(view == "a text");
  BOOST_TEST(static_cast<const void*>(same_batch[0].data()) == static_cast<const void*>(view.data()));
}

BOOST_AUTO_TEST_CASE(a_batch_of_another_type_is_an_error_that_names_the_type) {
  const auto written = make_batch<int>(std::vector{1, 2});
  const auto reader = batch_reader<word_count>::open(written);
  BOOST_REQUIRE(!reader);
  BOOST_TEST(is(reader.error(), ec::schema_mismatch));
  BOOST_TEST(describe(reader.error()).find("(text,i64)") != std::string::npos);
  BOOST_TEST(!batch_reader<unsigned>::open(written));
  BOOST_TEST(!batch_reader<float>::open(written));
  BOOST_TEST(!batch_reader<std::tuple<int>>::open(written));
  // Without records too: an empty result of another type is a wrong program all the same.
  BOOST_TEST(!batch_reader<word_count>::open(make_batch<int>(std::vector<int>{})));
}

BOOST_AUTO_TEST_CASE(columns_that_are_not_those_of_the_schema_are_an_error) {
  BOOST_TEST(!is_refused<word_count>(2, together(ends({1, 3}), raw("abc"), numbers({1, 2}))));
  // Kinds.
  BOOST_TEST(is_refused<word_count>(2, together(numbers({1, 3}), raw("abc"), numbers({1, 2}))));
  BOOST_TEST(is_refused<word_count>(2, together(ends({1, 3}), bits({true, true, true}), numbers({1, 2}))));
  BOOST_TEST(is_refused<word_count>(2, together(ends({1, 3}), raw("abc"), ends({1, 2}))));
  BOOST_TEST(is_refused<bool>(1, together(raw("a"))));
  BOOST_TEST(is_refused<std::int64_t>(1, together(raw("a"))));
  // Numbers of columns.
  BOOST_TEST(is_refused<word_count>(2, together()));
  BOOST_TEST(is_refused<word_count>(0, together(ends({}))));
  BOOST_TEST(is_refused<word_count>(2, together(ends({1, 3}), raw("abc"))));
  BOOST_TEST(is_refused<word_count>(2, together(ends({1, 3}), raw("abc"), numbers({1, 2}), numbers({1, 2}))));
  // Numbers of elements.
  BOOST_TEST(is_refused<word_count>(3, together(ends({1, 3}), raw("abc"), numbers({1, 2}))));
  BOOST_TEST(is_refused<word_count>(2, together(ends({1, 3}), raw("abc"), numbers({1}))));
  BOOST_TEST(is_refused<word_count>(2, together(ends({1, 3}), raw("abc"), numbers({1, 2, 3}))));
  BOOST_TEST(is_refused<word_count>(0, together(ends({}), raw(""), numbers({1}))));
  BOOST_TEST(is_refused<bool>(9, together(bits({true, true}))));
  // Totals of ends.
  BOOST_TEST(is_refused<word_count>(2, together(ends({1, 4}), raw("abc"), numbers({1, 2}))));
  BOOST_TEST(is_refused<word_count>(2, together(ends({1, 2}), raw("abc"), numbers({1, 2}))));
  BOOST_TEST(is_refused<word_count>(0, together(ends({}), raw("abc"), numbers({}))));
}

BOOST_AUTO_TEST_CASE(nested_columns_that_are_not_those_of_the_schema_are_an_error) {
  using list = std::vector<std::pair<std::string, bool>>;
  BOOST_TEST(!is_refused<list>(2, together(ends({0, 2}), ends({1, 3}), raw("abc"), bits({true, false}))));
  BOOST_TEST(is_refused<list>(2, together(ends({0, 1}), ends({1, 3}), raw("abc"), bits({true, false}))));
  BOOST_TEST(is_refused<list>(2, together(ends({0, 3}), ends({1, 3}), raw("abc"), bits({true, false}))));
  BOOST_TEST(is_refused<list>(2, together(ends({0, 2}), ends({1, 4}), raw("abc"), bits({true, false}))));
  BOOST_TEST(is_refused<list>(2, together(ends({0, 2}), ends({1, 3}), raw("abc"), bits({true}))));
  using maybe = std::optional<std::int64_t>;
  BOOST_TEST(!is_refused<maybe>(2, together(bits({true, false}), numbers({1, 0}))));
  BOOST_TEST(is_refused<maybe>(2, together(bits({true, false}), numbers({1}))));
  BOOST_TEST(is_refused<maybe>(2, together(bits({true}), numbers({1, 0}))));
}

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
  using numbers = std::tuple<std::int8_t, std::uint16_t, float, std::pair<color, double>, point, distance, state>;
  static_assert(flat_record<numbers> && !flat_record<std::pair<bool, int>> && !flat_record<order>);
  random_records random{1};
  compare(random.make_many<numbers>(200));
  compare(random.make_many<std::int64_t>(200));
  compare(random.make_many<std::string>(200));
  static_assert(simple_record<numbers> && simple_record<word_count> && !simple_record<order>
                && !simple_record<std::pair<bool, int>> && !simple_record<std::vector<int>>);
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
  const std::vector<std::int64_t> records((max_record_bytes - batch_overhead(1)) / sizeof(std::int64_t) + 1, 5);
  const auto fitting = std::span{records}.first(records.size() - 1);
  constexpr auto any = std::numeric_limits<std::size_t>::max();
  batch_writer<std::int64_t> writer;
  BOOST_TEST(!writer.append_together(records, any));
  BOOST_TEST(writer.append_together(fitting, any));
  BOOST_TEST(writer.append_together(fitting, any));
  BOOST_TEST(!writer.append_together(fitting, any));
  BOOST_TEST(writer.count() == 2 * fitting.size());
  BOOST_TEST(batch::from_bytes(writer.freeze().bytes()).engaged());
}

BOOST_AUTO_TEST_CASE(a_record_may_be_as_large_as_the_limit_and_no_larger) {
  batch_writer<std::string> writer;
  writer.append(text_of(largest_text));
  BOOST_CHECK_THROW(writer.append(text_of(largest_text + 1)), std::length_error);
  BOOST_TEST(writer.count() == 1U);
  BOOST_TEST(writer.size() == largest_text);
  const auto frozen = writer.freeze();
  BOOST_TEST(frozen.bytes().size() <= max_record_bytes);
  BOOST_TEST(batch::from_bytes(frozen.bytes()).engaged());
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
  BOOST_TEST(batch::from_bytes(frozen.bytes()).engaged());
  writer.append("x");
  BOOST_TEST(writer.freeze().count() == 1U);
}

BOOST_AUTO_TEST_CASE(more_records_than_fit_one_batch_are_refused) {
  BOOST_CHECK_THROW(make_batch<std::int64_t>(std::vector<std::int64_t>((8 << 20) / 8)), std::length_error);
  const auto full = make_batch<std::int64_t>(std::vector<std::int64_t>((8 << 20) / 8 - 100));
  BOOST_TEST(batch::from_bytes(full.bytes()).engaged());
}

BOOST_AUTO_TEST_SUITE_END()
