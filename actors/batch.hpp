// SPDX-License-Identifier: BSD-3-Clause
//
// A batch is an immutable, reference-counted array of words that holds one Cap'n Proto message: records as columns.
// Inside a process it is passed by pointer; between processes its words are sent as they are; LMDB stores them as they
// are. Bytes from outside become a batch in one place only, `batch::from_bytes`, which checks everything once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <caf/expected.hpp>
#include <caf/fwd.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/make_counted.hpp>
#include <caf/ref_counted.hpp>

#include <sluice/actors/column.hpp>

namespace sluice {

/// No batch is larger than this: writers split, readers refuse.
inline constexpr std::size_t max_batch_bytes = std::size_t{8} << 20;

/// A single record larger than this is refused when it is written.
inline constexpr std::size_t max_record_bytes = std::size_t{4} << 20;

/// Records as columns, frozen. Cheap to copy; thread safe to share; the default one is empty and has no columns.
class batch {
public:
  batch() = default;

  /// Copies and checks bytes that came from outside. Fails with `ec::malformed_batch` on anything that is not a
  /// well-formed batch: truncated, oversized, wrong counts, offsets that go back or point past the end.
  static caf::expected<batch> from_bytes(std::span<const std::byte> bytes);

  /// Freezes columns into one message. `count` records; `schema` identifies the record type (see `codec`).
  /// The columns together must stay below `max_batch_bytes`.
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

  friend bool operator==(const batch& a, const batch& b);

  /// CAF serialisation: length (checked before allocation), CRC32C, raw bytes.
  friend caf::error inspect(caf::serializer& sink, batch& x);
  friend caf::error inspect(caf::deserializer& source, batch& x);
  friend std::string to_string(const batch& x);

private:
  /// The words of one message and what they say.
  struct storage : caf::ref_counted {
    explicit storage(std::size_t n) : words{std::make_unique_for_overwrite<std::uint64_t[]>(n)}, size{n} {}

    std::unique_ptr<std::uint64_t[]> words;
    std::size_t size;
    std::uint64_t schema = 0;
    std::uint32_t count = 0;
    std::vector<column_view> columns;
  };

  explicit batch(caf::intrusive_ptr<const storage> content) : content_{std::move(content)} {}

  /// Fills in header and columns of `content` from its words. Returns what is wrong with them, or nothing.
  static caf::error parse(storage& content);

  caf::intrusive_ptr<const storage> content_;
};

} // namespace sluice
