// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/record/record.hpp>

namespace sluice {

/// Records a chunk holds at most: about 16 KiB of them, so that those of two operators lie in the L1 cache together.
template <record T>
inline constexpr std::size_t chunk_size = std::clamp<std::size_t>((std::size_t{16} << 10) / sizeof(T), 64, 1024);

/// Room for a number of records, side by side for every type: a std::vector<bool> would not do.
template <record T>
class record_buffer {
public:
  explicit record_buffer(std::size_t capacity)
      : slots_{std::make_unique_for_overwrite<slot[]>(capacity)}, capacity_{capacity} {}
  ~record_buffer() { clear(); }
  record_buffer(const record_buffer&) = delete;
  record_buffer& operator=(const record_buffer&) = delete;

  bool is_full() const { return size_ == capacity_; }

  /// Requires that it is not full.
  void push_back(T x) {
    assert(!is_full());
    std::construct_at(data() + size_, std::move(x));
    ++size_;
  }

  /// How many records more it can take.
  std::size_t room() const { return capacity_ - size_; }

  /// Adds make(0) … make(n - 1). Requires room for them.
  template <class Make>
  void append_each(std::size_t n, Make make) {
    assert(n <= room());
    auto* const to = data() + size_;
    if constexpr (std::is_trivially_destructible_v<T>) {
      for (std::size_t i = 0; i < n; ++i)
        std::construct_at(to + i, make(i));
      size_ += n;
    } else {
      for (std::size_t i = 0; i < n; ++i, ++size_)
        std::construct_at(to + i, make(i));
    }
  }

  std::span<const T> records() { return {data(), size_}; }

  void clear() {
    std::destroy_n(data(), size_);
    size_ = 0;
  }

private:
  struct alignas(T) slot {
    std::byte room[sizeof(T)];
  };

  T* data() { return reinterpret_cast<T*>(slots_.get()); }

  std::unique_ptr<slot[]> slots_;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

/// Reads the records of a batch and hands them on, chunk by chunk. Views in the chunks point into the batch.
template <record T, class Push>
error for_each_chunk(const batch& records, Push&& push) {
  auto reader = batch_reader<T>::open(records);
  if (!reader)
    return std::move(reader.error());
  const std::size_t size = reader->size();
  record_buffer<T> chunk{std::min(chunk_size<T>, size)};
  for (std::size_t begin = 0; begin < size; begin += chunk_size<T>) {
    chunk.clear();
    reader->for_each_run(begin, std::min(begin + chunk_size<T>, size), [&](std::size_t first, std::size_t count) {
      chunk.append_each(count, [&](std::size_t i) { return (*reader)[first + i]; });
    });
    push(chunk.records());
  }
  return {};
}

} // namespace sluice
