// SPDX-License-Identifier: BSD-3-Clause
//
// How records move inside a stage: in chunks of about a thousand, from an operator's outlet into the next operator's
// sink, one virtual call a chunk. A chunk, and every view in it, lives until `push` returns; so an operator hands on
// all that it emitted before its own `push` returns, and keeps owned copies of what it wants to keep.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <sluice/actors/record.hpp>

namespace sluice {

/// Records a chunk holds at most.
inline constexpr std::size_t chunk_size = 1024;

/// The untyped side of `sink<T>`. Composition guarantees that both ends of a connection have the same T.
class any_sink {
public:
  virtual ~any_sink() = default;
};

/// Takes chunks of records.
template <record T>
class sink : public any_sink {
public:
  virtual void push(std::span<const T> chunk) = 0;
};

/// Where an operator's results go: the sinks of all that consume it.
template <record T>
class outlet {
public:
  explicit outlet(std::span<any_sink* const> consumers) {
    for (auto* consumer : consumers)
      consumers_.push_back(static_cast<sink<T>*>(consumer));
  }

  void push(std::span<const T> chunk) const {
    for (auto* consumer : consumers_)
      consumer->push(chunk);
  }

private:
  std::vector<sink<T>*> consumers_;
};

/// Collects single records into chunks for an outlet.
template <record T>
class emitter {
public:
  explicit emitter(std::span<any_sink* const> consumers) : out_{consumers} {}
  ~emitter() { std::destroy_n(data(), count_); }
  emitter(const emitter&) = delete;
  emitter& operator=(const emitter&) = delete;

  void operator()(T x) {
    std::construct_at(data() + count_, std::move(x));
    if (++count_ == chunk_size) [[unlikely]]
      flush();
  }

  /// Hands on what has been collected.
  void flush() {
    if (count_ == 0)
      return;
    const auto n = count_;
    out_.push({data(), n});
    count_ = 0;
    std::destroy_n(data(), n);
  }

private:
  struct alignas(T) slot {
    std::byte room[sizeof(T)];
  };

  T* data() { return reinterpret_cast<T*>(slots_.get()); }

  outlet<T> out_;
  std::size_t count_ = 0;
  std::unique_ptr<slot[]> slots_ = std::make_unique_for_overwrite<slot[]>(chunk_size);
};

} // namespace sluice
