// SPDX-License-Identifier: BSD-3-Clause
//
// Columns of durations, time points and variants. For codec.hpp, which says what a codec is.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <sluice/actors/batch/field_codec.hpp>

namespace sluice {

/// Ticks, as the number that they are. The schema tells the unit, so that seconds are not read as milliseconds.
template <time_record T>
  requires detail::sound_record<T>
struct codec<T> {
  using count = codec<typename T::rep>;
  static constexpr std::size_t width = count::width;
  static std::string schema() {
    return std::string{detail::is_time_point<T> ? "@" : ""}.append(count::schema()) + "*"
           + std::to_string(T::period::num) + "/" + std::to_string(T::period::den);
  }
  static void layout(std::vector<column_kind>& out) { count::layout(out); }
  static void append(column_buffer* to, const T& x) { count::append(to, detail::ticks(x)); }
  template <class Get>
  static std::size_t bytes_of_each(std::size_t n, Get) {
    return n * sizeof(typename T::rep);
  }
  template <class Get>
  static void append_each(column_buffer* to, std::size_t n, Get get) {
    count::append_each(to, n, [&](std::size_t i) { return detail::ticks(get(i)); });
  }
  static void truncate(column_buffer* to, std::uint32_t n) { count::truncate(to, n); }

  class reader {
  public:
    bool open(const column_view* from, std::uint32_t n) { return ticks_.open(from, n); }
    T at(std::size_t i) const { return detail::from_ticks<T>(ticks_.at(i)); }
    [[gnu::always_inline]] T at(std::size_t i, std::size_t next) const {
      return detail::from_ticks<T>(ticks_.at(i, next));
    }
    [[gnu::always_inline]] void prefetch(std::size_t i) const { ticks_.prefetch(i); }

  private:
    typename count::reader ticks_;
  };

  class cells {
  public:
    template <class NextColumn>
    void open(NextColumn&& next_column) {
      ticks_.open(next_column);
    }
    [[gnu::always_inline]] void put(std::size_t i, const T& x) { ticks_.put(i, detail::ticks(x)); }
    cells from(std::size_t first) const {
      cells result;
      result.ticks_ = ticks_.from(first);
      return result;
    }

  private:
    typename count::cells ticks_;
  };
};

namespace detail {

/// No columns: that it is held says all.
template <class T>
struct empty_codec {
  static constexpr std::size_t width = 0;
  static std::string schema() { return "()"; }
  static void layout(std::vector<column_kind>&) {}
  static void append(column_buffer*, const T&) {}
  static void truncate(column_buffer*, std::uint32_t) {}

  class reader {
  public:
    bool open(const column_view*, std::uint32_t) { return true; }
    T at(std::size_t) const { return T{}; }
  };
};

template <class T>
struct alternative_codec : codec<T> {};
template <empty_alternative T>
struct alternative_codec<T> : empty_codec<T> {};

} // namespace detail

/// A byte a record says which alternative it holds; the others take a default value's room, so that index i stays index
/// i. A variant without a value cannot be written: that throws std::bad_variant_access.
template <variant_record T>
  requires detail::sound_record<T>
struct codec<T> {
private:
  template <std::size_t I>
  using held = detail::alternative_codec<detail::alternative_t<T, I>>;
  static constexpr auto count = detail::alternatives<T>::count;
  using all = std::make_index_sequence<count>;

  template <std::size_t... I>
  static constexpr std::size_t width_of(std::index_sequence<I...>) {
    return (held<I>::width + ... + 1);
  }
  template <class All>
  struct readers_of;
  template <std::size_t... I>
  struct readers_of<std::index_sequence<I...>> {
    using type = std::tuple<typename held<I>::reader...>;
  };

public:
  static constexpr std::size_t width = width_of(all{});
  static std::string schema() {
    std::string result = "<";
    detail::for_each_alternative<T>([&](auto i) {
      result += i == 0 ? "" : "|";
      result += held<i>::schema();
    });
    return result + ">";
  }
  static void layout(std::vector<column_kind>& out) {
    out.push_back(column_kind::fixed1);
    detail::for_each_alternative<T>([&](auto i) { held<i>::layout(out); });
  }
  static void append(column_buffer* to, const T& x) {
    if (x.valueless_by_exception())
      static_cast<void>(detail::alternative<0>(x));
    to->append(static_cast<std::uint8_t>(x.index()));
    ++to;
    detail::for_each_alternative<T>([&](auto i) {
      if (x.index() == i)
        held<i>::append(to, detail::alternative<i>(x));
      else
        held<i>::append(to, detail::alternative_t<T, i>{});
      to += held<i>::width;
    });
  }
  static void truncate(column_buffer* to, std::uint32_t n) {
    to->truncate(n);
    ++to;
    detail::for_each_alternative<T>([&](auto i) {
      held<i>::truncate(to, n);
      to += held<i>::width;
    });
  }

  class reader {
  public:
    /// Looks at each index, for they may come from outside.
    bool open(const column_view* from, std::uint32_t n) {
      if (!detail::fits(*from, column_kind::fixed1, n))
        return false;
      index_ = from->as<std::uint8_t>();
      for (std::uint32_t i = 0; i < n; ++i)
        if (index_[i] >= count)
          return false;
      ++from;
      bool good = true;
      detail::for_each_alternative<T>([&](auto i) {
        good = good && std::get<i>(alternatives_).open(from, n);
        from += held<i>::width;
      });
      return good;
    }
    T at(std::size_t i) const { return at<0>(i); }

  private:
    template <std::size_t I>
    T at(std::size_t i) const {
      if constexpr (I + 1 < count)
        if (index_[i] != I)
          return at<I + 1>(i);
      return T{std::in_place_index<I>, std::get<I>(alternatives_).at(i)};
    }

    const std::uint8_t* index_ = nullptr;
    typename readers_of<all>::type alternatives_;
  };
};

} // namespace sluice
