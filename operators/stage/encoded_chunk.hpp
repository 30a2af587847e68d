// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/record/record.hpp>

namespace sluice {

/// Records that cost nothing but their reading when they are decoded, so it may be done more than once.
template <class T>
concept plain_record = record<T> && std::is_trivially_destructible_v<T>;

/// Records of a batch that have not been decoded yet: some of those that follow number `begin`. What a function does
/// not look at in them is then never read.
template <record T>
class encoded_chunk {
public:
  /// How many there are at most.
  static constexpr std::size_t max_size = 8192;

  /// `places`: counted from `begin`, ascending; at least one.
  encoded_chunk(const batch_reader<T>& from, std::size_t begin, std::span<const std::uint16_t> places)
      : from_{from}, begin_{begin}, places_{places},
        is_dense_{2 * places.size() > std::size_t{places.back()} - places.front()} {}

  std::size_t size() const { return places_.size(); }

  /// Those that come are fetched: of records that lie close to each other, those of the next chunk, too, as much is
  /// done between two chunks, in which processors forget that they are reading a column from front to back.
  [[gnu::always_inline]] T operator[](std::size_t i) const {
    if constexpr (flat_record<T>) {
      const auto next = is_dense_ ? places_[i] + far_ahead : places_[std::min(i + ahead, places_.size() - 1)];
      return from_.at(begin_ + places_[i], begin_ + next);
    } else {
      return from_[begin_ + places_[i]];
    }
  }

  /// Records of which none is left out: they cost a little less.
  class run {
  public:
    run(const batch_reader<T>& from, std::size_t begin, std::uint16_t first, std::size_t size)
        : from_{from}, begin_{begin + first}, first_{first}, size_{size} {}

    std::size_t size() const { return size_; }
    std::uint16_t place(std::size_t i) const { return static_cast<std::uint16_t>(first_ + i); }

    [[gnu::always_inline]] T operator[](std::size_t i) const {
      if constexpr (flat_record<T>)
        return from_.at(begin_ + i, begin_ + i + far_ahead);
      else
        return from_[begin_ + i];
    }

    /// The same without fetching others.
    [[gnu::always_inline]] T unfetched(std::size_t i) const { return from_[begin_ + i]; }

  private:
    const batch_reader<T>& from_;
    std::size_t begin_;
    std::uint16_t first_;
    std::size_t size_;
  };

  /// Calls `use` with the records as a run, if they are one, or as they are.
  template <class Use>
  void visit(Use use) const {
    if (places_.size() == std::size_t{places_.back()} - places_.front() + 1)
      use(run{from_, begin_, places_.front(), places_.size()});
    else
      use(*this);
  }

  /// Some of these records: those at `places`, of those that `place` returned.
  encoded_chunk only(std::span<const std::uint16_t> places) const { return {from_, begin_, places}; }
  std::uint16_t place(std::size_t i) const { return places_[i]; }

private:
  static constexpr std::size_t far_ahead = 512; ///< records of the batch
  static constexpr std::size_t ahead = 64;      ///< of these

  const batch_reader<T>& from_;
  std::size_t begin_;
  std::span<const std::uint16_t> places_;
  bool is_dense_;
};

} // namespace sluice
