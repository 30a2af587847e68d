// SPDX-License-Identifier: BSD-3-Clause
//
// What a record type looks like, known only when the program runs: for whoever shows records of types that it was not
// compiled with. See docs/formats/batch.md for schema texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/batch/column.hpp>

namespace sluice::detail {

/// One place in a record: the record itself, or a part of it.
struct record_shape {
  enum class sort {
    integer,  ///< with a sign
    natural,  ///< without
    floating, ///< of 4 or 8 bytes
    boolean,
    text,
    bytes,
    list,    ///< one part: an element
    option,  ///< one part: what may be missing
    fields,  ///< a part for each field
    variant, ///< a part for each alternative
    nothing, ///< an alternative without fields
  };

  sort what = sort::nothing;
  column_kind kind = column_kind::bytes; ///< of the first column, where there is one
  bool is_time = false;                  ///< a number of ticks
  std::size_t width = 0;                 ///< columns, those of all parts counted
  std::vector<record_shape> parts;
};

/// The shape that a schema text describes, such as "(text,i64?)". ec::schema_mismatch if it is no schema text, is
/// nested more than 64 levels deep, or has more columns than a batch may have.
expected<record_shape> parse_shape(std::string_view schema);

} // namespace sluice::detail
