// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/batch/shaped_batch.hpp>

#include <algorithm>
#include <bit>
#include <span>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/record/record_text.hpp>

namespace sluice::detail {

namespace {

using sort = record_shape::sort;

/// Element i of a column of numbers of that width, as one of 64 bits.
template <class Narrow8, class Narrow16, class Narrow32, class Wide>
Wide widened(const column_view& column, std::size_t i) {
  switch (column.kind) {
    case column_kind::fixed1: return column.as<Narrow8>()[i];
    case column_kind::fixed2: return column.as<Narrow16>()[i];
    case column_kind::fixed4: return column.as<Narrow32>()[i];
    default: return column.as<Wide>()[i];
  }
}

template <class Format>
void format_parts(std::string& out, char begin, std::string_view between, char end, std::size_t n, Format format) {
  out += begin;
  for (std::size_t k = 0; k < n; ++k) {
    if (k != 0)
      out += between;
    format(k);
  }
  out += end;
}

std::uint32_t last_of(const column_view& ends, std::uint32_t count) {
  return count == 0 ? 0 : ends.as<std::uint32_t>()[count - 1];
}

} // namespace

std::int64_t shaped_values::integer(std::size_t i) const {
  return widened<std::int8_t, std::int16_t, std::int32_t, std::int64_t>(*column_, i);
}

std::uint64_t shaped_values::natural(std::size_t i) const {
  return widened<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>(*column_, i);
}

double shaped_values::floating(std::size_t i) const {
  return column_->kind == column_kind::fixed4 ? double{column_->as<float>()[i]} : column_->as<double>()[i];
}

bool shaped_values::bit(std::size_t i) const { return (column_->as<std::uint8_t>()[i / 8] >> (i % 8) & 1) != 0; }

std::pair<std::uint32_t, std::uint32_t> shaped_values::range(std::size_t i) const {
  const auto* const ends = column_->as<std::uint32_t>();
  return {i == 0 ? 0 : ends[i - 1], ends[i]};
}

std::string_view shaped_values::text(std::size_t i) const {
  const auto [begin, end] = range(i);
  return {column_[1].as<char>() + begin, column_[1].as<char>() + end};
}

void shaped_values::append_key(std::string& out, std::size_t i) const {
  key_writer to{out};
  switch (shape_->what) {
    case sort::integer: return to.put_number(static_cast<std::uint64_t>(integer(i)));
    case sort::natural: return to.put_number(natural(i));
    case sort::floating: return to.put_floating(floating(i));
    case sort::boolean: return to.put_bit(bit(i));
    case sort::text:
    case sort::bytes: return to.put_text(text(i));
    case sort::list: {
      const auto [begin, end] = range(i);
      to.put_count(end - begin);
      for (auto k = begin; k != end; ++k)
        part(0).append_key(out, k);
      return;
    }
    case sort::option:
      to.put_bit(bit(i));
      if (bit(i))
        part(0).append_key(out, i);
      return;
    case sort::fields:
      for (const auto& field : parts_)
        field.append_key(out, i);
      return;
    case sort::variant: to.put_count(alternative(i)); return part(alternative(i)).append_key(out, i);
    case sort::nothing: return;
  }
}

void shaped_values::format(std::string& out, std::size_t i) const {
  switch (shape_->what) {
    case sort::integer: return format_number(out, integer(i));
    case sort::natural: return format_number(out, natural(i));
    case sort::floating:
      return column_->kind == column_kind::fixed4 ? format_number(out, column_->as<float>()[i])
                                                  : format_number(out, floating(i));
    case sort::boolean: out += bit(i) ? "true" : "false"; return;
    case sort::text: out += text(i); return;
    case sort::bytes: {
      const auto bytes = text(i);
      return format_record(out, std::as_bytes(std::span{bytes.data(), bytes.size()}));
    }
    case sort::list: {
      const auto [begin, end] = range(i);
      return format_parts(out, '[', ", ", ']', end - begin, [&](std::size_t k) { part(0).format(out, begin + k); });
    }
    case sort::option:
      if (!bit(i)) {
        out += "None";
        return;
      }
      out += "Some(";
      part(0).format(out, i);
      out += ')';
      return;
    case sort::fields:
      return format_parts(out, '(', ",", ')', parts_.size(), [&](std::size_t k) { part(k).format(out, i); });
    case sort::variant: return part(alternative(i)).format(out, i);
    case sort::nothing: out += "()"; return;
  }
}

bool shaped_values::open(const record_shape& shape, const column_view* columns, std::uint32_t count) {
  shape_ = &shape;
  column_ = columns;
  const bool has_own_column = shape.what != sort::fields && shape.what != sort::nothing;
  if (has_own_column && (columns->kind != shape.kind || columns->count != count))
    return false;
  switch (shape.what) {
    case sort::text:
    case sort::bytes: return open_blob(count);
    case sort::list: return open_parts(columns + 1, last_of(*columns, count));
    case sort::option: return open_parts(columns + 1, count);
    case sort::variant: return has_good_indexes(count) && open_parts(columns + 1, count);
    default: return open_parts(columns, count);
  }
}

bool shaped_values::open_parts(const column_view* columns, std::uint32_t count) {
  parts_.resize(shape_->parts.size());
  for (std::size_t n = 0; n < parts_.size(); ++n) {
    if (!parts_[n].open(shape_->parts[n], columns, count))
      return false;
    columns += shape_->parts[n].width;
  }
  return true;
}

bool shaped_values::open_blob(std::uint32_t count) const {
  return column_[1].kind == column_kind::bytes && column_[1].count == last_of(*column_, count);
}

bool shaped_values::has_good_indexes(std::uint32_t count) const {
  const std::span indexes{column_->as<std::uint8_t>(), count};
  return std::ranges::all_of(indexes, [this](std::uint8_t x) { return x < shape_->parts.size(); });
}

void key_writer::put_floating(double x) { put_number(std::bit_cast<std::uint64_t>(x)); }

void key_writer::put_count(std::size_t n) {
  const auto count = static_cast<std::uint32_t>(n);
  to_->append(reinterpret_cast<const char*>(&count), sizeof(count));
}

void key_writer::put_text(std::string_view x) {
  put_count(x.size());
  to_->append(x);
}

expected<shaped_batch> shaped_batch::open(batch content, std::shared_ptr<const record_shape> shape,
                                          std::uint64_t schema_id) {
  shaped_batch result;
  result.shape_ = std::move(shape);
  if (content.count() == 0 && content.columns().empty())
    return result;
  const auto columns = content.columns();
  if (content.schema() != schema_id || columns.size() != result.shape_->width
      || !result.records_.open(*result.shape_, columns.data(), content.count()))
    return make_error(ec::schema_mismatch, "a batch has not the schema that is said of it");
  result.content_ = std::move(content);
  return result;
}

} // namespace sluice::detail
