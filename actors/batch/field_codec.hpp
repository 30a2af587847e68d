// SPDX-License-Identifier: BSD-3-Clause
//
// Columns of what a record is made of: numbers, bool, times, text and bytes, lists and sets, what may be missing, and
// one of several. For codec.hpp, which says what a codec is.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/batch/column.hpp>
#include <sluice/actors/record/record.hpp>

namespace sluice {

/// Chosen for types that are no records, to say so and nothing more: it has what any codec has.
template <class T>
struct codec {
  static_assert(detail::check_record<T>());
  static constexpr std::size_t width = 0;
  static std::string schema() { return {}; }
  static void layout(std::vector<column_kind>&) {}
  static void append(column_buffer*, const T&) {}
  static void truncate(column_buffer*, std::uint32_t) {}
  template <class Get>
  static std::size_t bytes_of_each(std::size_t, Get) {
    return 0;
  }
  template <class Get>
  static void append_each(column_buffer*, std::size_t, Get) {}

  class reader {
  public:
    bool open(const column_view*, std::uint32_t) { return false; }
    template <class... Where>
    T at(Where...) const;
    void prefetch(std::size_t) const {}
  };
  class cells {
  public:
    template <class NextColumn>
    void open(NextColumn&&) {}
    void put(std::size_t, const T&) {}
    cells from(std::size_t) const { return *this; }
  };
};

namespace detail {

/// Whether a column has the kind and count its reader expects.
inline bool fits(const column_view& column, column_kind kind, std::uint32_t count) {
  return column.kind == kind && column.count == count;
}

/// The number that a column holds for a T: what an enum stands for, and never bool, which not every byte is.
template <class T>
struct stored_number {
  using type = T;
};
template <class T>
  requires std::is_enum_v<T>
struct stored_number<T> {
  using underlying = std::underlying_type_t<T>;
  using type = std::conditional_t<std::same_as<underlying, bool>, std::uint8_t, underlying>;
};

template <class T>
constexpr column_kind number_kind() {
  constexpr std::array kinds{column_kind::fixed1, column_kind::fixed2, column_kind::fixed4, column_kind::fixed8};
  return kinds[sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3];
}

/// "i32", "u8", "f64": the sort of number and its bits. Here and in other schemas text is appended: where a literal
/// comes first in a sum, g++ 12 warns of programs that are built with -O3.
template <class T>
std::string number_schema() {
  using number = typename stored_number<T>::type;
  std::string result{std::is_floating_point_v<number> ? "f" : std::is_signed_v<number> ? "i" : "u"};
  result += std::to_string(sizeof(T) * 8);
  return result;
}

/// Returns `x`, a number, and fetches `from` into the cache. If the compiler finds that the result is not used, it
/// removes both; so a function that looks at one field of a record fetches one column.
template <class T>
T fetch_with(T x, const T* from) {
#if defined(__x86_64__)
  if constexpr (std::is_floating_point_v<T>)
    asm("prefetcht0 %1" : "+x"(x) : "m"(*from));
  else
    asm("prefetcht0 %1" : "+r"(x) : "m"(*from));
#else
  static_cast<void>(from);
#endif
  return x;
}

/// The half-open range of element i in a column of ends.
inline std::pair<std::uint32_t, std::uint32_t> range_of(const std::uint32_t* ends, std::size_t i) {
  return {i == 0 ? 0 : ends[i - 1], ends[i]};
}

/// Where the next element of a column of ends begins.
inline std::uint32_t last_end(const column_buffer& ends) {
  std::uint32_t result = 0;
  if (ends.size() != 0)
    std::memcpy(&result, ends.data().data() + ends.size() - sizeof(result), sizeof(result));
  return result;
}

} // namespace detail

template <number_record T>
  requires detail::sound_record<T>
struct codec<T> {
  using stored = typename detail::stored_number<T>::type;

  static constexpr std::size_t width = 1; ///< columns
  static std::string schema() { return detail::number_schema<T>(); }
  static void layout(std::vector<column_kind>& out) { out.push_back(detail::number_kind<T>()); }
  static void append(column_buffer* to, T x) { to->append(static_cast<stored>(x)); }

  /// The bytes that get(0) … get(n - 1) take in their columns.
  template <class Get>
  static std::size_t bytes_of_each(std::size_t n, Get) {
    return n * sizeof(T);
  }

  /// Appends get(0) … get(n - 1), column by column.
  template <class Get>
  static void append_each(column_buffer* to, std::size_t n, Get get) {
    to->append_each<stored>(n, [&](std::size_t i) { return static_cast<stored>(get(i)); });
  }

  /// Forgets all but the first `count` appended elements; what lies after them need not be whole.
  static void truncate(column_buffer* to, std::uint32_t count) { to->truncate(count); }

  class reader {
  public:
    bool open(const column_view* from, std::uint32_t count) {
      data_ = from->as<stored>();
      return detail::fits(*from, detail::number_kind<T>(), count);
    }
    T at(std::size_t i) const { return static_cast<T>(data_[i]); }

    /// The same; fetches element `next`, too, unless the result is not used.
    [[gnu::always_inline]] T at(std::size_t i, std::size_t next) const {
      return static_cast<T>(detail::fetch_with(data_[i], data_ + next));
    }

    /// Fetches where element i lies, if there is one. (Inlined by order, as GCC leaves out calls that do nothing else.)
    [[gnu::always_inline]] void prefetch(std::size_t i) const { __builtin_prefetch(data_ + i, 0, 2); }

  private:
    const stored* data_ = nullptr;
  };

  /// Where elements are written, by number: memory that is theirs.
  class cells {
  public:
    /// @param next_column gives the memory of one column after the other
    template <class NextColumn>
    void open(NextColumn&& next_column) {
      data_ = reinterpret_cast<stored*>(next_column());
    }

    [[gnu::always_inline]] void put(std::size_t i, T x) { data_[i] = static_cast<stored>(x); }

    /// Those from number `first` on.
    cells from(std::size_t first) const {
      auto result = *this;
      result.data_ += first;
      return result;
    }

  private:
    stored* data_ = nullptr;
  };
};

template <>
struct codec<bool> {
  static constexpr std::size_t width = 1;
  static std::string schema() { return "bool"; }
  static void layout(std::vector<column_kind>& out) { out.push_back(column_kind::bits); }
  static void append(column_buffer* to, bool x) { to->append_bit(x); }
  static void truncate(column_buffer* to, std::uint32_t count) { to->truncate(count); }

  class reader {
  public:
    bool open(const column_view* from, std::uint32_t count) {
      data_ = from->as<std::uint8_t>();
      return detail::fits(*from, column_kind::bits, count);
    }
    bool at(std::size_t i) const { return (data_[i / 8] >> (i % 8) & 1) != 0; }

  private:
    const std::uint8_t* data_ = nullptr;
  };
};

namespace detail {

/// Text and bytes: a column of ends and a column of bytes. `T` is a view or an owner of `Char`s.
template <class T, class Char>
struct blob_codec {
  static constexpr std::size_t width = 2;
  static void layout(std::vector<column_kind>& out) {
    out.push_back(column_kind::ends);
    out.push_back(column_kind::bytes);
  }
  static void append(column_buffer* to, const T& x) {
    to[1].append_bytes(x.data(), x.size());
    to[0].append(static_cast<std::uint32_t>(to[1].size()));
  }

  template <class Get>
  static std::size_t bytes_of_each(std::size_t n, Get get) {
    auto result = n * sizeof(std::uint32_t);
    for (std::size_t i = 0; i < n; ++i)
      result += get(i).size();
    return result;
  }

  template <class Get>
  static void append_each(column_buffer* to, std::size_t n, Get get) {
    auto end = static_cast<std::uint32_t>(to[1].size());
    to[0].append_each<std::uint32_t>(n,
                                     [&](std::size_t i) { return end += static_cast<std::uint32_t>(get(i).size()); });
    to[1].append_blobs(n, end - to[1].size(), get);
  }
  static void truncate(column_buffer* to, std::uint32_t count) {
    to[0].truncate(count);
    to[1].truncate(last_end(to[0]));
  }

  class reader {
  public:
    bool open(const column_view* from, std::uint32_t count) {
      ends_ = from[0].as<std::uint32_t>();
      data_ = from[1].as<Char>();
      return fits(from[0], column_kind::ends, count)
             && fits(from[1], column_kind::bytes, count == 0 ? 0 : ends_[count - 1]);
    }
    T at(std::size_t i) const {
      const auto [begin, end] = range_of(ends_, i);
      return T(data_ + begin, data_ + end);
    }

  private:
    const std::uint32_t* ends_ = nullptr;
    const Char* data_ = nullptr;
  };
};

} // namespace detail

template <text_record T>
struct codec<T> : detail::blob_codec<T, char> {
  static std::string schema() { return "text"; }
};

template <bytes_record T>
struct codec<T> : detail::blob_codec<T, std::byte> {
  static std::string schema() { return "bytes"; }
};

/// Vectors, sets and maps. Whatever the bytes say, a set has each key once, and an ordered one is in order.
template <class T>
  requires((list_record<T> || set_record<T>) && detail::sound_record<T>)
struct codec<T> {
  using element = detail::element_t<T>;
  static constexpr std::size_t width = 1 + codec<element>::width;
  static std::string schema() { return std::string{"["}.append(codec<element>::schema()) + "]"; }
  static void layout(std::vector<column_kind>& out) {
    out.push_back(column_kind::ends);
    codec<element>::layout(out);
  }
  static void append(column_buffer* to, const T& xs) {
    for (const auto& x : xs)
      codec<typename T::value_type>::append(to + 1, x);
    // The child's own count would need its kind; what was written so far plus this list is the same number.
    to->append(static_cast<std::uint32_t>(detail::last_end(*to) + xs.size()));
  }
  static void truncate(column_buffer* to, std::uint32_t count) {
    to->truncate(count);
    codec<element>::truncate(to + 1, detail::last_end(*to));
  }

  class reader {
  public:
    bool open(const column_view* from, std::uint32_t count) {
      ends_ = from->as<std::uint32_t>();
      return detail::fits(*from, column_kind::ends, count)
             && elements_.open(from + 1, count == 0 ? 0 : ends_[count - 1]);
    }
    T at(std::size_t i) const {
      const auto [begin, end] = detail::range_of(ends_, i);
      T result;
      if constexpr (list_record<T>) {
        result.reserve(end - begin);
        for (auto k = begin; k != end; ++k)
          result.push_back(elements_.at(k));
      } else {
        for (auto k = begin; k != end; ++k)
          result.insert(result.end(), elements_.at(k));
      }
      return result;
    }

  private:
    const std::uint32_t* ends_ = nullptr;
    typename codec<element>::reader elements_;
  };
};

/// One bit per record says whether it is there; an absent one takes a default value's room, so that index i stays index
/// i.
template <optional_record T>
  requires detail::sound_record<T>
struct codec<T> {
  using element = typename T::value_type;
  static constexpr std::size_t width = 1 + codec<element>::width;
  static std::string schema() { return codec<element>::schema() + "?"; }
  static void layout(std::vector<column_kind>& out) {
    out.push_back(column_kind::bits);
    codec<element>::layout(out);
  }
  static void append(column_buffer* to, const T& x) {
    to->append_bit(x.has_value());
    // Not `x ? *x : element{}`: that would copy a value which is there.
    if (x)
      codec<element>::append(to + 1, *x);
    else
      codec<element>::append(to + 1, element{});
  }
  static void truncate(column_buffer* to, std::uint32_t count) {
    to->truncate(count);
    codec<element>::truncate(to + 1, count);
  }

  class reader {
  public:
    bool open(const column_view* from, std::uint32_t count) {
      return there_.open(from, count) && element_.open(from + 1, count);
    }
    T at(std::size_t i) const { return there_.at(i) ? T{std::in_place, element_.at(i)} : T{}; }

  private:
    codec<bool>::reader there_;
    typename codec<element>::reader element_;
  };
};

} // namespace sluice
