// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <sluice/actors/base/expected.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>

namespace sluice {

/// Hands out the committed states when a program starts, one piece at a time, straight from the disk. Each piece is one
/// blob, so a step is short and little is in memory, however large the state. Reports its progress if that takes long.
class state_loader {
public:
  using clock = std::chrono::steady_clock;

  /// How long it is silent before the first line, and between two.
  static constexpr std::chrono::seconds silence{5};

  /// The log must outlive this object, and take no commit before all is loaded.
  explicit state_loader(const checkpoint_log& log) : log_{&log} {}

  /// The piece of `id` at `cursor`: 0, then the `next` of the piece before. The first piece of an empty state has no
  /// content. ec::invalid_argument if another piece is due.
  expected<state_piece> load(const state_id& id, std::uint64_t cursor);

  /// A line for the log that says how far the loading is, if it is time for one.
  std::optional<std::string> progress(clock::time_point now);

private:
  struct open_state {
    state_reader reader;
    std::uint64_t read = 0; ///< pieces
  };

  expected<state_piece> next(const state_id& id, open_state& from);

  const checkpoint_log* log_;
  std::map<state_id, open_state> open_;
  std::string last_operator_;        ///< its state was read last
  std::uint64_t pieces_ = 0;         ///< read so far
  std::uint64_t bytes_ = 0;          ///< in these
  std::optional<std::uint64_t> all_; ///< pieces that there are
  std::optional<clock::time_point> silent_until_;
};

} // namespace sluice
