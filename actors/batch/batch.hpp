// SPDX-License-Identifier: BSD-3-Clause
//
// A batch is an immutable, reference-counted array of words that holds one Cap'n Proto message: records as columns.
// Inside a process it is passed by pointer; between processes its words are sent as they are; LMDB stores them as they
// are. Bytes from outside become a batch through `batch::from_bytes` or CAF's deserialiser only; both check everything
// once. The format has a page of its own: docs/formats/batch.md.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/base/memory_meter.hpp>
#include <sluice/actors/batch/column.hpp>

namespace caf {
class deserializer;
class serializer;
} // namespace caf

namespace sluice {

/// No batch is larger than this: writers split, readers refuse.
inline constexpr std::size_t max_batch_bytes = std::size_t{8} << 20;

/// Code that collects records for a batch usually stops at this size.
inline constexpr std::size_t usual_batch_bytes = std::size_t{256} << 10;

/// A single record that would make a batch larger than this is refused when it is written.
inline constexpr std::size_t max_record_bytes = std::size_t{4} << 20;

/// No record type needs more columns than this.
inline constexpr std::size_t max_columns = 1024;

/// At most this many bytes of a batch are not the columns' own: frame, pointers, and the padding of each column.
constexpr std::size_t batch_overhead(std::size_t columns) {
  constexpr std::size_t word = 8;
  return word * (1 + 1 + 3 + 1) + columns * (2 * word + (word - 1));
}

/// Records as columns, frozen. Cheap to copy; thread safe to share; the default one is empty and has no columns.
class batch {
public:
  batch() = default;

  /// Copies and checks bytes that came from outside. Fails with `ec::malformed_batch` on anything that is not a
  /// well-formed batch: truncated, oversized, wrong counts, offsets that go back or point past the end. Whether it
  /// holds records of some type is for `batch_reader<T>::open` to check.
  static expected<batch> from_bytes(std::span<const std::byte> bytes);

  /// Freezes columns into one message. `count` records; `schema` identifies the record type (see `codec`).
  /// Throws std::length_error for more than `max_columns`, or more bytes than `max_batch_bytes`.
  static batch freeze(std::uint64_t schema, std::uint32_t count, std::span<const column_view> columns);
  static batch freeze(std::uint64_t schema, std::uint32_t count, std::span<const column_buffer> columns);

  std::uint32_t count() const { return content_ ? content_->count : 0; }
  std::uint64_t schema() const { return content_ ? content_->schema : 0; }

  std::span<const column_view> columns() const {
    return content_ ? std::span<const column_view>{content_->columns} : std::span<const column_view>{};
  }

  /// The message itself: a Cap'n Proto stream frame of one segment, 8-byte aligned. Empty for the empty batch.
  std::span<const std::byte> bytes() const {
    return content_ ? std::as_bytes(std::span{content_->words.get(), content_->size}) : std::span<const std::byte>{};
  }

  /// From now on the bytes are counted under `use` (see memory_meter), for all copies that share them.
  void count_as(memory_use use) const {
    if (content_)
      content_->count_as(use);
  }

  /// An operator has worked on it, so it no longer waits.
  void seen() const {
    if (content_)
      content_->seen();
  }

  friend bool operator==(const batch& a, const batch& b);

  /// CAF serialisation: length (checked before allocation), CRC32C, raw bytes. See docs/formats/batch.md.
  friend caf::error inspect(caf::serializer& sink, batch& x);
  friend caf::error inspect(caf::deserializer& source, batch& x);
  friend std::string to_string(const batch& x);

private:
  friend class batch_draft;

  /// The words of one message and their meaning.
  struct storage : boost::intrusive_ref_counter<storage> {
    explicit storage(std::size_t n);
    ~storage();
    void count_as(memory_use to) const;
    void seen() const;

    std::unique_ptr<std::uint64_t[]> words;
    std::size_t size;
    std::uint64_t schema = 0;
    std::uint32_t count = 0;
    std::vector<column_view> columns;
    mutable std::atomic<memory_use> use = memory_use::in_flight;
  };

  explicit batch(boost::intrusive_ptr<const storage> content) : content_{std::move(content)} {}

  /// A message with columns of these kinds and counts, whose data is still to be written, but for the zeroes that pad
  /// it. Throws as `freeze` does.
  static boost::intrusive_ptr<storage> lay_out(std::uint64_t schema, std::uint32_t count,
                                               std::span<const column_view> columns);

  /// A batch of words that came from outside, checked.
  static expected<batch> adopt(boost::intrusive_ptr<storage> content);

  /// Fills in header and columns of `content` from its words. Returns the error in them, or nothing.
  static error parse(storage& content);

  boost::intrusive_ptr<const storage> content_;
};

/// A batch under construction whose columns are written in their final place. Each column has one element per record,
/// all of the same size.
class batch_draft {
public:
  /// Has no room at first.
  batch_draft(std::uint64_t schema, std::vector<column_kind> kinds) : schema_{schema}, kinds_{std::move(kinds)} {}

  batch_draft(batch_draft&&) = default;
  batch_draft& operator=(batch_draft&&) = default;

  /// Records for which there is room.
  std::uint32_t capacity() const { return content_ ? content_->count : 0; }

  /// Where the elements of column `i` go; the first has a multiple of 8 as its address. Valid until `grow` or `freeze`.
  /// Requires room.
  std::byte* column(std::size_t i) const { return const_cast<std::byte*>(content_->columns[i].data.data()); }

  /// Moves the first `count` records to where there is more room. Throws std::length_error if that would be more than a
  /// batch has.
  void grow(std::uint32_t capacity, std::uint32_t count);

  /// The first `count` records as a batch. If the draft is full it becomes the batch, and has no room afterwards;
  /// otherwise they are copied, and it keeps its room.
  batch freeze(std::uint32_t count);

private:
  /// The columns of the first `count` records.
  std::vector<column_view> columns(std::uint32_t count) const;

  std::uint64_t schema_;
  std::vector<column_kind> kinds_;
  boost::intrusive_ptr<batch::storage> content_;
};

} // namespace sluice

// Compiled once, in batch.cpp.
extern template class std::vector<sluice::batch>;
extern template class std::vector<sluice::column_view>;
