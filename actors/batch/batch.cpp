// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/batch.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <caf/deserializer.hpp>
#include <caf/error.hpp>
#include <caf/serializer.hpp>
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <batch.capnp.h>

#include <sluice/actors/base/crc32c.hpp>
#include <sluice/actors/base/errors.hpp>

namespace sluice {

namespace {

/// Builds a message inside one array that the caller sized to fit, so that freezing copies each column once.
class fixed_arena : public capnp::MessageBuilder {
public:
  explicit fixed_arena(kj::ArrayPtr<capnp::word> space) : space_{space} {}

  kj::ArrayPtr<capnp::word> allocateSegment(unsigned minimum) override {
    KJ_REQUIRE(minimum <= space_.size(), "batch size was computed too small");
    return std::exchange(space_, nullptr);
  }

private:
  kj::ArrayPtr<capnp::word> space_;
};

constexpr std::size_t words_for(std::size_t bytes) { return (bytes + 7) / 8; }

// Root pointer, Batch (2 data words, 1 pointer), list tag, and one Column (1 data word, 1 pointer) per column.
constexpr std::size_t header_words(std::size_t columns) { return 1 + 3 + 1 + 2 * columns; }

// Stream framing: the number of segments less one, which is 0, and the size of the first in words; 4 bytes each.
constexpr std::size_t frame_words = 1;
constexpr std::uint64_t frame_word(std::size_t segment_words) { return std::uint64_t{segment_words} << 32; }

static_assert((frame_words + header_words(0)) * sizeof(capnp::word) == batch_overhead(0));

kj::ArrayPtr<capnp::word> as_words(std::uint64_t* words, std::size_t count) {
  return {reinterpret_cast<capnp::word*>(words), count};
}

error malformed(std::string why) { return make_error(ec::malformed_batch, "malformed batch: " + std::move(why)); }

/// Checks a size before anything of that size is allocated.
error check_size(std::size_t bytes) {
  if (bytes > max_batch_bytes || bytes % sizeof(capnp::word) != 0)
    return malformed("impossible size of " + std::to_string(bytes) + " bytes");
  return {};
}

/// Checks what can be checked without knowing the record type.
error check_columns(std::uint32_t count, std::span<const column_view> columns) {
  // Every type's first column has one element per record, so a batch cannot claim more records than it has bytes for.
  if (count != (columns.empty() ? 0 : columns[0].count))
    return malformed("the number of records does not match the first column");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& column = columns[i];
    if (column.kind > column_kind::bytes)
      return malformed("unknown column kind");
    if (column.data.size() != column_size(column.kind, column.count))
      return malformed("a column's size does not match its count");
    if (column.kind != column_kind::ends)
      continue;
    if (i + 1 == columns.size())
      return malformed("offsets without a column to point into");
    const auto* ends = column.as<std::uint32_t>();
    if (!std::is_sorted(ends, ends + column.count))
      return malformed("offsets go back");
    if (column.count != 0 && ends[column.count - 1] > columns[i + 1].count)
      return malformed("offsets point past the end");
  }
  return {};
}

/// Writes the data of a column where `to`, which is being laid out, has room for at least as much.
void copy_column(const column_view& from, const column_view& to) {
  assert(from.data.size() == column_size(from.kind, from.count) && from.data.size() <= to.data.size());
  // A column that nothing was appended to has no memory, and memcpy takes no null pointer, not even for 0 bytes.
  if (!from.data.empty())
    std::memcpy(const_cast<std::byte*>(to.data.data()), from.data.data(), from.data.size());
}

} // namespace

batch::storage::storage(std::size_t n) : words{std::make_unique_for_overwrite<std::uint64_t[]>(n)}, size{n} {
  process_memory().add(memory_use::in_flight, n * sizeof(std::uint64_t));
}

batch::storage::~storage() {
  process_memory().remove(use.load(std::memory_order_relaxed), size * sizeof(std::uint64_t));
}

void batch::storage::count_as(memory_use to) const {
  const auto from = use.exchange(to, std::memory_order_relaxed);
  process_memory().move(from, to, size * sizeof(std::uint64_t));
}

void batch::storage::seen() const {
  auto from = memory_use::waiting;
  if (use.load(std::memory_order_relaxed) != from
      || !use.compare_exchange_strong(from, memory_use::in_flight, std::memory_order_relaxed))
    return;
  process_memory().move(from, memory_use::in_flight, size * sizeof(std::uint64_t));
}

error batch::parse(storage& content) try {
  if (content.words[0] != frame_word(content.size - frame_words))
    return malformed("not one segment of the size received");
  const auto words = as_words(content.words.get(), content.size);
  capnp::ReaderOptions limits;
  limits.traversalLimitInWords = 2 * words.size() + 64;
  limits.nestingLimit = 8;
  capnp::FlatArrayMessageReader reader{words, limits};
  const auto root = reader.getRoot<wire::Batch>();
  const auto columns = root.getColumns();
  if (columns.size() > max_columns)
    return malformed("too many columns");
  content.schema = root.getSchema();
  content.count = root.getCount();
  content.columns.reserve(columns.size());
  for (const auto column : columns) {
    const auto data = column.getData().asBytes();
    content.columns.push_back({static_cast<column_kind>(column.getKind()),
                               column.getCount(),
                               {reinterpret_cast<const std::byte*>(data.begin()), data.size()}});
  }
  return {};
} catch (const kj::Exception& e) {
  return malformed(e.getDescription().cStr());
}

expected<batch> batch::from_bytes(std::span<const std::byte> bytes) {
  if (bytes.empty())
    return batch{};
  if (auto err = check_size(bytes.size()))
    return err;
  boost::intrusive_ptr content{new storage(bytes.size() / sizeof(capnp::word))};
  std::memcpy(content->words.get(), bytes.data(), bytes.size());
  return adopt(std::move(content));
}

expected<batch> batch::adopt(boost::intrusive_ptr<storage> content) {
  if (auto err = parse(*content))
    return err;
  if (auto err = check_columns(content->count, content->columns))
    return err;
  return batch{std::move(content)};
}

boost::intrusive_ptr<batch::storage> batch::lay_out(std::uint64_t schema, std::uint32_t count,
                                                    std::span<const column_view> columns) {
  if (columns.size() > max_columns)
    throw std::length_error("a batch of " + std::to_string(columns.size()) + " columns is wider than the limit of "
                            + std::to_string(max_columns));
  const auto fixed = frame_words + header_words(columns.size());
  auto total = fixed;
  for (const auto& column : columns)
    total += words_for(column_size(column.kind, column.count));
  if (total > max_batch_bytes / sizeof(capnp::word))
    throw std::length_error("a batch of " + std::to_string(total * sizeof(capnp::word))
                            + " bytes is larger than the limit of " + std::to_string(max_batch_bytes));
  boost::intrusive_ptr content{new storage(total)};
  auto* words = content->words.get();
  // Cap'n Proto wants zeroed memory where it writes pointers; the blobs are overwritten whole, but for their padding.
  std::fill_n(words, fixed, 0);
  fixed_arena arena{as_words(words + frame_words, total - frame_words)};
  auto root = arena.initRoot<wire::Batch>();
  root.setSchema(schema);
  root.setCount(count);
  auto list = root.initColumns(static_cast<unsigned>(columns.size()));
  content->schema = schema;
  content->count = count;
  content->columns.reserve(columns.size());
  for (unsigned i = 0; i < list.size(); ++i) {
    const auto& source = columns[i];
    const auto size = column_size(source.kind, source.count);
    list[i].setKind(static_cast<std::uint16_t>(source.kind));
    list[i].setCount(source.count);
    auto blob = list[i].initData(static_cast<unsigned>(size));
    if (size != 0)
      std::memset(blob.end(), 0, words_for(size) * sizeof(capnp::word) - size);
    content->columns.push_back({source.kind, source.count, {reinterpret_cast<const std::byte*>(blob.begin()), size}});
  }
  KJ_ASSERT(arena.getSegmentsForOutput()[0].size() == total - frame_words);
  words[0] = frame_word(total - frame_words);
  return content;
}

batch batch::freeze(std::uint64_t schema, std::uint32_t count, std::span<const column_view> columns) {
  auto content = lay_out(schema, count, columns);
  for (std::size_t i = 0; i < columns.size(); ++i)
    copy_column(columns[i], content->columns[i]);
  return batch{std::move(content)};
}

batch batch::freeze(std::uint64_t schema, std::uint32_t count, std::span<const column_buffer> columns) {
  std::vector<column_view> views;
  views.reserve(columns.size());
  for (const auto& column : columns)
    views.push_back(column.view());
  return freeze(schema, count, views);
}

std::vector<column_view> batch_draft::columns(std::uint32_t count) const {
  std::vector<column_view> result;
  result.reserve(kinds_.size());
  for (const auto kind : kinds_) {
    const auto size = column_size(kind, count);
    result.push_back({kind, count, size == 0 ? std::span<const std::byte>{} : std::span{column(result.size()), size}});
  }
  return result;
}

void batch_draft::grow(std::uint32_t capacity, std::uint32_t count) {
  std::vector<column_view> shape;
  shape.reserve(kinds_.size());
  for (const auto kind : kinds_)
    shape.push_back({kind, capacity, {}});
  auto grown = batch::lay_out(schema_, capacity, shape);
  const auto written = columns(count);
  for (std::size_t i = 0; i < written.size(); ++i)
    copy_column(written[i], grown->columns[i]);
  grown->count_as(memory_use::kept); // until it is a batch: a writer has it from batch to batch
  content_ = std::move(grown);
}

batch batch_draft::freeze(std::uint32_t count) {
  if (content_ && count == capacity()) {
    content_->count_as(memory_use::in_flight);
    return batch{std::exchange(content_, nullptr)};
  }
  return batch::freeze(schema_, count, columns(count));
}

bool operator==(const batch& a, const batch& b) {
  return a.content_ == b.content_ || std::ranges::equal(a.bytes(), b.bytes());
}

caf::error inspect(caf::serializer& sink, batch& x) {
  const auto bytes = x.bytes();
  auto size = static_cast<std::uint32_t>(bytes.size());
  auto crc = crc32c(bytes);
  if (auto err = sink(size, crc))
    return err;
  // CAF's raw interface serves both directions and so takes a non-const pointer; saving does not write to it.
  return sink.apply_raw(bytes.size(), const_cast<std::byte*>(bytes.data()));
}

caf::error inspect(caf::deserializer& source, batch& x) {
  std::uint32_t size = 0;
  std::uint32_t crc = 0;
  if (auto err = source(size, crc))
    return err;
  if (auto err = check_size(size))
    return err;
  boost::intrusive_ptr content{new batch::storage(size / sizeof(capnp::word))};
  if (auto err = source.apply_raw(size, content->words.get()))
    return err;
  if (crc32c(std::as_bytes(std::span{content->words.get(), content->size})) != crc)
    return make_error(ec::checksum_mismatch, "a batch from a peer does not match its checksum");
  auto result = size == 0 ? batch{} : batch::adopt(std::move(content));
  if (!result)
    return std::move(result.error());
  x = std::move(*result);
  return {};
}

std::string to_string(const batch& x) {
  return "batch(" + std::to_string(x.count()) + " records, " + std::to_string(x.bytes().size()) + " bytes)";
}

} // namespace sluice

template class std::vector<sluice::batch>;
template class std::vector<sluice::column_view>;
