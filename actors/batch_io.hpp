// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cassert>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/batch.hpp>
#include <sluice/actors/codec.hpp>
#include <sluice/actors/errors.hpp>
#include <sluice/actors/hash.hpp>

namespace sluice {

/// What a batch of T carries in its header, so that bytes of another type are refused.
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

  /// Throws std::length_error for a record that alone would need more than `max_record_bytes`, and for one that does
  /// not fit this batch any more. After an exception the writer holds what it held before.
  void append(const T& x) {
    try {
      codec<T>::append(columns_.data(), x);
    } catch (...) {
      take_back();
      throw;
    }
    const auto size = flat_record<T> ? size_ + detail::flat_bytes<T>() : column_bytes();
    if (size - size_ > max_record_bytes - overhead || size > max_batch_bytes - overhead) [[unlikely]]
      refuse(size - size_);
    size_ = size;
    ++count_;
  }

  /// Appends all of them, faster than one by one, unless they take more than `most` bytes, or more than a record may
  /// have, or do not fit this batch. Then it says false and changes nothing.
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

  /// Bytes in the columns so far. While they are at most max_batch_bytes - max_record_bytes, any record fits that is
  /// not too large in itself.
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

/// Reads records of type T from a batch, which it keeps alive: views it returns live as long as the reader's batch.
template <record T>
class batch_reader {
public:
  batch_reader() = default;

  /// Fails with `ec::schema_mismatch` if the batch holds another type, or claims T but has not its columns. The empty
  /// batch can be read as any type.
  static caf::expected<batch_reader> open(batch from) {
    batch_reader result;
    const auto columns = from.columns();
    if (columns.empty() && from.count() == 0)
      return result;
    if (from.schema() != schema_id<T>())
      return make_error(ec::schema_mismatch, "a batch does not hold records of type " + codec<T>::schema());
    if (columns.size() != codec<T>::width || !result.columns_.open(columns.data(), from.count()))
      return make_error(ec::schema_mismatch, "a batch has not the columns of its type " + codec<T>::schema());
    result.batch_ = std::move(from);
    return result;
  }

  std::uint32_t size() const { return batch_.count(); }

  /// Requires i < size().
  T operator[](std::size_t i) const {
    assert(i < size());
    return columns_.at(i);
  }

  /// Record i; fetches of record `next`, if there is one, what is used of the result. Requires i < size().
  [[gnu::always_inline]] T at(std::size_t i, std::size_t next) const
    requires flat_record<T>
  {
    assert(i < size());
    return columns_.at(i, next);
  }

  /// Calls `use(first, count)` for records `begin` to `end` in runs, from front to back. Processors notice that columns
  /// are read like that, but not if much is done in between, so they are told what will be read next.
  template <class Use>
  void for_each_run(std::size_t begin, std::size_t end, Use use) const {
    if constexpr (flat_record<T>) {
      constexpr std::size_t at_once = 8;
      constexpr std::size_t ahead = 256;
      for (auto i = begin; i < end; i += at_once) {
        columns_.prefetch(i + ahead);
        use(i, std::min(at_once, end - i));
      }
    } else {
      use(begin, end - begin);
    }
  }

private:
  batch batch_;
  typename codec<T>::reader columns_;
};

/// One batch of all records of a range. Throws std::length_error if they do not fit one batch.
template <record T, class Range>
batch make_batch(const Range& records) {
  batch_writer<T> out;
  for (const auto& x : records)
    out.append(static_cast<const T&>(x));
  return out.freeze();
}

} // namespace sluice
