// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>

#include <sluice/operators/stage/sink.hpp>

namespace sluice {

/// A chunk that lies in the columns of the consumer who will encode it.
template <flat_record T>
class column_chunk {
public:
  /// @param to if null, it must not be used.
  explicit column_chunk(sink<T>* to) : to_{to} {}

  bool is_used() const { return to_ != nullptr; }

  void push_back(const T& x) {
    keep_room();
    room_.cells.put(size_++, x);
  }

  /// Adds make(0) … make(n - 1).
  template <class Make>
  void append_each(std::size_t n, Make make) {
    append_some(n, [&](std::size_t i, auto put) { put(make(i)); });
  }

  /// Calls `make(i, put)` for i from 0 to n - 1, which adds a record with `put(x)`, or none.
  template <class Make>
  void append_some(std::size_t n, Make make) {
    for (std::size_t done = 0; done < n;) {
      keep_room();
      const auto some = std::min(n - done, room_.size - size_);
      auto cells = room_.cells.from(size_);
      std::size_t count = 0;
      for (std::size_t i = 0; i < some; ++i)
        make(done + i, [&](const T& x) { cells.put(count++, x); });
      size_ += count;
      done += some;
    }
  }

  void flush() {
    if (size_ != 0) {
      const metered now{to_->meter(), size_};
      to_->push_written(size_);
    }
    clear();
  }

  void clear() {
    size_ = 0;
    room_.size = 0;
  }

private:
  void keep_room() {
    if (size_ == room_.size) [[unlikely]] {
      flush();
      room_ = to_->room();
    }
  }

  sink<T>* to_;
  record_room<T> room_;
  std::size_t size_ = 0;
};

} // namespace sluice
