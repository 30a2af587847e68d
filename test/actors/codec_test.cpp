// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/codec.hpp>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <sluice/actors/batch/batch_io.hpp>

#include "allocation_meter.hpp"
#include "records.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

/// Writes records, sends the batch through its bytes, and compares what is read from both.
template <record T>
void check_round_trip(const std::vector<T>& records) {
  const auto written = make_batch<T>(records);
  const auto received = batch::from_bytes(written.bytes());
  BOOST_REQUIRE_MESSAGE(received, codec<T>::schema());
  for (const auto& from : {written, *received}) {
    const auto reader = batch_reader<T>::open(from);
    BOOST_REQUIRE_MESSAGE(reader, codec<T>::schema());
    BOOST_REQUIRE_EQUAL(reader->size(), records.size());
    for (std::size_t i = 0; i < records.size(); ++i)
      BOOST_REQUIRE_MESSAGE(same<T>((*reader)[i], records[i]), codec<T>::schema() << ": record " << i << " differs");
  }
}

template <class T>
void check_extremes() {
  using limits = std::numeric_limits<T>;
  check_round_trip<T>({T{}, T{1}, static_cast<T>(-1), limits::min(), limits::lowest(), limits::max()});
}

template <class T>
void check_special_floats() {
  using limits = std::numeric_limits<T>;
  check_round_trip<T>({T{0}, -T{0}, T{1} / 3, limits::infinity(), -limits::infinity(), limits::quiet_NaN(),
                       -limits::quiet_NaN(), limits::denorm_min(), limits::epsilon(), limits::max(), limits::lowest()});
}

bytes blob(std::string_view text) {
  const auto view = std::as_bytes(std::span{text});
  return bytes(view.begin(), view.end());
}

struct one_text {
  std::string text;
};

struct one_optional {
  std::optional<std::string> text;
};

struct key_and_count {
  std::string_view key;
  std::int64_t count;
};

struct hundred_fields {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
  int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
  int e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9;
  int g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9;
  int i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, j0, j1, j2, j3, j4, j5, j6, j7, j8, j9;
};

// What is refused, and why.
template <class T>
inline constexpr auto fault = sluice::detail::own_fault<T>();
using enum sluice::detail::record_fault;

struct base {
  int a;
};
struct empty {};
struct with_base : base {
  int b;
};
struct with_empty_base : empty {};
struct with_reference {
  const std::string& text;
  int n;
};
struct with_c_array {
  int n;
  int numbers[3];
  double x;
};
struct with_c_array_of_structs {
  point points[2];
};
class with_private {
  int n = 0;
};
struct with_constructor {
  with_constructor(int) {}
};
struct with_one_more {
  hundred_fields hundred;
  int one;
};
struct nested_wrong {
  std::vector<std::optional<with_base>> parts;
};
struct node {
  int n;
  std::vector<node> children;
};

static_assert(fault<with_base> == base_class && fault<with_empty_base> == base_class);
static_assert(fault<with_reference> == reference && fault<std::pair<int&, int>> == reference);
static_assert(fault<with_c_array> == c_array_member && fault<with_c_array_of_structs> == c_array_member);
static_assert(fault<with_private> == not_plain && fault<with_constructor> == not_plain);
static_assert(fault<std::unique_ptr<int>> == smart_pointer && fault<int*> == pointer && fault<int[3]> == pointer);
static_assert(fault<std::deque<int>> == other_container && fault<empty> == no_field);
static_assert(fault<std::array<int, 257>> == large_array && fault<std::array<int, 0>> == no_field);
static_assert(fault<with_one_more> == none && sluice::detail::sound_record<with_one_more>);
static_assert(fault<nested_wrong> == none && !sluice::detail::sound_record<nested_wrong>);
static_assert(!sluice::detail::sound_record<node> && !sluice::detail::sound_record<std::variant<int, long double>>);
static_assert(fault<std::variant<int, with_constructor>> == no_default);
static_assert(sluice::detail::sound_record<everything> && sluice::detail::sound_record<standard_parts>);

template <class... Ts>
struct types {};

template <class... Ts, class F>
void for_each_type(types<Ts...>, F&& f) {
  (f.template operator()<Ts>(), ...);
}

using sample_types =
    types<std::int8_t, std::uint64_t, float, double, bool, color, distance, state, std::string, std::string_view, bytes,
          bytes_view, std::pair<std::string_view, std::int64_t>, std::tuple<bool, bytes_view, std::uint16_t>,
          std::optional<std::string_view>, std::vector<bool>, std::vector<std::string>, std::vector<std::uint8_t>,
          std::vector<std::optional<std::pair<std::string_view, std::vector<double>>>>, point, order, everything,
          std::array<int, 3>, std::array<std::string_view, 2>, std::chrono::nanoseconds, std::chrono::duration<double>,
          std::chrono::system_clock::time_point, std::set<std::string_view>, std::map<std::string, std::vector<int>>,
          std::variant<std::monostate, std::string, point>, standard_parts>;

} // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(integers_of_every_width_come_back) {
  check_extremes<std::int8_t>();
  check_extremes<std::uint8_t>();
  check_extremes<std::int16_t>();
  check_extremes<std::uint16_t>();
  check_extremes<std::int32_t>();
  check_extremes<std::uint32_t>();
  check_extremes<std::int64_t>();
  check_extremes<std::uint64_t>();
  check_extremes<char>();
  check_extremes<char16_t>();
  check_extremes<long long>();
}

BOOST_AUTO_TEST_CASE(floating_point_comes_back_to_the_last_bit) {
  check_special_floats<float>();
  check_special_floats<double>();
}

BOOST_AUTO_TEST_CASE(enums_come_back_also_with_numbers_that_have_no_name) {
  check_round_trip<color>({color::red, color::blue, static_cast<color>(255)});
  check_round_trip<distance>({distance::near, distance::far, static_cast<distance>(42)});
  check_round_trip<state>({off, on, on});
}

BOOST_AUTO_TEST_CASE(bools_come_back_at_every_count_around_byte_borders) {
  for (std::size_t n = 0; n <= 70; ++n) {
    std::vector<bool> bits;
    for (std::size_t i = 0; i < n; ++i)
      bits.push_back(i % 3 == 0 || i == n - 1);
    check_round_trip<bool>(bits);
  }
}

BOOST_AUTO_TEST_CASE(text_comes_back_whatever_is_in_it) {
  const std::vector texts{
      ""s, "a"s, ""s, "sluice"s, "a\0b\0"s, "\0"s, "größer, 水門, 🌊"s, "\xff\xfe\x80"s, std::string(10'000, 'x'), ""s};
  check_round_trip<std::string>(texts);
  check_round_trip<std::string_view>({texts.begin(), texts.end()});
  check_round_trip<std::string_view>({std::string_view{}, ""sv});
}

BOOST_AUTO_TEST_CASE(bytes_come_back_whatever_is_in_them) {
  const std::vector blobs{blob(""), blob("\0\xff\0"sv), blob("text"), blob(""), bytes(10'000, std::byte{0xab})};
  check_round_trip<bytes>(blobs);
  check_round_trip<bytes_view>({blobs.begin(), blobs.end()});
  check_round_trip<bytes_view>({bytes_view{}});
}

BOOST_AUTO_TEST_CASE(pairs_and_tuples_come_back_at_any_depth) {
  check_round_trip<std::pair<std::string, int>>({{"a", 1}, {"", -1}});
  check_round_trip<std::pair<const std::string_view, int>>({{"a", 1}, {"", -1}});
  check_round_trip<std::pair<std::pair<bool, bool>, std::pair<char, double>>>({{{true, false}, {'x', 0.5}}});
  check_round_trip<std::tuple<int>>({{1}, {2}});
  check_round_trip<std::tuple<std::tuple<std::tuple<std::string>>>>({{{{"deep"}}}, {{{""}}}});
  check_round_trip<std::tuple<std::string_view, bool, bytes>>({{"a", true, blob("b")}, {"", false, {}}});
}

BOOST_AUTO_TEST_CASE(optionals_come_back_there_or_not) {
  check_round_trip<std::optional<int>>({1, {}, 0, {}, {}});
  check_round_trip<std::optional<bool>>({true, false, {}});
  check_round_trip<std::optional<std::string>>({"a", {}, "", std::string(100, 'x')});
  using twice = std::optional<std::optional<int>>;
  check_round_trip<twice>({twice{}, twice{std::in_place}, twice{std::in_place, 1}});
  check_round_trip<std::optional<std::vector<std::string>>>({{}, {{"a", "b"}}, {std::vector<std::string>{}}});
}

BOOST_AUTO_TEST_CASE(vectors_come_back_at_any_depth) {
  check_round_trip<std::vector<int>>({{}, {1}, {}, {2, 3}});
  check_round_trip<std::vector<bool>>({{true}, {}, {false, true, true}, {true, false, true, false, true, true, true}});
  check_round_trip<std::vector<std::string>>({{"a", ""}, {}, {""}, {"b"}});
  check_round_trip<std::vector<std::byte>>({{std::byte{1}}, {}});
  check_round_trip<std::vector<bytes>>({{blob("a"), {}}, {}});
  check_round_trip<std::vector<std::vector<std::vector<int>>>>({{}, {{}}, {{{}}}, {{{1}, {}}, {}, {{2, 3}}}});
  using item = std::optional<std::pair<std::string_view, std::vector<double>>>;
  check_round_trip<std::vector<item>>({{item{}, item{{"a", {1, 2}}}}, {}, {item{{"", {}}}, item{}}});
}

BOOST_AUTO_TEST_CASE(plain_structs_come_back) {
  check_round_trip<point>({{1, 2}, {-0.F, 1e300}});
  check_round_trip<one_text>({{"a"}, {""}});
  check_round_trip<one_optional>({{{}}, {"a"}});
  check_round_trip<order>(
      {{1, "ann", {}, {}, color::blue, true}, {2, "", "n", {{"x", point{1, 2}}, {"", {}}}, {}, {}}});
  check_round_trip<everything>({everything{}});
}

BOOST_AUTO_TEST_CASE(arrays_times_sets_maps_and_variants_come_back) {
  using namespace std::chrono_literals;
  check_round_trip<std::array<point, 2>>({{point{1, 2}, point{3, 4}}, {}});
  check_round_trip<std::array<std::array<int, 2>, 2>>({{std::array{1, 2}, std::array{3, 4}}});
  check_round_trip<std::chrono::minutes>({1min, -5min, std::chrono::minutes::max()});
  check_round_trip<std::chrono::steady_clock::time_point>({{}, std::chrono::steady_clock::time_point::max()});
  check_round_trip<std::set<int>>({{}, {1, 2, 3}, {}, {-1}});
  check_round_trip<std::multiset<int>>({{1, 1, 2}});
  check_round_trip<std::map<std::string, std::optional<int>>>({{{"a", 1}, {"b", {}}}, {}});
  check_round_trip<std::unordered_map<std::string, int>>({{{"a", 1}, {"b", 2}, {"c", 3}}, {}});
  check_round_trip<std::variant<int, std::string>>({1, "text", 2});
  check_round_trip<std::variant<std::monostate, stopped, std::vector<int>>>({{}, stopped{}, std::vector{1, 2}});
  check_round_trip<std::vector<std::variant<int, std::string>>>({{1, "a"}, {}, {"b"}});
  check_round_trip<standard_parts>({standard_parts{}});
  // A set of another order keeps it.
  check_round_trip<std::set<int, std::greater<>>>({{3, 2, 1}});
}

BOOST_AUTO_TEST_CASE(a_variant_is_refused_if_it_says_to_hold_what_it_does_not_have) {
  using three = std::variant<int, int, int>;
  using two_and_more = std::variant<std::uint8_t, int, int>;
  const auto frozen = [](std::uint8_t index) {
    std::vector<column_buffer> columns;
    std::vector<column_kind> kinds;
    sluice::codec<three>::layout(kinds);
    for (const auto kind : kinds)
      columns.emplace_back(kind);
    columns[0].append(index);
    for (std::size_t i = 1; i < columns.size(); ++i)
      columns[i].append(42);
    return batch::freeze(schema_id<three>(), 1, columns);
  };
  BOOST_REQUIRE(batch_reader<three>::open(frozen(2)));
  BOOST_TEST(std::get<2>((*batch_reader<three>::open(frozen(2)))[0]) == 42);
  BOOST_TEST(!batch_reader<three>::open(frozen(3)));
  BOOST_TEST(!batch_reader<three>::open(frozen(255)));
  BOOST_TEST(!batch_reader<two_and_more>::open(frozen(0)));
}

BOOST_AUTO_TEST_CASE(a_set_read_from_a_list_has_each_element_once_and_in_order) {
  const auto written = make_batch<std::vector<int>>(std::vector<std::vector<int>>{{3, 1, 3, 2}});
  const auto reader = batch_reader<std::set<int>>::open(written);
  BOOST_REQUIRE(reader);
  BOOST_TEST(((*reader)[0] == std::set{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_variant_without_a_value_is_not_written) {
  struct thrower {
    operator int() const { throw 1; }
  };
  const std::array<thrower, 1> throwers{};
  using either = std::variant<std::set<int>, int>;
  either x{1};
  BOOST_CHECK_THROW(x.emplace<0>(throwers.begin(), throwers.end()), int);
  BOOST_REQUIRE(x.valueless_by_exception());
  batch_writer<either> writer;
  writer.append(7);
  BOOST_CHECK_THROW(writer.append(x), std::bad_variant_access);
  BOOST_TEST(writer.count() == 1U);
  BOOST_TEST(std::get<1>((*batch_reader<either>::open(writer.freeze()))[0]) == 7);
}

BOOST_AUTO_TEST_CASE(a_struct_may_have_a_hundred_fields) { check_round_trip<hundred_fields>({hundred_fields{}}); }

BOOST_AUTO_TEST_CASE(a_batch_of_no_records_comes_back_as_one) {
  for_each_type(sample_types{}, []<record T>() { check_round_trip<T>({}); });
}

BOOST_AUTO_TEST_CASE(many_records_come_back) {
  std::vector<std::pair<std::string, std::int64_t>> records;
  for (std::int64_t i = 0; i < 100'000; ++i)
    records.emplace_back("key-" + std::to_string(i * i % 1000), i);
  check_round_trip(records);
}

BOOST_AUTO_TEST_CASE(random_records_of_every_type_come_back) {
  for (std::uint64_t seed = 1; seed <= seed_count(10); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      random_records random{seed};
      for_each_type(sample_types{}, [&]<record T>() { check_round_trip(random.make_many<T>(random.below(60))); });
    }
  }
}

BOOST_AUTO_TEST_CASE(columns_cut_back_are_as_if_the_rest_had_never_been_appended) {
  for (std::uint64_t seed = 1; seed <= seed_count(10); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      random_records random{seed};
      for_each_type(sample_types{}, [&]<record T>() {
        using codec = sluice::codec<T>;
        const auto freeze = [](const std::vector<T>& records, std::size_t detour_at, const std::vector<T>& detour) {
          std::vector<column_kind> kinds;
          codec::layout(kinds);
          std::vector<column_buffer> columns;
          for (const auto kind : kinds)
            columns.emplace_back(kind);
          for (std::size_t i = 0; i < records.size(); ++i) {
            if (i == detour_at) {
              for (const auto& x : detour)
                codec::append(columns.data(), x);
              codec::truncate(columns.data(), static_cast<std::uint32_t>(i));
            }
            codec::append(columns.data(), records[i]);
          }
          return batch::freeze(schema_id<T>(), static_cast<std::uint32_t>(records.size()), columns);
        };
        const auto records = random.make_many<T>(1 + random.below(40));
        const auto detour = random.make_many<T>(random.below(40));
        const auto straight = freeze(records, 0, {});
        BOOST_REQUIRE_MESSAGE(freeze(records, random.below(records.size()), detour) == straight, codec::schema());
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(the_schema_text_says_what_columns_there_are) {
  BOOST_TEST(sluice::codec<std::int8_t>::schema() == "i8");
  BOOST_TEST(sluice::codec<std::uint16_t>::schema() == "u16");
  BOOST_TEST(sluice::codec<std::int32_t>::schema() == "i32");
  BOOST_TEST(sluice::codec<std::uint64_t>::schema() == "u64");
  BOOST_TEST(sluice::codec<float>::schema() == "f32");
  BOOST_TEST(sluice::codec<double>::schema() == "f64");
  BOOST_TEST(sluice::codec<bool>::schema() == "bool");
  BOOST_TEST(sluice::codec<color>::schema() == "u8");
  BOOST_TEST(sluice::codec<distance>::schema() == "i64");
  BOOST_TEST(sluice::codec<state>::schema() == "u8");
  BOOST_TEST(sluice::codec<std::string>::schema() == "text");
  BOOST_TEST(sluice::codec<bytes_view>::schema() == "bytes");
  BOOST_TEST(sluice::codec<std::vector<std::optional<int>>>::schema() == "[i32?]");
  BOOST_TEST(sluice::codec<std::optional<std::vector<int>>>::schema() == "[i32]?");
  BOOST_TEST(sluice::codec<std::tuple<int>>::schema() == "(i32)");
  BOOST_TEST((sluice::codec<std::array<double, 2>>::schema() == "(f64,f64)"));
  BOOST_TEST(sluice::codec<std::chrono::milliseconds>::schema() == "i64*1/1000");
  BOOST_TEST((sluice::codec<std::chrono::duration<float, std::ratio<60>>>::schema() == "f32*60/1"));
  BOOST_TEST(sluice::codec<std::chrono::system_clock::time_point>::schema() == "@i64*1/1000000000");
  BOOST_TEST(sluice::codec<std::set<int>>::schema() == "[i32]");
  BOOST_TEST((sluice::codec<std::map<std::string, bool>>::schema() == "[(text,bool)]"));
  BOOST_TEST((sluice::codec<std::variant<std::monostate, int, point>>::schema() == "<()|i32|(f32,f64)>"));
  BOOST_TEST(sluice::codec<order>::schema() == "(i64,text,text?,[(text,(f32,f64)?)],u8,bool)");
}

BOOST_AUTO_TEST_CASE(the_id_of_a_schema_is_frozen) {
  // These numbers are on disk: a change of hash or text must be noticed here first.
  BOOST_TEST((schema_id<std::pair<std::string, std::int64_t>>() == hash_bytes("(text,i64)")));
  BOOST_TEST((schema_id<std::pair<std::string, std::int64_t>>() == 0x9066410332a3baccULL));
  BOOST_TEST(schema_id<std::string>() == 0x4769fd1c60e8a611ULL);
}

BOOST_AUTO_TEST_CASE(types_of_the_same_fields_read_each_other) {
  const auto written = make_batch<std::pair<std::string, std::int64_t>>(std::vector{std::pair{"a"s, std::int64_t{7}}});
  const auto as_struct = batch_reader<key_and_count>::open(written);
  const auto as_tuple = batch_reader<std::tuple<std::string_view, std::int64_t>>::open(written);
  BOOST_REQUIRE(as_struct && as_tuple);
  BOOST_TEST((*as_struct)[0].key == "a");
  BOOST_TEST((*as_struct)[0].count == 7);
  BOOST_TEST(std::get<1>((*as_tuple)[0]) == 7);
}

BOOST_AUTO_TEST_CASE(records_are_written_and_read_without_allocating) {
  using record_type =
      std::tuple<std::optional<std::string>, std::string_view, std::int64_t, bool, std::optional<point>>;
  const std::string long_text(100, 'x');
  const record_type record{long_text, long_text, 1, true, point{}};
  batch_writer<record_type> writer;
  for (int round = 0; round < 2; ++round) {
    reset_allocations();
    for (int i = 0; i < 1000; ++i)
      writer.append(record);
    BOOST_TEST(allocations.count == 0U);
    const auto frozen = writer.freeze();
    using view_type =
        std::tuple<std::optional<std::string_view>, std::string_view, std::int64_t, bool, std::optional<point>>;
    const auto reader = batch_reader<view_type>::open(frozen);
    BOOST_REQUIRE(reader);
    reset_allocations();
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < reader->size(); ++i)
      sum += digest((*reader)[i]);
    BOOST_TEST(allocations.count == 0U);
    BOOST_TEST(sum != 0U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
