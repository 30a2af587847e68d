// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/stage/column_chunk.hpp>
#include <sluice/operators/stage/outlet.hpp>

namespace sluice {

/// Collects single records into chunks for an outlet.
template <record T>
class emitter {
public:
  explicit emitter(std::span<any_sink* const> consumers) : out_{consumers} {}

  void operator()(T x) {
    if constexpr (flat_record<T>)
      if (columns_.is_used()) {
        columns_.push_back(x);
        return;
      }
    chunk_.push_back(std::move(x));
    if (chunk_.is_full()) [[unlikely]]
      flush();
  }

  /// Emits make(0) … make(n - 1): faster than one by one.
  template <class Make>
  void emit_each(std::size_t n, Make make) {
    if constexpr (flat_record<T>)
      if (columns_.is_used()) {
        columns_.append_each(n, make);
        return;
      }
    for (std::size_t done = 0; done < n;) {
      const auto some = std::min(n - done, chunk_.room());
      chunk_.append_each(some, [&](std::size_t i) -> decltype(auto) { return make(done + i); });
      done += some;
      if (chunk_.is_full())
        flush();
    }
  }

  /// Calls `make(i, put)` for i from 0 to n - 1, which emits a record with `put(x)`, or none: faster than one by one.
  template <class Make>
  void emit_some(std::size_t n, Make make) {
    if constexpr (flat_record<T>)
      if (columns_.is_used()) {
        columns_.append_some(n, make);
        return;
      }
    for (std::size_t i = 0; i < n; ++i)
      make(i, [this](T x) { (*this)(std::move(x)); });
  }

  /// Hands on a chunk as it is, before what is collected after it.
  void push(std::span<const T> chunk) {
    flush();
    out_.push(chunk);
  }

  void push(const encoded_chunk<T>& chunk) {
    flush();
    out_.push(chunk);
  }

  /// Hands on what has been collected.
  void flush() {
    if constexpr (flat_record<T>)
      columns_.flush();
    if (chunk_.records().empty())
      return;
    const scope cleared{*this};
    out_.push(chunk_.records());
  }

  /// Forgets what is left of the chunk at its end: of use where a function may throw between two records.
  class scope {
  public:
    explicit scope(emitter& of) : of_{of} {}
    ~scope() { of_.forget(); }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

  private:
    emitter& of_;
  };

private:
  struct no_columns {};
  static auto columns_of(const outlet<T>& out) {
    if constexpr (flat_record<T>)
      return column_chunk<T>{out.encoder()};
    else
      return no_columns{};
  }

  void forget() {
    chunk_.clear();
    if constexpr (flat_record<T>)
      columns_.clear();
  }

  outlet<T> out_;
  record_buffer<T> chunk_{chunk_size<T>};
  [[no_unique_address]] decltype(columns_of(std::declval<const outlet<T>&>())) columns_ = columns_of(out_);
};

} // namespace sluice
