// SPDX-License-Identifier: BSD-3-Clause
//
// The records of the window and NEXMark benches: 100,000 a second of event time, in the order of their time, the same
// on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace sluice::bench {

inline constexpr std::size_t events_per_second = 100'000;

/// A reading of one of many keys, drawn by Zipf's law.
struct event {
  std::uint64_t key;
  std::int64_t value;
  std::uint64_t time_us;
};

/// Writes an array of `n` events. Throws std::system_error if it cannot.
void write_events(const std::filesystem::path& path, std::size_t n, std::uint32_t keys = 100'000);

enum class nexmark_type : std::uint8_t { person, auction, bid };

/// An event of the NEXMark benchmark in Beam's proportions: 1 person, 3 auctions, 46 bids; half of the bids on hot
/// auctions, three of four by hot bidders and sellers.
struct nexmark_event {
  nexmark_type type;
  std::uint64_t a; ///< person: id; auction: id; bid: auction
  std::uint64_t b; ///< person: state; auction: seller; bid: bidder
  std::uint64_t c; ///< auction: category; bid: price
  std::uint64_t time_us;
};

/// Writes an array of `n` events. Throws std::system_error if it cannot.
void write_nexmark_events(const std::filesystem::path& path, std::size_t n);

} // namespace sluice::bench
