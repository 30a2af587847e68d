// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/batch/batch.hpp>
#include <sluice/actors/batch/record_shape.hpp>

namespace sluice::detail {

/// The values of one place of a shape, in all records of a batch. Element i of the root is record i; of other places,
/// the part that it belongs to says which elements are its own. Each function needs a place of its sort.
class shaped_values {
public:
  const record_shape& shape() const { return *shape_; }

  /// Those of a part of the shape: the fields, the element of a list or an option, an alternative.
  const shaped_values& part(std::size_t n) const { return parts_[n]; }

  std::int64_t integer(std::size_t i) const;
  std::uint64_t natural(std::size_t i) const;
  double floating(std::size_t i) const;

  /// Of a boolean, and of an option: whether there is a value.
  bool bit(std::size_t i) const;

  /// Of text and bytes.
  std::string_view text(std::size_t i) const;

  /// The first element of a list in its part, and the one after its last.
  std::pair<std::uint32_t, std::uint32_t> range(std::size_t i) const;

  /// Which alternative a variant holds.
  std::size_t alternative(std::size_t i) const { return natural(i); }

  /// Appends a value as `print` shows it, as far as its schema tells: an enum is a number, a map is a list of pairs,
  /// and a time is its ticks.
  void format(std::string& out, std::size_t i) const;

  /// Appends bytes that are the same for equal values, and differ for others of this shape.
  void append_key(std::string& out, std::size_t i) const;

private:
  friend class shaped_batch;

  /// False if the columns are not those of the shape, each with as many elements as its place asks for.
  bool open(const record_shape& shape, const column_view* columns, std::uint32_t count);
  bool open_parts(const column_view* columns, std::uint32_t count);
  bool open_blob(std::uint32_t count) const;
  bool has_good_indexes(std::uint32_t count) const;

  const record_shape* shape_ = nullptr;
  const column_view* column_ = nullptr; ///< the first of this place
  std::vector<shaped_values> parts_;
};

/// The bytes of `append_key` for values that are not in a batch.
class key_writer {
public:
  explicit key_writer(std::string& to) : to_{&to} {}

  void put_number(std::uint64_t bits) { to_->append(reinterpret_cast<const char*>(&bits), sizeof(bits)); }
  void put_floating(double x);
  void put_count(std::size_t n);
  void put_text(std::string_view x);
  void put_bit(bool x) { to_->push_back(x ? '\1' : '\0'); }

private:
  std::string* to_;
};

/// A batch whose record type is known by its schema text alone.
class shaped_batch {
public:
  /// ec::schema_mismatch if `content` does not hold records of that schema: `schema_id` is the hash of its text. The
  /// empty batch has any.
  static expected<shaped_batch> open(batch content, std::shared_ptr<const record_shape> shape, std::uint64_t schema_id);

  std::uint32_t size() const { return content_.count(); }
  std::size_t bytes() const { return content_.bytes().size(); }

  /// Requires size() > 0.
  const shaped_values& records() const { return records_; }

private:
  batch content_;
  std::shared_ptr<const record_shape> shape_;
  shaped_values records_;
};

} // namespace sluice::detail
