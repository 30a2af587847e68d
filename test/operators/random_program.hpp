// SPDX-License-Identifier: BSD-3-Clause
//
// Programs made of random steps over random batches, with what each of their streams has at each batch by a naive
// evaluation. A program is data: row_streams.hpp composes the real streams of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "row_functions.hpp"

namespace sluice::test {

/// What a stream has at each batch, from the first: rows in any order, or no dataset.
using history = std::vector<std::optional<rows>>;

enum class shape { numbers, pairs };

enum class step_kind {
  input,
  map,
  flat_map,
  filter,
  union_with,
  count,
  reduce,
  count_by_value,
  repartition,
  map_partitions,
  glom,
  transform,
  transform_with,
  to_pairs,
  to_numbers,
  map_values,
  flat_map_values,
  partition_by,
  reduce_by_key,
  group_by_key,
  combine_by_key,
  cogroup,
  join,
  left_outer_join,
  right_outer_join,
  full_outer_join,
  update_state_by_key,
  window,
  reduce_by_window,
  reduce_by_window_inverse,
  count_by_window,
  count_by_value_and_window,
  reduce_by_key_and_window,
  reduce_by_key_and_window_inverse,
  reduce_by_key_and_window_filter,
  group_by_key_and_window,
};

/// One operator of a program, and what its functions depend on. Lengths and slides are in batches.
struct step {
  step_kind kind = step_kind::input;
  std::vector<std::size_t> parents;
  shape gives = shape::numbers;
  std::int64_t slide = 1;                  ///< between two datasets of what it gives
  std::int64_t length = 0;                 ///< of a window
  std::int64_t a = 0;                      ///< from 0 to 3
  std::optional<std::uint32_t> partitions; ///< of what it gives, if it says so
  bool by_remainder = false;               ///< a function says to which of the partitions a key goes, not its hash
};

struct random_stream {
  step how;
  history expected; ///< an input's: what it is fed
  bool is_output = false;
};

struct random_program {
  std::size_t batches = 0;
  std::vector<random_stream> streams; ///< parents before children
};

random_program make_program(std::uint64_t seed);

/// One line a step, for `stream` and what it is made of alone.
std::string describe(const random_program& program, std::size_t stream);

/// The rows of every batch of a stream, sorted.
std::string describe(const history& content);

} // namespace sluice::test
