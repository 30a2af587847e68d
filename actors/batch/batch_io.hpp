// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cassert>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/batch/batch.hpp>
#include <sluice/actors/batch/batch_writer.hpp>
#include <sluice/actors/batch/codec.hpp>

namespace sluice {

/// Reads records of type T from a batch, which it keeps alive: views it returns live as long as the reader's batch.
template <record T>
class batch_reader {
public:
  batch_reader() = default;

  /// Fails with `ec::schema_mismatch` if the batch holds another type, or claims T but has not its columns. The empty
  /// batch can be read as any type.
  static expected<batch_reader> open(batch from) {
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

  /// Calls `use(first, count)` for records `begin` to `end` in runs, from front to back. Processors notice such reads
  /// of columns, but not if much is done in between, so they are told which records come next.
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
