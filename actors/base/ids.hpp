// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace sluice {

/// A small number that names one kind of thing; ids of different kinds do not mix.
template <class Tag>
class strong_id {
public:
  constexpr strong_id() = default;
  constexpr explicit strong_id(std::uint32_t value) : value_{value} {}

  constexpr std::uint32_t value() const { return value_; }

  friend constexpr auto operator<=>(strong_id, strong_id) = default;
  friend std::string to_string(strong_id id) { return std::to_string(id.value_); }

  template <class Inspector>
  friend auto inspect(Inspector& f, strong_id& x) {
    return f(x.value_);
  }

private:
  std::uint32_t value_ = 0;
};

using node_index = strong_id<struct node_index_tag>;     ///< a node of the topology graph, in order of composition
using parent_index = strong_id<struct parent_index_tag>; ///< a parent of an operator, in order
using outlet_index =
    strong_id<struct outlet_index_tag>;            ///< one of the streams that an operator emits; 0 is the main one
using stream_id = strong_id<struct stream_id_tag>; ///< an input stream, in order of creation
using stage_id = strong_id<struct stage_id_tag>;   ///< a stage of the plan
using edge_id = strong_id<struct edge_id_tag>;     ///< an edge between two stages, or from an input to a stage
using partition_id = strong_id<struct partition_id_tag>;   ///< one of the parallel copies of a stage
using output_number = strong_id<struct output_number_tag>; ///< an output, in order of definition

/// One epoch of a deployed topology. Messages of another epoch are dropped. A process that was frozen and wakes up goes
/// on with its old messages, and numbers alone repeat after a restart; hence the random incarnation.
struct epoch {
  std::uint64_t number = 0;
  std::uint64_t incarnation = 0;

  friend bool operator==(const epoch&, const epoch&) = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, epoch& x) {
    return f(x.number, x.incarnation);
  }
};

} // namespace sluice

template <class Tag>
struct std::hash<sluice::strong_id<Tag>> {
  std::size_t operator()(sluice::strong_id<Tag> id) const noexcept { return id.value(); }
};
