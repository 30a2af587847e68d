// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <sluice/actors/base/hash.hpp>
#include <sluice/actors/batch/batch.hpp>
#include <sluice/actors/batch/codec.hpp>

namespace sluice {

/// The schema in the header of a batch of T, so that bytes of another type are refused.
template <record T>
std::uint64_t schema_id() {
  static const auto id = hash_bytes(codec<T>::schema());
  return id;
}

/// Writes records of type T into a batch. Keeps its memory from batch to batch.
template <record T>
class batch_writer {
  static_assert(codec<T>::width <= max_columns, "sluice: a record type with this many fields is too wide for a batch");

public:
  batch_writer() {
    std::vector<column_kind> kinds;
    codec<T>::layout(kinds);
    columns_.reserve(kinds.size());
    for (const auto kind : kinds)
      columns_.emplace_back(kind);
  }

  /// Throws std::length_error for a record that alone would need more than `max_record_bytes`, and for one that no
  /// longer fits this batch. After an exception the writer is unchanged.
  void append(const T& x) {
    try {
      codec<T>::append(columns_.data(), x);
    } catch (...) {
      take_back();
      throw;
    }
    const auto size = column_bytes();
    if (size - size_ > max_record_bytes - overhead || size > max_batch_bytes - overhead) [[unlikely]]
      refuse(size - size_);
    size_ = size;
    ++count_;
  }

  /// Appends all of them, faster than one by one. If they take more than `most` bytes, or more than a record may have,
  /// or do not fit this batch, it returns false and changes nothing.
  bool append_together(std::span<const T> xs, std::size_t most)
    requires simple_record<T>
  {
    const auto get = [xs](std::size_t i) -> const T& { return xs[i]; };
    const auto bytes = codec<T>::bytes_of_each(xs.size(), get);
    if (bytes > std::min(most, max_record_bytes - overhead) || size_ + bytes > max_batch_bytes - overhead) [[unlikely]]
      return false;
    try {
      codec<T>::append_each(columns_.data(), xs.size(), get);
    } catch (...) {
      take_back();
      throw;
    }
    size_ += bytes;
    count_ += static_cast<std::uint32_t>(xs.size());
    return true;
  }

  std::uint32_t count() const { return count_; }

  /// Bytes in the columns so far. While they are at most max_batch_bytes - max_record_bytes, any record that is not too
  /// large in itself fits.
  std::size_t size() const { return size_; }

  /// The records appended since the last call, frozen.
  batch freeze() {
    auto result = batch::freeze(schema_id<T>(), count_, columns_);
    clear();
    return result;
  }

  /// Forgets the records appended since the last freeze.
  void clear() {
    for (auto& column : columns_)
      column.clear();
    count_ = 0;
    size_ = 0;
  }

private:
  static constexpr std::size_t overhead = batch_overhead(codec<T>::width);

  void take_back() { codec<T>::truncate(columns_.data(), count_); }

  [[noreturn, gnu::cold, gnu::noinline]] void refuse(std::size_t bytes) {
    take_back();
    if (bytes > max_record_bytes - overhead)
      throw std::length_error("a record of " + std::to_string(bytes) + " bytes is larger than the limit of "
                              + std::to_string(max_record_bytes - overhead));
    throw std::length_error("a record of " + std::to_string(bytes) + " bytes does not fit a batch that already has "
                            + std::to_string(size_));
  }

  std::size_t column_bytes() const {
    std::size_t result = 0;
    for (std::size_t i = 0; i < codec<T>::width; ++i)
      result += columns_[i].size();
    return result;
  }

  std::vector<column_buffer> columns_;
  std::uint32_t count_ = 0;
  std::size_t size_ = 0;
};

/// Where the next records of a batch are to be written, if they are flat: into their columns, as numbers 0 to `size` -
/// 1 of `cells`.
template <record T>
struct record_room {
  std::size_t size = 0;
};
template <flat_record T>
struct record_room<T> {
  typename codec<T>::cells cells;
  std::size_t size = 0;
};

/// Flat records are written where they stay: into the columns of the batch that they will be.
template <flat_record T>
class batch_writer<T> {
  static_assert(codec<T>::width <= max_columns, "sluice: a record type with this many fields is too wide for a batch");

public:
  /// Throws std::length_error for a record that no longer fits this batch. Then the writer is unchanged.
  void append(const T& x) {
    make_room();
    cells_.put(count_++, x);
  }

  /// Room for one record at least, until the next call of anything else. Throws std::length_error if there is none.
  record_room<T> room() {
    make_room();
    return {cells_.from(count_), draft_.capacity() - count_};
  }

  /// Appends the first `n` records of those that have been written where there was `room`.
  void append_written(std::size_t n) {
    assert(n <= draft_.capacity() - count_);
    count_ += static_cast<std::uint32_t>(n);
  }

  std::uint32_t count() const { return count_; }

  /// Bytes in the columns so far.
  std::size_t size() const { return count_ * bytes_of_one; }

  /// The records appended since the last call, frozen: without a copy where they have the size of a usual batch.
  batch freeze() {
    auto result = draft_.freeze(count_);
    count_ = 0;
    return result;
  }

  /// Forgets the records appended since the last freeze.
  void clear() { count_ = 0; }

private:
  static constexpr std::size_t bytes_of_one = detail::flat_bytes<T>();
  static constexpr std::uint32_t most = (max_batch_bytes - batch_overhead(codec<T>::width)) / bytes_of_one;
  static constexpr std::uint32_t usual = (usual_batch_bytes + bytes_of_one - 1) / bytes_of_one;
  static constexpr std::uint32_t least = std::min<std::uint32_t>(usual, 32);

  static batch_draft make_draft() {
    std::vector<column_kind> kinds;
    codec<T>::layout(kinds);
    return {schema_id<T>(), std::move(kinds)};
  }

  void make_room() {
    if (count_ == draft_.capacity()) [[unlikely]]
      grow();
  }

  [[gnu::cold, gnu::noinline]] void grow() {
    if (count_ == most)
      throw std::length_error("a record of " + std::to_string(bytes_of_one)
                              + " bytes does not fit a batch that already has " + std::to_string(size()));
    // A draft that became a batch is followed by one as large.
    if (count_ != 0)
      capacity_ = count_ < usual ? std::min(2 * count_, usual) : std::min(2 * count_, most);
    draft_.grow(capacity_, count_);
    cells_.open([this, i = std::size_t{0}]() mutable { return draft_.column(i++); });
  }

  batch_draft draft_ = make_draft();
  typename codec<T>::cells cells_; ///< of the draft
  std::uint32_t count_ = 0;
  std::uint32_t capacity_ = least; ///< that the draft has, or had last
};

} // namespace sluice
