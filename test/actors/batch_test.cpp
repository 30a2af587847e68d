// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/batch.hpp>

#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include <sluice/actors/base/crc32c.hpp>
#include <sluice/actors/batch/batch_io.hpp>

#include "allocation_meter.hpp"
#include "columns.hpp"
#include "records.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using word_count = std::pair<std::string_view, std::int64_t>;
using nested = std::vector<std::vector<std::optional<std::pair<std::string_view, bool>>>>;
using byte_string = std::vector<std::byte>;

byte_string bytes_of(const batch& from) { return {from.bytes().begin(), from.bytes().end()}; }

/// Offers bytes to the door, and reads whatever it lets in. Anything but an error or a readable batch is a failure, of
/// this function or of the sanitizers. Says whether the records could be read.
template <record T>
bool survives(std::span<const std::byte> bytes) {
  const auto received = batch::from_bytes(bytes);
  if (!received) {
    BOOST_REQUIRE(is(received.error(), ec::malformed_batch));
    return false;
  }
  const auto reader = batch_reader<T>::open(*received);
  if (!reader) {
    BOOST_REQUIRE(is(reader.error(), ec::schema_mismatch));
    return false;
  }
  for (std::uint32_t i = 0; i < reader->size(); ++i)
    static_cast<void>(digest<T>((*reader)[i]));
  return true;
}

template <record T>
batch sample(std::size_t n, std::uint64_t seed = 7) {
  return make_batch<T>(random_records{seed}.make_many<T>(n));
}

/// Calls `f<T>(batch)` for small batches that have every kind of column, nested and not.
template <class F>
void for_each_sample(F&& f) {
  const std::vector<word_count> words{{"sluice", 1}, {"", -1}, {"gate", 1 << 20}};
  f.template operator()<word_count>(make_batch<word_count>(words));
  f.template operator()<bool>(sample<bool>(21));
  f.template operator()<nested>(sample<nested>(5));
  f.template operator()<order>(sample<order>(3));
  f.template operator()<std::tuple<std::uint16_t, bytes_view, color>>(
      sample<std::tuple<std::uint16_t, bytes_view, color>>(3));
  f.template operator()<std::string>(batch_writer<std::string>{}.freeze());
}

bool is_malformed(std::span<const std::byte> bytes) {
  const auto received = batch::from_bytes(bytes);
  return !received && is(received.error(), ec::malformed_batch);
}

/// What is wrong with bytes that no type was needed to refuse.
std::string complaint(std::span<const std::byte> bytes) {
  BOOST_REQUIRE(is_malformed(bytes));
  return describe(batch::from_bytes(bytes).error());
}

std::string complaint(std::uint32_t count, const std::vector<column_buffer>& columns) {
  return complaint(batch::freeze(1, count, columns).bytes());
}

void set_word(byte_string& bytes, std::size_t i, std::uint64_t value) {
  std::memcpy(bytes.data() + 8 * i, &value, sizeof(value));
}

std::vector<char> to_wire(batch x) {
  std::vector<char> result;
  caf::binary_serializer sink{static_cast<caf::execution_unit*>(nullptr), result};
  BOOST_REQUIRE(!sink(x));
  return result;
}

error from_wire(const std::vector<char>& wire, batch& to) {
  caf::binary_deserializer source{static_cast<caf::execution_unit*>(nullptr), wire};
  return source(to);
}

/// The start of a CAF frame, in network byte order.
std::vector<char> announce(std::uint32_t size, std::uint32_t crc) {
  std::vector<char> result;
  for (const auto number : {size, crc})
    for (int shift = 24; shift >= 0; shift -= 8)
      result.push_back(static_cast<char>(number >> shift));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(batch)

BOOST_AUTO_TEST_CASE(the_default_batch_is_empty_and_equal_to_no_bytes) {
  const sluice::batch none;
  BOOST_TEST(none.count() == 0U);
  BOOST_TEST(none.columns().empty());
  BOOST_TEST(none.bytes().empty());
  const auto received = sluice::batch::from_bytes({});
  BOOST_REQUIRE(received);
  BOOST_CHECK(*received == none);
  BOOST_CHECK(none != sample<int>(1));
  BOOST_TEST(to_string(none) == "batch(0 records, 0 bytes)");
}

BOOST_AUTO_TEST_CASE(a_batch_is_equal_to_its_copy_and_to_the_same_bytes) {
  for_each_sample([]<record T>(const sluice::batch& written) {
    const auto copy = written;
    BOOST_TEST(copy.bytes().data() == written.bytes().data());
    const auto received = sluice::batch::from_bytes(written.bytes());
    BOOST_REQUIRE(received);
    BOOST_CHECK(*received == written);
    BOOST_TEST(received->count() == written.count());
    BOOST_TEST(received->schema() == written.schema());
  });
  BOOST_CHECK(sample<int>(3, 1) == sample<int>(3, 1));
  BOOST_CHECK(sample<int>(3, 1) != sample<int>(3, 2));
}

BOOST_AUTO_TEST_CASE(every_column_is_aligned_to_8_bytes_wherever_the_bytes_came_from) {
  const auto check = [](const sluice::batch& x) {
    BOOST_TEST(std::bit_cast<std::uintptr_t>(x.bytes().data()) % 8 == 0U);
    BOOST_TEST(x.bytes().size() % 8 == 0U);
    for (const auto& column : x.columns())
      BOOST_TEST(std::bit_cast<std::uintptr_t>(column.data.data()) % 8 == 0U);
  };
  for_each_sample([&]<record T>(const sluice::batch& written) {
    check(written);
    byte_string shifted{std::byte{0}};
    shifted.insert(shifted.end(), written.bytes().begin(), written.bytes().end());
    const auto received = sluice::batch::from_bytes(std::span{shifted}.subspan(1));
    BOOST_REQUIRE(received);
    check(*received);
  });
}

BOOST_AUTO_TEST_CASE(the_layout_is_the_documented_one) {
  // docs/formats/batch.md shows these bytes: they are on disk and must not change.
  const auto bytes = bytes_of(make_batch<word_count>(std::vector<word_count>{{"ab", 7}}));
  const auto word = [&](std::size_t i) {
    std::uint64_t result = 0;
    std::memcpy(&result, bytes.data() + 8 * i, 8);
    return result;
  };
  BOOST_REQUIRE(bytes.size() == 15 * 8U);
  BOOST_TEST(word(0) == 14ULL << 32);                                     // one segment of 14 words
  BOOST_TEST(word(1) == (1ULL << 48 | 2ULL << 32));                       // root: 2 data words, 1 pointer
  BOOST_TEST(word(2) == schema_id<word_count>());                         //
  BOOST_TEST(word(3) == 1U);                                              // records
  BOOST_TEST(word(4) == (6ULL << 35 | 7ULL << 32 | 1));                   // columns: 6 words of structs
  BOOST_TEST(word(5) == (1ULL << 48 | 1ULL << 32 | 3 << 2));              // 3 of them, 1 data word and 1 pointer each
  BOOST_TEST(word(6) == (1ULL << 32 | 5));                                // 1 element of kind ends
  BOOST_TEST(word(8) == (2ULL << 32 | 6));                                // 2 elements of kind bytes
  BOOST_TEST(word(10) == (1ULL << 32 | 4));                               // 1 element of kind fixed8
  BOOST_TEST(word(12) == 2U);                                             // the text ends at 2
  BOOST_TEST(word(13) == (std::uint64_t{'b'} << 8 | std::uint64_t{'a'})); //
  BOOST_TEST(word(14) == 7U);
}

BOOST_AUTO_TEST_CASE(a_batch_wider_or_larger_than_the_limits_is_not_frozen) {
  std::vector<column_buffer> columns;
  for (std::size_t i = 0; i < max_columns; ++i)
    columns.emplace_back(column_kind::bits);
  const auto widest = sluice::batch::freeze(1, 0, columns);
  BOOST_TEST(sluice::batch::from_bytes(widest.bytes()).has_value());
  columns.emplace_back(column_kind::bits);
  BOOST_CHECK_THROW(sluice::batch::freeze(1, 0, columns), std::length_error);

  columns.erase(columns.begin() + 1, columns.end());
  const std::string text(max_batch_bytes - batch_overhead(1), 'x');
  columns[0] = column_buffer{column_kind::bytes};
  columns[0].append_bytes(text.data(), text.size());
  const auto count = static_cast<std::uint32_t>(text.size());
  const auto largest = sluice::batch::freeze(1, count, columns);
  BOOST_TEST(sluice::batch::from_bytes(largest.bytes()).has_value());
  columns[0].append_bytes(text.data(), batch_overhead(1));
  BOOST_CHECK_THROW(sluice::batch::freeze(1, count, columns), std::length_error);
}

BOOST_AUTO_TEST_CASE(a_draft_becomes_the_batch_that_its_columns_would_freeze_to) {
  const std::vector kinds{column_kind::fixed1, column_kind::fixed2, column_kind::fixed4, column_kind::fixed8};
  const auto fill = [&](const batch_draft& draft, std::uint32_t from, std::uint32_t to) {
    for (std::size_t i = 0; i < kinds.size(); ++i)
      for (auto k = from; k < to; ++k)
        std::memset(draft.column(i) + column_size(kinds[i], k), static_cast<int>(k + i), column_size(kinds[i], 1));
  };
  const auto expected = [&](std::uint32_t count) {
    std::vector<column_buffer> columns;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      columns.emplace_back(kinds[i]);
      for (std::uint32_t k = 0; k < count; ++k)
        columns[i].append_bytes(byte_string(8, static_cast<std::byte>(k + i)).data(), column_size(kinds[i], 1));
    }
    return sluice::batch::freeze(5, count, columns);
  };
  batch_draft draft{5, kinds};
  BOOST_TEST(draft.capacity() == 0U);
  BOOST_CHECK(draft.freeze(0) == expected(0));
  draft.grow(7, 0);
  fill(draft, 0, 5);
  draft.grow(13, 5);
  BOOST_TEST(draft.capacity() == 13U);
  fill(draft, 5, 11);
  BOOST_CHECK(draft.freeze(11) == expected(11));
  BOOST_CHECK(draft.freeze(0) == expected(0));
  fill(draft, 11, 13);
  const auto* const at = draft.column(0);
  const auto full = draft.freeze(13);
  BOOST_CHECK(full == expected(13));
  BOOST_TEST(full.columns()[0].data.data() == at);
  BOOST_TEST(draft.capacity() == 0U);
  BOOST_CHECK(draft.freeze(0) == expected(0));
  draft.grow(2, 0);
  fill(draft, 0, 2);
  BOOST_CHECK_THROW(draft.grow(max_batch_bytes / 15 + 1, 2), std::length_error);
  BOOST_CHECK(draft.freeze(2) == expected(2));
  BOOST_CHECK(full == expected(13));
}

BOOST_AUTO_TEST_CASE(sizes_that_no_batch_has_are_refused) {
  BOOST_TEST(is_malformed(byte_string(1)));
  BOOST_TEST(is_malformed(byte_string(8)));
  BOOST_TEST(is_malformed(byte_string(100)));
  BOOST_TEST(is_malformed(byte_string(max_batch_bytes)));
  BOOST_TEST(is_malformed(byte_string(max_batch_bytes + 8)));
  // Refused before it is looked at: one address stands for more memory than there is.
  const std::byte one{};
  reset_allocations();
  BOOST_TEST(is_malformed({&one, std::size_t{1} << 46}));
  BOOST_TEST(allocations.largest < 4096U);
}

BOOST_AUTO_TEST_CASE(columns_that_no_type_has_are_refused_at_the_door) {
  const std::string prefix = "malformed batch: ";
  BOOST_TEST(complaint(2, together(ends({2, 1}), raw("abc"))) == prefix + "offsets go back");
  BOOST_TEST(complaint(2, together(ends({1, 4}), raw("abc"))) == prefix + "offsets point past the end");
  BOOST_TEST(complaint(1, together(ends({0}))) == prefix + "offsets without a column to point into");
  const auto wrong_count = prefix + "the number of records does not match the first column";
  BOOST_TEST(complaint(2, together(numbers({1}))) == wrong_count);
  BOOST_TEST(complaint(0, together(numbers({1}))) == wrong_count);
  BOOST_TEST(complaint(0xFFFFFFFF, together()) == wrong_count);

  auto bytes = bytes_of(sluice::batch::freeze(1, 0, together(numbers({}))));
  set_word(bytes, 6, 7);
  BOOST_TEST(complaint(bytes) == prefix + "unknown column kind");
  set_word(bytes, 3, 1);
  set_word(bytes, 6, 1ULL << 32 | 4);
  BOOST_TEST(complaint(bytes) == prefix + "a column's size does not match its count");
}

BOOST_AUTO_TEST_CASE(more_columns_than_the_limit_are_refused) {
  // One more column than `freeze` would write: a struct of zeroes at the end of the list, which is the message's end.
  std::vector<column_buffer> columns;
  for (std::size_t i = 0; i < max_columns; ++i)
    columns.emplace_back(column_kind::bits);
  auto bytes = bytes_of(sluice::batch::freeze(1, 0, columns));
  bytes.resize(bytes.size() + 16);
  set_word(bytes, 0, (bytes.size() / 8 - 1) << 32);
  set_word(bytes, 4, 2 * (max_columns + 1) << 35 | 7ULL << 32 | 1);
  set_word(bytes, 5, 1ULL << 48 | 1ULL << 32 | (max_columns + 1) << 2);
  BOOST_TEST(complaint(bytes) == "malformed batch: too many columns");
}

BOOST_AUTO_TEST_CASE(a_frame_of_several_segments_is_refused) {
  // Cap'n Proto would read it, but `bytes()` promises one segment, and so may a store that reads in place.
  auto bytes = bytes_of(sample<int>(1));
  byte_string two{bytes};
  two.insert(two.begin() + 8, 8, std::byte{0});
  two[0] = std::byte{1};
  BOOST_TEST(is_malformed(two));
}

BOOST_AUTO_TEST_CASE(a_batch_cut_at_any_length_is_refused) {
  for_each_sample([]<record T>(const sluice::batch& written) {
    const auto whole = bytes_of(written);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      // A copy of its own, so that the address sanitizer sees its end.
      const byte_string cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      BOOST_REQUIRE(is_malformed(cut));
      // The same with a frame that says so: the pointers then lead outside.
      if (size % 8 == 0) {
        auto framed = cut;
        const auto words = static_cast<std::uint32_t>(size / 8 - 1);
        std::memcpy(framed.data() + 4, &words, sizeof(words));
        BOOST_REQUIRE(!survives<T>(framed));
      }
    }
    auto longer = whole;
    longer.resize(whole.size() + 8);
    BOOST_REQUIRE(is_malformed(longer));
  });
}

BOOST_AUTO_TEST_CASE(a_batch_with_any_byte_changed_to_any_value_is_refused_or_readable) {
  for_each_sample([]<record T>(const sluice::batch& written) {
    auto bytes = bytes_of(written);
    BOOST_REQUIRE(survives<T>(bytes));
    for (auto& byte : bytes) {
      const auto original = byte;
      for (int value = 0; value < 256; ++value) {
        byte = static_cast<std::byte>(value);
        survives<T>(bytes);
      }
      byte = original;
    }
  });
}

BOOST_AUTO_TEST_CASE(a_batch_with_many_changes_is_refused_or_readable) {
  for (std::uint64_t seed = 1; seed <= seed_count(300); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      random_records random{seed};
      for_each_sample([&]<record T>(const sluice::batch& written) {
        auto bytes = bytes_of(written);
        for (auto changes = 1 + random.below(8); changes != 0; --changes) {
          // Words that are numbers or pointers are likely to be hit as such, with small and with huge values.
          const auto at = random.below(bytes.size() / 4) * 4;
          auto number = random.make<std::uint32_t>();
          if (random.below(2) == 0)
            number %= 64;
          if (random.below(4) == 0)
            std::memcpy(&number, bytes.data() + random.below(bytes.size() / 4) * 4, sizeof(number));
          std::memcpy(bytes.data() + at, &number, sizeof(number));
        }
        survives<T>(bytes);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(columns_of_any_kind_and_content_are_refused_or_readable) {
  std::size_t read = 0;
  for (std::uint64_t seed = 1; seed <= seed_count(1000); ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      random_records random{seed};
      for_each_sample([&]<record T>(const sluice::batch&) {
        std::vector<column_kind> kinds;
        codec<T>::layout(kinds);
        if (random.below(8) == 0)
          kinds[random.below(kinds.size())] = static_cast<column_kind>(random.below(7));
        const auto count = static_cast<std::uint32_t>(random.below(3));
        auto elements = count;
        std::vector<column_buffer> columns;
        for (const auto kind : kinds) {
          auto& column = columns.emplace_back(kind);
          if (random.below(16) == 0)
            elements = static_cast<std::uint32_t>(random.below(3));
          std::uint32_t end = 0;
          for (std::uint32_t i = 0; i < elements; ++i) {
            end += static_cast<std::uint32_t>(random.below(16) == 0 ? random.make<std::uint32_t>() : random.below(2));
            switch (kind) {
              case column_kind::bits: column.append_bit(random.below(2) != 0); break;
              case column_kind::fixed1:
              case column_kind::bytes: column.append(random.make<std::uint8_t>()); break;
              case column_kind::fixed2: column.append(random.make<std::uint16_t>()); break;
              case column_kind::ends: column.append(end); break;
              case column_kind::fixed4: column.append(random.make<std::uint32_t>()); break;
              case column_kind::fixed8: column.append(random.make<std::uint64_t>()); break;
            }
          }
          // Often right for what follows, so that readers get to the nested columns; the loop's cap keeps it small.
          elements = kind == column_kind::ends && end < 8 ? end : kind == column_kind::bytes ? count : elements;
        }
        read += survives<T>(sluice::batch::freeze(schema_id<T>(), count, columns).bytes());
      });
    }
  }
  BOOST_TEST(read > 100U, "the test no longer gets past the checks");
}

BOOST_AUTO_TEST_CASE(a_batch_comes_back_from_cafs_wire) {
  for_each_sample([]<record T>(const sluice::batch& written) {
    sluice::batch received;
    BOOST_REQUIRE(!from_wire(to_wire(written), received));
    BOOST_CHECK(received == written);
    BOOST_TEST(batch_reader<T>::open(received).has_value());
  });
  auto received = sample<int>(1);
  BOOST_REQUIRE(!from_wire(to_wire({}), received));
  BOOST_CHECK(received == sluice::batch{});
}

BOOST_AUTO_TEST_CASE(cafs_frame_is_length_checksum_and_bytes) {
  const auto written = sample<word_count>(3);
  auto expected = announce(static_cast<std::uint32_t>(written.bytes().size()), crc32c(written.bytes()));
  for (const auto byte : written.bytes())
    expected.push_back(static_cast<char>(byte));
  BOOST_TEST(to_wire(written) == expected);
}

BOOST_AUTO_TEST_CASE(a_frame_changed_or_cut_anywhere_is_refused_and_leaves_the_target_alone) {
  const auto before = sample<int>(1);
  for_each_sample([&]<record T>(const sluice::batch& written) {
    auto wire = to_wire(written);
    auto target = before;
    for (std::size_t i = 0; i < wire.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        wire[i] = static_cast<char>(wire[i] ^ 1 << bit);
        const auto err = from_wire(wire, target);
        BOOST_REQUIRE(err);
        if (i >= 4)
          BOOST_REQUIRE(is(err, ec::checksum_mismatch));
        wire[i] = static_cast<char>(wire[i] ^ 1 << bit);
      }
      BOOST_REQUIRE(from_wire({wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(i)}, target));
    }
    BOOST_CHECK(target == before);
  });
}

BOOST_AUTO_TEST_CASE(a_frame_with_a_good_checksum_is_checked_like_any_bytes) {
  const byte_string garbage(64, std::byte{0x5a});
  auto wire = announce(64, crc32c(garbage));
  wire.insert(wire.end(), garbage.size(), 0x5a);
  sluice::batch target;
  BOOST_TEST(is(from_wire(wire, target), ec::malformed_batch));
}

BOOST_AUTO_TEST_CASE(a_frame_that_announces_too_much_is_refused_before_memory_is_taken) {
  for (const auto size : {std::uint32_t{1} << 31, std::uint32_t{0xFFFFFFF8}, std::uint32_t{max_batch_bytes + 8}, 4U}) {
    sluice::batch target;
    const auto wire = announce(size, 0);
    reset_allocations();
    const auto err = from_wire(wire, target);
    BOOST_TEST(allocations.largest < 4096U);
    BOOST_TEST(is(err, ec::malformed_batch));
  }
}

BOOST_AUTO_TEST_SUITE_END()
