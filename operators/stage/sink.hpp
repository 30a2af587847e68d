// SPDX-License-Identifier: BSD-3-Clause
//
// How records move inside a stage: in chunks of about a thousand, from an operator's outlet into the next operator's
// sink, one virtual call a chunk. A chunk, and every view in it, lives until `push` returns; so an operator hands on
// all that it emitted before its own `push` returns, and keeps owned copies of what it wants to keep.
#pragma once

#include <cassert>
#include <cstddef>
#include <span>

#include <sluice/operators/stage/encoded_chunk.hpp>
#include <sluice/operators/stage/stage_meter.hpp>

namespace sluice {

/// The untyped side of `sink<T>`. Composition guarantees that both ends of a connection have the same T.
class any_sink {
public:
  virtual ~any_sink() = default;

  /// Counts and times what comes in from now on; `meter` outlives it.
  void measure_with(operator_meter* meter) { meter_ = meter; }

  /// Of the operator behind it; null: it is not measured.
  operator_meter* meter() const { return meter_; }

private:
  operator_meter* meter_ = nullptr;
};

/// Takes chunks of records.
template <record T>
class sink : public any_sink {
public:
  virtual void push(std::span<const T> chunk) = 0;

  /// Whether it would rather decode records itself: always the same answer. Never for records that are not plain.
  virtual bool is_decoding() const { return false; }

  /// Takes records as they are encoded. Requires `is_decoding`.
  virtual void decode(const encoded_chunk<T>& /*chunk*/) { assert(false); }

  /// Whether it only encodes what it takes, so that records may be written into their columns at once: always the same
  /// answer. Never for records that are not flat.
  virtual bool is_encoding() const { return false; }

  /// Room for one record at least, until the next call of anything else. Requires `is_encoding`.
  virtual record_room<T> room() {
    assert(false);
    return {};
  }

  /// Takes the first `n` of those that have been written there. Requires `is_encoding`.
  virtual void push_written(std::size_t /*n*/) { assert(false); }
};

} // namespace sluice
