// SPDX-License-Identifier: BSD-3-Clause
//
// A batch is a set of columns, each one contiguous blob. This header holds both ends of a column: the growable buffer
// a writer appends to, and the view a reader takes of frozen bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include <sluice/actors/base/read_past_end.hpp>

namespace sluice {

static_assert(std::endian::native == std::endian::little, "sluice: columns are little endian and are read in place");

/// How the bytes of a column are laid out. The numbers are on disk and on the wire, and frozen.
enum class column_kind : std::uint16_t {
  bits = 0,   ///< one bit per element, least significant first
  fixed1 = 1, ///< one byte per element
  fixed2 = 2, ///< two bytes per element, little endian, like all numbers
  fixed4 = 3,
  fixed8 = 4,
  ends = 5,  ///< uint32 per element: where element i ends in the column (or columns) that follow; never decreasing
  bytes = 6, ///< raw bytes, the target of an `ends` column
};

/// The bytes that `count` elements of `kind` take.
constexpr std::size_t column_size(column_kind kind, std::size_t count) {
  switch (kind) {
    case column_kind::bits: return (count + 7) / 8;
    case column_kind::fixed1:
    case column_kind::bytes: return count;
    case column_kind::fixed2: return count * 2;
    case column_kind::fixed4:
    case column_kind::ends: return count * 4;
    case column_kind::fixed8: return count * 8;
  }
  return 0;
}

/// A frozen column. `data` is 8-byte aligned and as long as `column_size(kind, count)`.
struct column_view {
  column_kind kind = column_kind::bytes;
  std::uint32_t count = 0;
  std::span<const std::byte> data;

  /// The elements as numbers. Requires a kind of that width.
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(data.data());
  }
};

/// A column under construction. Appending never zeroes and rarely allocates; `clear` keeps the memory.
class column_buffer {
public:
  explicit column_buffer(column_kind kind) : kind_{kind} {}

  column_kind kind() const { return kind_; }
  std::uint32_t count() const { return kind_ == column_kind::bits ? bits_ : count_of_bytes(); }
  std::size_t size() const { return size_; }
  std::span<const std::byte> data() const { return {data_.get(), size_}; }
  column_view view() const { return {kind_, count(), data()}; }

  /// Appends one number. Requires a column of that width.
  template <class T>
  void append(T value) {
    std::memcpy(extend(sizeof(T)), &value, sizeof(T));
  }

  /// Appends get(0) … get(n - 1), numbers of type T. Requires a column of that width. `get` must not throw.
  template <class T, class Get>
  void append_each(std::size_t n, Get get) {
    auto* to = extend(n * sizeof(T));
    for (std::size_t i = 0; i < n; ++i) {
      const T value = get(i);
      std::memcpy(to + i * sizeof(T), &value, sizeof(T));
    }
  }

  void append_bytes(const void* source, std::size_t n) {
    if (n != 0)
      std::memcpy(extend(n), source, n);
  }

  /// Appends get(0) … get(n - 1), ranges of bytes that have `bytes` in all. `get` must not throw.
  template <class Get>
  void append_blobs(std::size_t n, std::size_t bytes, Get get) {
    auto* to = reserve(bytes + short_blob);
    for (std::size_t i = 0; i < n; ++i) {
      const auto& x = get(i);
      copy_blob(to, x.data(), x.size());
      to += x.size();
    }
    size_ += bytes;
  }

  /// Appends one element to a column of kind `bits`.
  void append_bit(bool value) {
    const auto bit = bits_++ % 8;
    if (bit == 0)
      *extend(1) = std::byte{0};
    data_.get()[size_ - 1] |= static_cast<std::byte>(unsigned{value} << bit);
  }

  void clear() {
    size_ = 0;
    bits_ = 0;
  }

  /// Forgets all but the first `count` elements and gives back unused memory. Requires count <= count().
  void truncate(std::uint32_t count) {
    size_ = column_size(kind_, count);
    if (kind_ == column_kind::bits) {
      bits_ = count;
      // append_bit only ever sets bits, so those above the last one must be zero.
      if (const auto used = count % 8; used != 0)
        data_.get()[size_ - 1] &= static_cast<std::byte>((1U << used) - 1);
    }
    if (const auto least = size_ < 256 ? std::size_t{256} : size_; least < capacity_)
      resize(least);
  }

private:
  struct release {
    void operator()(std::byte* p) const { std::free(p); }
  };

  static constexpr std::size_t short_blob = 16;

  /// Copies `n` bytes to where there is room for `short_blob` more.
  static void copy_blob(std::byte* to, const void* from, std::size_t n) {
#if defined(__SSE2__)
    if (n - 1 < short_blob && detail::can_read_past_end(from, short_blob)) [[likely]] {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), detail::load_16_bytes(from));
      return;
    }
#endif
    if (n != 0)
      std::memcpy(to, from, n);
  }

  std::uint32_t count_of_bytes() const { return static_cast<std::uint32_t>(size_ / column_size(kind_, 1)); }

  std::byte* extend(std::size_t n) {
    auto* result = reserve(n);
    size_ += n;
    return result;
  }

  /// Where the next `n` bytes go.
  std::byte* reserve(std::size_t n) {
    if (capacity_ - size_ < n) [[unlikely]]
      grow(n);
    return data_.get() + size_;
  }

  void grow(std::size_t n) {
    auto capacity = capacity_ < 256 ? std::size_t{256} : capacity_ * 2;
    while (capacity - size_ < n)
      capacity *= 2;
    if (!resize(capacity))
      throw std::bad_alloc{};
  }

  /// Moves to memory of another capacity, or says false and changes nothing.
  bool resize(std::size_t capacity) {
    auto* moved = static_cast<std::byte*>(std::realloc(data_.get(), capacity));
    if (moved == nullptr)
      return false;
    static_cast<void>(data_.release());
    data_.reset(moved);
    capacity_ = capacity;
    return true;
  }

  column_kind kind_;
  std::uint32_t bits_ = 0;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::unique_ptr<std::byte, release> data_;
};

} // namespace sluice
