// SPDX-License-Identifier: BSD-3-Clause
//
// What the queries of NEXMark are, whoever answers them. See P. Tucker et al., "NEXMark - A Benchmark for Queries over
// Data Streams", 2008.
#pragma once

#include <cstdint>

#include "digest.hpp"
#include "event_data.hpp"

namespace sluice::bench {

/// q5 and q8 ask for windows of 10 s; those of q5 slide by 2 s.
inline constexpr std::size_t hops_of_a_window = 5;
inline constexpr std::size_t events_of_a_hop = 2 * events_per_second;
inline constexpr std::size_t events_of_a_window = hops_of_a_window * events_of_a_hop;

/// q1: at a fixed rate.
inline std::uint64_t in_euros(std::uint64_t dollars) { return dollars * 908 / 1000; }

/// Who fills it counts the records.
struct nexmark_digest : digest {
  /// A bid, its price in euros.
  void add_q1(std::uint64_t auction, std::uint64_t bidder, std::uint64_t price) {
    ++results;
    sum += (auction * 31 + bidder) ^ price;
  }

  /// A bid for an auction that divides by 123.
  void add_q2(std::uint64_t auction, std::uint64_t price) {
    ++results;
    sum += auction * 31 + price;
  }

  /// An auction that had the most bids of a window.
  void add_q5(std::uint64_t window, std::uint64_t auction, std::uint64_t bids) {
    ++results;
    sum += (auction ^ mix(window)) * bids;
  }

  /// Somebody who registered and sold in the same window.
  void add_q8(std::uint64_t window, std::uint64_t person) {
    ++results;
    sum += person ^ mix(window);
  }
};

} // namespace sluice::bench
