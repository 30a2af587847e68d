// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/shaped_batch.hpp>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/record/record_text.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace sluice;
using namespace std::string_literals;
using detail::parse_shape;
using detail::record_shape;
using detail::shaped_batch;

namespace {

struct nothing_in_it {
  friend bool operator==(const nothing_in_it&, const nothing_in_it&) = default;
};

struct everything {
  std::int8_t small;
  std::uint32_t natural;
  float narrow;
  double wide;
  bool truth;
  std::string text;
  std::vector<std::byte> bytes;
  std::vector<std::pair<std::int16_t, std::string>> list;
  std::optional<std::optional<std::int64_t>> maybe;
  std::chrono::milliseconds time;
  std::variant<std::int32_t, nothing_in_it, std::string> either;
};

template <record T>
shaped_batch opened(const std::vector<T>& records) {
  auto shape = std::make_shared<const record_shape>(parse_shape(codec<T>::schema()).value());
  return shaped_batch::open(make_batch<T>(records), std::move(shape), schema_id<T>()).value();
}

template <record T>
std::string key(const T& x) {
  const auto batch = opened<T>({T{}, x});
  std::string result;
  batch.records().append_key(result, 1);
  return result;
}

bool is_refused(std::string_view schema) {
  const auto shape = parse_shape(schema);
  return !shape && is(shape.error(), ec::schema_mismatch);
}

} // namespace

BOOST_AUTO_TEST_SUITE(shaped_batch_suite)

BOOST_AUTO_TEST_CASE(each_type_is_read_by_its_schema_alone) {
  const everything x{.small = -5,
                     .natural = 4'000'000'000U,
                     .narrow = 0.5F,
                     .wide = -0.25,
                     .truth = true,
                     .text = "text",
                     .bytes = {std::byte{1}, std::byte{255}},
                     .list = {{-7, "a"}, {8, "bc"}},
                     .maybe = std::optional{std::optional<std::int64_t>{9}},
                     .time = std::chrono::milliseconds{1234},
                     .either = "held"s};
  const auto batch = opened<everything>({everything{}, x});
  BOOST_REQUIRE_EQUAL(batch.size(), 2U);
  const auto& r = batch.records();
  BOOST_TEST(r.part(0).integer(1) == -5);
  BOOST_TEST(r.part(1).natural(1) == 4'000'000'000U);
  BOOST_TEST(r.part(2).floating(1) == 0.5);
  BOOST_TEST(r.part(3).floating(1) == -0.25);
  BOOST_TEST(r.part(4).bit(1));
  BOOST_TEST(!r.part(4).bit(0));
  BOOST_TEST(r.part(5).text(1) == "text");
  BOOST_TEST(r.part(6).text(1) == "\1\377");
  const auto [begin, end] = r.part(7).range(1);
  BOOST_REQUIRE_EQUAL(end - begin, 2U);
  BOOST_TEST(r.part(7).part(0).part(0).integer(begin) == -7);
  BOOST_TEST(r.part(7).part(0).part(1).text(begin + 1) == "bc");
  BOOST_TEST(!r.part(8).bit(0));
  BOOST_TEST(r.part(8).bit(1));
  BOOST_TEST(r.part(8).part(0).part(0).integer(1) == 9);
  BOOST_TEST(r.part(9).integer(1) == 1234);
  BOOST_TEST(r.part(9).shape().is_time);
  BOOST_TEST(r.part(10).alternative(1) == 2U);
  BOOST_TEST(r.part(10).part(2).text(1) == "held");
}

BOOST_AUTO_TEST_CASE(values_are_shown_as_print_shows_them) {
  using record = std::tuple<std::string, std::int32_t, double, bool, std::vector<std::int64_t>, std::optional<char>,
                            std::vector<std::byte>, std::variant<std::int32_t, nothing_in_it>>;
  const std::vector<record> records{{"a b", -3, 2.0, true, {1, 2}, {}, {std::byte{10}}, 7},
                                    {"", 0, 0.1, false, {}, {}, {}, nothing_in_it{}}};
  const auto batch = opened<record>(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    std::string shown;
    std::string expected;
    batch.records().format(shown, i);
    format_record(expected, records[i]);
    BOOST_TEST(shown == expected);
  }
}

BOOST_AUTO_TEST_CASE(keys_are_equal_where_values_are_and_nowhere_else) {
  using texts = std::pair<std::string, std::string>;
  BOOST_CHECK(key(texts{"ab", "c"}) == key(texts{"ab", "c"}));
  BOOST_CHECK(key(texts{"ab", "c"}) != key(texts{"a", "bc"}));
  using list = std::pair<std::vector<std::int64_t>, std::int64_t>;
  BOOST_CHECK(key(list{{1}, 2}) != key(list{{}, 1}));
  using maybe = std::optional<std::int64_t>;
  BOOST_CHECK(key(maybe{}) != key(maybe{0}));
  using either = std::variant<std::int64_t, nothing_in_it, std::int32_t>;
  BOOST_CHECK(key(either{std::int64_t{1}}) != key(either{std::int32_t{1}}));
  BOOST_CHECK(key(everything{.text = "a"}) != key(everything{.text = "b"}));
  BOOST_CHECK(key(std::map<std::string, bool>{{"a", true}}) != key(std::map<std::string, bool>{{"a", false}}));
}

BOOST_AUTO_TEST_CASE(what_is_no_schema_is_refused) {
  for (const auto* const schema : {"", "i65", "text ", "(text", "(text,)", "[]", "[i8", "<>", "<i8", "i64*", "i64*1/",
                                   "@i64", "()x", "text,text", "?", "(text,i64))"})
    BOOST_TEST_CONTEXT(schema) { BOOST_TEST(is_refused(schema)); }
  BOOST_TEST(is_refused(std::string(100'000, '[')));
  BOOST_TEST(is_refused("i8" + std::string(100'000, '?')));
  auto wide = "(i8"s;
  for (int i = 0; i < 1024; ++i)
    wide += ",i8";
  BOOST_TEST(is_refused(wide + ')'));
}

BOOST_AUTO_TEST_CASE(a_batch_of_another_schema_is_refused) {
  const auto shape = std::make_shared<const record_shape>(parse_shape("(text,i64)").value());
  using other = std::pair<std::string, std::int32_t>;
  const auto id = hash_bytes("(text,i64)");
  const auto found = shaped_batch::open(make_batch<other>(std::vector<other>{{"a", 1}}), shape, id);
  BOOST_CHECK(!found && is(found.error(), ec::schema_mismatch));
  // The same, though it says that it is what is asked for.
  const auto columns = make_batch<other>(std::vector<other>{{"a", 1}});
  const auto lying = shaped_batch::open(batch::freeze(id, 1, columns.columns()), shape, id);
  BOOST_CHECK(!lying && is(lying.error(), ec::schema_mismatch));
  // Alternatives that are not there.
  using either = std::variant<std::int64_t, std::int32_t>;
  const std::vector held{either{std::int64_t{1}}, either{std::int32_t{2}}};
  const auto good = make_batch<either>(held);
  std::vector<column_view> bad{good.columns().begin(), good.columns().end()};
  const std::array<std::byte, 8> indexes{std::byte{0}, std::byte{2}};
  bad[0].data = std::span{indexes}.first(2);
  const auto variants = std::make_shared<const record_shape>(parse_shape(codec<either>::schema()).value());
  BOOST_TEST(!shaped_batch::open(batch::freeze(schema_id<either>(), 2, bad), variants, schema_id<either>()));
  BOOST_TEST(shaped_batch::open(batch{}, shape, id)->size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
