// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/batch_io.hpp>

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "columns.hpp"
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

BOOST_AUTO_TEST_SUITE_END()
