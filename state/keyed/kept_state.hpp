// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <utility>

#include <sluice/actors/base/batch_grid.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/protocol/messages.hpp>

namespace sluice {

/// The stored side of the keyed state of one partition of an operator.
class kept_state {
public:
  /// `is_kept`: whether changes of state go anywhere; null: they do.
  /// `base_interval`: how often the user wants all of it to be written.
  kept_state(state_id id, const bool* is_kept, const batch_grid* grid, std::optional<duration> base_interval)
      : id_{std::move(id)}, is_kept_{is_kept}, grid_{grid}, interval_{base_interval} {}

  const state_id& id() const { return id_; }

  /// Whether changes need to be written: known before the first batch, and the same for all.
  bool is_kept() const { return is_kept_ == nullptr || *is_kept_; }

  /// Whether the user wants all of it to be written at the end of batch `t`.
  bool base_is_wanted(batch_time t) const { return interval_ && grid_->is_valid(t, *interval_); }

private:
  state_id id_;
  const bool* is_kept_;
  const batch_grid* grid_;
  std::optional<duration> interval_;
};

} // namespace sluice
