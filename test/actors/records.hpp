// SPDX-License-Identifier: BSD-3-Clause
//
// Record types that together use every kind of field, random records of any type, and what a test does with them:
// compare bit by bit, and read every byte.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <sluice/actors/batch/batch_io.hpp>

#include <support/environment.hpp>

namespace sluice::test {

enum class color : std::uint8_t { red, green, blue };
enum class distance : std::int64_t { near = -1, far = std::numeric_limits<std::int64_t>::max() };
enum state : bool { off, on };

struct point {
  float x;
  double y;
};

struct order {
  std::int64_t id;
  std::string_view customer;
  std::optional<std::string> note;
  std::vector<std::pair<std::string, std::optional<point>>> lines;
  color tint;
  bool paid;
};

struct everything {
  std::int8_t i8;
  std::uint8_t u8;
  std::int16_t i16;
  std::uint16_t u16;
  std::int32_t i32;
  std::uint32_t u32;
  std::int64_t i64;
  std::uint64_t u64;
  float f32;
  double f64;
  char letter;
  bool flag;
  color small;
  distance large;
  state two;
  std::string text;
  std::string_view text_view;
  sluice::bytes blob;
  bytes_view blob_view;
  std::pair<std::string_view, int> pair;
  std::tuple<bool, std::tuple<std::string>, point> tuple;
  std::optional<std::optional<std::int16_t>> maybe;
  std::vector<std::vector<std::optional<std::pair<std::string, bool>>>> nested;
  std::vector<bool> bits;
  order inner;
};

struct stopped {};

/// What the standard library has beside it.
struct standard_parts {
  std::array<double, 3> position;
  std::chrono::milliseconds waited;
  std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds> at;
  std::set<std::string> tags;
  std::map<std::string_view, std::int32_t> counts;
  std::variant<std::monostate, std::int64_t, std::string_view, point, stopped> what;
  std::array<std::string_view, 2> names;
  std::vector<std::variant<bool, std::set<int>>> nested;
};

/// Whether two records are the same to the last bit; a NaN is the same as itself.
template <record T>
bool same(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    using bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    return std::bit_cast<bits>(a) == std::bit_cast<bits>(b);
  } else if constexpr (bytes_record<T>) {
    return std::ranges::equal(a, b);
  } else if constexpr (optional_record<T>) {
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
  } else if constexpr (detail::is_unordered<T>) {
    return a == b;
  } else if constexpr (set_record<T>) {
    return std::ranges::equal(a, b, same<typename T::value_type>);
  } else if constexpr (time_record<T>) {
    return same(detail::ticks(a), detail::ticks(b));
  } else if constexpr (variant_record<T>) {
    auto result = a.index() == b.index();
    detail::with_alternative(a, [&](auto i) {
      if constexpr (!detail::empty_alternative<detail::alternative_t<T, i>>)
        result = result && same(detail::alternative<i>(a), detail::alternative<i>(b));
    });
    return result;
  } else if constexpr (list_record<T>) {
    auto result = a.size() == b.size();
    for (std::size_t i = 0; result && i < a.size(); ++i)
      result = same<typename T::value_type>(a[i], b[i]);
    return result;
  } else if constexpr (composite_record<T>) {
    auto result = true;
    detail::for_each_field<T>([&](auto i) { result = result && same(detail::field<i>(a), detail::field<i>(b)); });
    return result;
  } else {
    return a == b;
  }
}

/// A number that depends on every byte of a record, so that a sanitizer sees all of them being read.
template <record T>
std::uint64_t digest(const T& x) {
  std::uint64_t result = 1;
  if constexpr (std::is_floating_point_v<T>) {
    result += std::bit_cast<std::uint64_t>(static_cast<double>(x));
  } else if constexpr (number_record<T> || std::same_as<T, bool>) {
    result += static_cast<std::uint64_t>(x);
  } else if constexpr (text_record<T> || bytes_record<T>) {
    for (const auto c : x)
      result = result * 31 + static_cast<std::uint64_t>(c);
  } else if constexpr (optional_record<T>) {
    result += x ? digest(*x) : 0;
  } else if constexpr (list_record<T> || set_record<T>) {
    for (const auto& element : x)
      result = result * 31 + digest<typename T::value_type>(element);
  } else if constexpr (time_record<T>) {
    result += digest(detail::ticks(x));
  } else if constexpr (variant_record<T>) {
    result += x.index();
    detail::with_alternative(x, [&](auto i) {
      if constexpr (!detail::empty_alternative<detail::alternative_t<T, i>>)
        result = result * 31 + digest(detail::alternative<i>(x));
    });
  } else {
    detail::for_each_field<T>([&](auto i) { result = result * 31 + digest(detail::field<i>(x)); });
  }
  return result;
}

/// Makes records of any type. It owns what the views in them refer to.
class random_records {
public:
  explicit random_records(std::uint64_t seed) : random_{seed} {}

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  template <record T>
  T make() {
    if constexpr (std::is_enum_v<T>)
      return static_cast<T>(make<std::underlying_type_t<T>>());
    else if constexpr (std::same_as<T, bool>)
      return below(2) != 0;
    else if constexpr (number_record<T>)
      return number<T>();
    else if constexpr (text_record<T>)
      return T{text()};
    else if constexpr (bytes_record<T>)
      return blob<T>();
    else if constexpr (list_record<T> || set_record<T>)
      return list<T>();
    else if constexpr (time_record<T>)
      return detail::from_ticks<T>(make<typename T::rep>());
    else if constexpr (variant_record<T>)
      return variant<T>();
    else if constexpr (optional_record<T>)
      return below(2) != 0 ? T{std::in_place, make<typename T::value_type>()} : T{};
    else
      return composite<T>(std::make_index_sequence<detail::field_count<T>()>{});
  }

  template <record T>
  std::vector<T> make_many(std::size_t n) {
    std::vector<T> result;
    for (std::size_t i = 0; i < n; ++i)
      result.push_back(make<T>());
    return result;
  }

private:
  template <class T>
  T number() {
    using limits = std::numeric_limits<T>;
    const std::array extremes{T{},
                              limits::max(),
                              limits::lowest(),
                              limits::min(),
                              limits::infinity(),
                              static_cast<T>(-limits::infinity()),
                              limits::quiet_NaN(),
                              limits::denorm_min()};
    if (below(4) == 0)
      return extremes[below(extremes.size())];
    if constexpr (std::is_floating_point_v<T>)
      return static_cast<T>(static_cast<std::int64_t>(random_())) / static_cast<T>(1 + below(1000));
    else
      return static_cast<T>(random_());
  }

  const std::string& text() {
    // Short ones are frequent, so that ends often repeat and columns of bytes stay small; some fill several words.
    static constexpr std::array<std::size_t, 6> lengths{1, 2, 9, 17, 40, 200};
    auto& result = texts_.emplace_back(below(lengths[below(lengths.size())]), '\0');
    for (auto& c : result)
      c = static_cast<char>(random_());
    return result;
  }

  template <class T>
  T blob() {
    const auto view = std::as_bytes(std::span{text()});
    return T(view.begin(), view.end());
  }

  template <class T>
  T list() {
    T result;
    for (auto n = below(below(8) == 0 ? 20 : 4); n != 0; --n)
      result.insert(result.end(), make<detail::element_t<T>>());
    return result;
  }

  template <class T>
  T variant() {
    T result;
    const auto index = below(detail::alternatives<T>::count);
    detail::for_each_alternative<T>([&](auto i) {
      using held = detail::alternative_t<T, i>;
      if (i != index)
        return;
      if constexpr (detail::empty_alternative<held>)
        result.template emplace<i>();
      else
        result.template emplace<i>(make<held>());
    });
    return result;
  }

  template <class T, std::size_t... I>
  T composite(std::index_sequence<I...>) {
    return T{make<detail::field_t<T, I>>()...};
  }

  std::mt19937_64 random_;
  std::deque<std::string> texts_;
};

} // namespace sluice::test
