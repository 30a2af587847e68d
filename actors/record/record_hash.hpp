// SPDX-License-Identifier: BSD-3-Clause
//
// The hash that decides which partition a key goes to. It depends on the value only, never on the process or on whether
// the key is owned, so every node agrees, as does who reads a checkpoint later. Where a key lies in a table, which goes
// with its process, is decided by another one that costs less.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <sluice/actors/base/hash.hpp>
#include <sluice/actors/base/read_past_end.hpp>
#include <sluice/actors/record/record.hpp>

namespace sluice {

namespace detail {

/// A text of up to 16 bytes, padded with zeros: in memory its words are the text itself. Together with the length they
/// determine the text.
struct short_text {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const short_text&, const short_text&) = default;
};
static_assert(std::endian::native == std::endian::little, "sluice: batches and short texts are little endian");

inline constexpr std::size_t short_text_limit = 16;

/// Reads a short text and no byte outside it.
inline short_text load_short_text_exactly(const char* p, std::size_t n) {
  short_text result;
  if (n > 8) {
    std::memcpy(&result.low, p, 8);
    std::memcpy(&result.high, p + n - 8, 8);
    result.high >>= (16 - n) * 8;
  } else if (n >= 4) {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::memcpy(&first, p, 4);
    std::memcpy(&last, p + n - 4, 4);
    result.low = first | std::uint64_t{last} >> (8 - n) * 8 << 32;
  } else if (n != 0) {
    const auto byte = [p](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(p[i])} << i * 8; };
    result.low = byte(0) | byte(n / 2) | byte(n - 1);
  }
  return result;
}

#if defined(__SSE2__)
/// The same without looking at the length.
inline short_text load_short_text(const char* p, std::size_t n) {
  if (n == 0 || !can_read_past_end(p, short_text_limit)) [[unlikely]]
    return load_short_text_exactly(p, n);
  static constexpr std::array<unsigned char, 32> ones_then_zeros{255, 255, 255, 255, 255, 255, 255, 255,
                                                                 255, 255, 255, 255, 255, 255, 255, 255};
  const auto mask = _mm_loadu_si128(reinterpret_cast<const __m128i*>(ones_then_zeros.data() + (16 - n)));
  short_text result;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(&result), _mm_and_si128(load_16_bytes(p), mask));
  return result;
}
#else
inline short_text load_short_text(const char* p, std::size_t n) { return load_short_text_exactly(p, n); }
#endif

/// A hash of whole words: of a size known at compile time, which XXH3 turns into a few multiplications if the compiler
/// inlines all of it.
template <std::size_t N>
[[gnu::flatten]] std::uint64_t hash_words(const std::array<std::uint64_t, N>& words) {
  return hash_bytes(words.data(), sizeof(words));
}

inline std::uint64_t hash_short_text(const short_text& text) { return hash_words<2>({text.low, text.high}); }

} // namespace detail

namespace detail {

/// The bits of a number, the same ones for both zeros and for every NaN.
inline std::uint64_t canonical_bits(double x) {
  if (x == 0)
    return 0;
  return std::bit_cast<std::uint64_t>(std::isnan(x) ? std::numeric_limits<double>::quiet_NaN() : x);
}

} // namespace detail

/// The hash of a record. Equal records have equal hashes, whether they own their content or refer to it.
template <record T>
std::uint64_t hash_record(const T& x) {
  if constexpr (text_record<T>) {
    if (x.size() <= detail::short_text_limit)
      return detail::hash_short_text(detail::load_short_text(x.data(), x.size()));
    return hash_bytes(x.data(), x.size());
  } else if constexpr (bytes_record<T>) {
    return hash_bytes(x.data(), x.size());
  } else if constexpr (std::is_floating_point_v<T>) {
    return hash_record(detail::canonical_bits(static_cast<double>(x)));
  } else if constexpr (number_record<T> || std::same_as<T, bool>) {
    return detail::hash_words<1>({static_cast<std::uint64_t>(x)});
  } else if constexpr (optional_record<T>) {
    return detail::hash_words<2>({x.has_value(), x ? hash_record(*x) : 0});
  } else if constexpr (list_record<T> || set_record<T>) {
    static_assert(!detail::is_unordered<T>, "sluice: an unordered set or map cannot be a key, for its order is not "
                                            "fixed: use std::set or std::map");
    std::uint64_t result = x.size();
    for (const auto& element : x)
      result = detail::hash_words<2>({result, hash_record<typename T::value_type>(element)});
    return result;
  } else if constexpr (time_record<T>) {
    return hash_record(detail::ticks(x));
  } else if constexpr (variant_record<T>) {
    std::uint64_t held = 0;
    detail::with_alternative(x, [&](auto i) {
      if constexpr (!detail::empty_alternative<detail::alternative_t<T, i>>)
        held = hash_record(detail::alternative<i>(x));
    });
    return detail::hash_words<2>({x.index(), held});
  } else {
    std::array<std::uint64_t, detail::field_count<T>()> fields{};
    detail::for_each_field<T>([&](auto i) { fields[i] = hash_record(detail::field<i>(x)); });
    return detail::hash_words(fields);
  }
}

/// A hash of a record for a table, which nothing that outlives the table may depend on: cheaper than `hash_record` for
/// numbers. Its low bits are as good as its high ones.
template <record T>
std::uint64_t table_hash(const T& x) {
  if constexpr (std::is_floating_point_v<T>)
    return mix_words(detail::canonical_bits(static_cast<double>(x)), 0);
  else if constexpr (number_record<T> || std::same_as<T, bool>)
    return mix_words(static_cast<std::uint64_t>(x), 0);
  else if constexpr (time_record<T>)
    return table_hash(detail::ticks(x));
  else
    return hash_record(x);
}

/// Whether two records are equal field by field, whether owned or referred to. An operator== of the user's, which might
/// not agree with `hash_record`, is not asked. A NaN is equal to itself, or it could never be found again as a key.
template <class A, class B>
bool equal_records(const A& a, const B& b) {
  if constexpr (std::is_floating_point_v<A>) {
    return a == b || (std::isnan(a) && std::isnan(b));
  } else if constexpr (number_record<A> || std::same_as<A, bool> || text_record<A>) {
    return a == b;
  } else if constexpr (bytes_record<A>) {
    return a.size() == b.size() && (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size()) == 0);
  } else if constexpr (optional_record<A>) {
    return a.has_value() == b.has_value() && (!a || equal_records(*a, *b));
  } else if constexpr (list_record<A> || set_record<A>) {
    if (a.size() != b.size())
      return false;
    auto other = b.begin();
    for (auto i = a.begin(); i != a.end(); ++i, ++other)
      if (!equal_records<typename A::value_type, typename B::value_type>(*i, *other))
        return false;
    return true;
  } else if constexpr (time_record<A>) {
    return equal_records(detail::ticks(a), detail::ticks(b));
  } else if constexpr (variant_record<A>) {
    bool result = a.index() == b.index();
    detail::with_alternative(a, [&](auto i) {
      if constexpr (!detail::empty_alternative<detail::alternative_t<A, i>>)
        result = result && equal_records(detail::alternative<i>(a), detail::alternative<i>(b));
    });
    return result;
  } else {
    bool result = true;
    detail::for_each_field<A>(
        [&](auto i) { result = result && equal_records(detail::field<i>(a), detail::field<i>(b)); });
    return result;
  }
}

} // namespace sluice
