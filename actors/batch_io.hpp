// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cassert>
#include <stdexcept>

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
public:
  batch_writer() {
    std::vector<column_kind> kinds;
    codec<T>::layout(kinds);
    for (const auto kind : kinds)
      columns_.emplace_back(kind);
  }

  /// Throws std::length_error for a record larger than `max_record_bytes`.
  void append(const T& x) {
    codec<T>::append(columns_.data(), x);
    ++count_;
    const auto before = std::exchange(size_, column_bytes());
    if (size_ - before > max_record_bytes) [[unlikely]]
      throw std::length_error("a record of " + std::to_string(size_ - before) + " bytes is larger than the limit of "
                              + std::to_string(max_record_bytes));
  }

  std::uint32_t count() const { return count_; }

  /// Bytes in the columns so far. Freeze before they exceed max_batch_bytes - max_record_bytes.
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

  /// Fails with `ec::schema_mismatch` if the batch holds another type. The empty batch can be read as any type.
  static caf::expected<batch_reader> open(batch from) {
    batch_reader result;
    const auto columns = from.columns();
    if (columns.empty() && from.count() == 0)
      return result;
    if (from.schema() != schema_id<T>() || columns.size() != codec<T>::width
        || !result.columns_.open(columns.data(), from.count()))
      return make_error(ec::schema_mismatch, "a batch does not hold records of type " + codec<T>::schema());
    result.batch_ = std::move(from);
    return result;
  }

  std::uint32_t size() const { return batch_.count(); }

  /// Requires i < size().
  T operator[](std::size_t i) const {
    assert(i < size());
    return columns_.at(i);
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
  if (out.size() > max_batch_bytes - max_record_bytes)
    throw std::length_error("too many records for one batch");
  return out.freeze();
}

} // namespace sluice
