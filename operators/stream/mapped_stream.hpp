// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>

#include <sluice/operators/stream/composition_scope.hpp>

namespace sluice {

/// The results of map_with_state: a stream like any other, and the states.
template <record M, record K, record S>
class mapped_stream : public dstream<M> {
public:
  explicit mapped_stream(dstream<M> mapped) : dstream<M>{std::move(mapped)} {}

  /// (key, state) of all keys that have one, per batch. If it is used, its cost is proportional to the keys held.
  ///
  ///     running.state_snapshots().print();
  dstream<std::pair<K, S>> state_snapshots() const {
    return dstream<std::pair<K, S>>{detail::stream_handle{this->scope(), {this->ref().node, outlet_index{1}}}};
  }

  /// See dstream::checkpoint.
  mapped_stream checkpoint(duration interval) const { return mapped_stream{dstream<M>::checkpoint(interval)}; }

  /// See dstream::named.
  mapped_stream named(std::string name) const { return mapped_stream{dstream<M>::named(std::move(name))}; }
};

} // namespace sluice
