// SPDX-License-Identifier: BSD-3-Clause
//
// The bytes that the records of a process take. Each batch is counted once when its memory is allocated and once when
// it is freed. An operator reports, once per message, the bytes that it holds for open batches. The admission of input
// (runtime/intake/admission.hpp) looks at the sum. Memory that is kept for longer than a batch has an account of its
// own, because it says nothing about how much may be admitted.
#pragma once

#include <atomic>
#include <cstdint>

namespace sluice {

/// The use of a number of bytes.
enum class memory_use : std::uint8_t {
  in_flight, ///< a batch that is being worked on
  waiting,   ///< the same, of an input: admitted, and no operator has seen it yet
  kept,      ///< longer than a batch: a window, a persisted dataset, a queue that the program fills
};

/// Counts bytes by their use. Thread safe; figures of different uses may be read some bytes apart.
class memory_meter {
public:
  void add(memory_use use, std::uint64_t bytes) {
    if (use == memory_use::kept) {
      kept_.fetch_add(bytes, relaxed);
      return;
    }
    if (use == memory_use::waiting)
      waiting_.fetch_add(bytes, relaxed);
    const auto now = in_flight_.fetch_add(bytes, relaxed) + bytes;
    auto peak = peak_.load(relaxed);
    while (now > peak && !peak_.compare_exchange_weak(peak, now, relaxed)) {
    }
  }

  /// Takes back an addition.
  void remove(memory_use use, std::uint64_t bytes) {
    if (use == memory_use::kept) {
      kept_.fetch_sub(bytes, relaxed);
      return;
    }
    if (use == memory_use::waiting)
      waiting_.fetch_sub(bytes, relaxed);
    in_flight_.fetch_sub(bytes, relaxed);
  }

  /// Moves bytes from one use to another.
  void move(memory_use from, memory_use to, std::uint64_t bytes) {
    if (from == memory_use::waiting && to == memory_use::in_flight) {
      waiting_.fetch_sub(bytes, relaxed);
    } else if (from == memory_use::in_flight && to == memory_use::waiting) {
      waiting_.fetch_add(bytes, relaxed);
    } else if (from != to) {
      remove(from, bytes);
      add(to, bytes);
    }
  }

  /// Bytes of batches that are being worked on or wait for that.
  std::uint64_t in_flight() const { return in_flight_.load(relaxed); }

  /// Those of them that no operator has seen.
  std::uint64_t waiting() const { return waiting_.load(relaxed); }

  std::uint64_t kept() const { return kept_.load(relaxed); }

  /// The most that was in flight since the last call.
  std::uint64_t take_peak() { return peak_.exchange(in_flight(), relaxed); }

  /// Whether memory is scarce: code that could keep memory for later should give it back instead.
  bool is_scarce() const { return is_scarce_.load(relaxed); }
  void set_scarce(bool x) { is_scarce_.store(x, relaxed); }

private:
  static constexpr auto relaxed = std::memory_order_relaxed;

  std::atomic<std::uint64_t> in_flight_ = 0;
  std::atomic<std::uint64_t> waiting_ = 0;
  std::atomic<std::uint64_t> kept_ = 0;
  std::atomic<std::uint64_t> peak_ = 0;
  std::atomic<bool> is_scarce_ = false;
};

/// The meter of this process. It counts every batch. There is one for all, because a batch does not know its owner.
memory_meter& process_memory();

/// Bytes that a component holds outside of batches. Counts as in flight.
class held_bytes {
public:
  held_bytes() = default;
  held_bytes(const held_bytes&) = delete;
  held_bytes& operator=(const held_bytes&) = delete;
  ~held_bytes() { set(0); }

  /// It is that many now.
  void set(std::uint64_t bytes) {
    if (bytes > counted_)
      process_memory().add(memory_use::in_flight, bytes - counted_);
    else if (bytes < counted_)
      process_memory().remove(memory_use::in_flight, counted_ - bytes);
    counted_ = bytes;
  }

private:
  std::uint64_t counted_ = 0;
};

} // namespace sluice
