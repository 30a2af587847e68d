// SPDX-License-Identifier: BSD-3-Clause
//
// How a record type maps to columns. codec<T> says which columns a T needs (`layout`, `schema`), appends a T to them,
// takes appended ones back (`truncate`), and reads the i-th T from frozen columns. Readers check kinds and counts when
// they are opened, so that reading a record afterwards needs no check; what can be checked without T was checked when
// the bytes entered (see batch.hpp). Of records that all take the same room, columns can be laid out before there are
// any, and then `cells` write them. The columns of every type are listed in docs/formats/batch.md.
#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <sluice/actors/batch/column.hpp>
#include <sluice/actors/batch/field_codec.hpp>
#include <sluice/actors/batch/variant_codec.hpp>
#include <sluice/actors/record/record.hpp>

namespace sluice {

namespace detail {

/// The bytes that each T takes, if it is numbers and nothing else; otherwise 0.
template <class T>
constexpr std::size_t flat_bytes() {
  if constexpr (!sound_record<T>) {
    return 0;
  } else if constexpr (composite_record<T>) {
    std::size_t result = 0;
    bool flat = true;
    for_each_field<T>([&](auto i) {
      constexpr auto bytes = flat_bytes<field_t<T, i>>();
      flat = flat && bytes != 0;
      result += bytes;
    });
    return flat ? result : 0;
  } else if constexpr (time_record<T>) {
    return flat_bytes<typename T::rep>();
  } else {
    return number_record<T> ? sizeof(T) : 0;
  }
}

template <class T>
constexpr bool is_simple() {
  if constexpr (!sound_record<T>) {
    return false;
  } else if constexpr (composite_record<T>) {
    bool result = true;
    for_each_field<T>([&](auto i) { result = result && is_simple<field_t<T, i>>(); });
    return result;
  } else {
    return number_record<T> || time_record<T> || text_record<T> || bytes_record<T>;
  }
}

} // namespace detail

/// Each takes the same room.
template <class T>
concept flat_record = record<T> && detail::flat_bytes<T>() != 0;

/// Numbers, texts and bytes and nothing else: some of them can be written column by column.
template <class T>
concept simple_record = record<T> && detail::is_simple<T>();

/// Pairs, tuples, arrays and structs: their fields' columns side by side.
template <composite_record T>
  requires detail::sound_record<T>
struct codec<T> {
private:
  template <std::size_t I>
  using field_codec = codec<detail::field_t<T, I>>;

  template <std::size_t... I>
  static constexpr std::size_t width_of(std::index_sequence<I...>) {
    return (field_codec<I>::width + ... + 0);
  }

  template <class Fields>
  struct readers_of;
  template <std::size_t... I>
  struct readers_of<std::index_sequence<I...>> {
    using type = std::tuple<typename field_codec<I>::reader...>;
  };
  template <class Fields>
  struct cells_of;
  template <std::size_t... I>
  struct cells_of<std::index_sequence<I...>> {
    using type = std::tuple<typename field_codec<I>::cells...>;
  };
  using fields = std::make_index_sequence<detail::field_count<T>()>;

public:
  static constexpr std::size_t width = width_of(fields{});

  static std::string schema() {
    std::string result = "(";
    detail::for_each_field<T>([&](auto i) {
      result += i == 0 ? "" : ",";
      result += field_codec<i>::schema();
    });
    return result + ")";
  }
  static void layout(std::vector<column_kind>& out) {
    detail::for_each_field<T>([&](auto i) { field_codec<i>::layout(out); });
  }
  static void append(column_buffer* to, const T& x) {
    detail::for_each_field<T>([&](auto i) {
      field_codec<i>::append(to, detail::field<i>(x));
      to += field_codec<i>::width;
    });
  }

  template <class Get>
    requires simple_record<T>
  static std::size_t bytes_of_each(std::size_t n, Get get) {
    if constexpr (flat_record<T>)
      return n * detail::flat_bytes<T>();
    std::size_t result = 0;
    detail::for_each_field<T>([&](auto i) {
      result +=
          field_codec<i>::bytes_of_each(n, [&](std::size_t k) -> const auto& { return detail::field<i>(get(k)); });
    });
    return result;
  }

  template <class Get>
    requires simple_record<T>
  static void append_each(column_buffer* to, std::size_t n, Get get) {
    detail::for_each_field<T>([&](auto i) {
      field_codec<i>::append_each(to, n, [&](std::size_t k) -> const auto& { return detail::field<i>(get(k)); });
      to += field_codec<i>::width;
    });
  }

  static void truncate(column_buffer* to, std::uint32_t count) {
    detail::for_each_field<T>([&](auto i) {
      field_codec<i>::truncate(to, count);
      to += field_codec<i>::width;
    });
  }

  class reader {
  public:
    bool open(const column_view* from, std::uint32_t count) {
      bool good = true;
      detail::for_each_field<T>([&](auto i) {
        good = good && std::get<i>(fields_).open(from, count);
        from += field_codec<i>::width;
      });
      return good;
    }
    T at(std::size_t i) const { return at(fields{}, i); }

    /// The same; fetches those fields of record `next`, too, which are used of the result.
    [[gnu::always_inline]] T at(std::size_t i, std::size_t next) const
      requires flat_record<T>
    {
      return at(fields{}, i, next);
    }

    [[gnu::always_inline]] void prefetch(std::size_t i) const
      requires flat_record<T>
    {
      prefetch(i, fields{});
    }

  private:
    template <std::size_t... I>
    [[gnu::always_inline]] void prefetch(std::size_t i, std::index_sequence<I...>) const {
      (std::get<I>(fields_).prefetch(i), ...);
    }

    template <std::size_t... I, class... Where>
    [[gnu::always_inline]] T at(std::index_sequence<I...>, Where... where) const {
      return T{std::get<I>(fields_).at(where...)...};
    }

    typename readers_of<fields>::type fields_;
  };

  class cells {
  public:
    template <class NextColumn>
    void open(NextColumn&& next_column) {
      detail::for_each_field<T>([&](auto i) { std::get<i>(fields_).open(next_column); });
    }

    [[gnu::always_inline]] void put(std::size_t i, const T& x) { put(fields{}, i, x); }

    cells from(std::size_t first) const {
      cells result;
      detail::for_each_field<T>([&](auto i) { std::get<i>(result.fields_) = std::get<i>(fields_).from(first); });
      return result;
    }

  private:
    template <std::size_t... I>
    [[gnu::always_inline]] void put(std::index_sequence<I...>, std::size_t i, const T& x) {
      (std::get<I>(fields_).put(i, detail::field<I>(x)), ...);
    }

    typename cells_of<fields>::type fields_;
  };
};

} // namespace sluice
