// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/protocol/messages.hpp>
#include <sluice/state/checkpoint/checkpoint.hpp>
#include <sluice/state/view/state_index.hpp>

namespace sluice::detail {

/// A page of the keys of an operator.
struct state_page {
  std::vector<state_row> rows;
  std::string next; ///< where the next page begins; empty at the end
};

/// The keyed states of a program as of its last commits, to be looked at while the program goes on. Plain logic: it is
/// given what was committed, and then what each commit changes. One thread changes it, under the lock of those who
/// look.
class state_view {
public:
  using clock = std::chrono::steady_clock;

  struct options {
    std::chrono::milliseconds kept{30'000};          ///< how long a commit can be asked for after the next
    std::size_t most_bytes = std::size_t{256} << 20; ///< of it all, about
    std::size_t most_former = std::size_t{64} << 20; ///< of what only earlier commits need, about
  };

  /// Of a commit of `t`, with states of these operators.
  state_view(std::vector<state_description> operators, batch_time t, const options& how);

  /// Adds a piece of a state, as the checkpoint has it, in the order of its reader. Before the first `begin`.
  error load(const state_id& id, batch piece);

  /// Begins a commit with these changes. They are added by `step`, so that those who look need not wait long. Until all
  /// are, the commit before is the newest.
  void begin(batch_time t, std::vector<state_update> changes);

  /// Adds up to about `most` records. Returns whether there are more.
  expected<bool> step(std::size_t most, clock::time_point now);

  /// The commits that can be asked for are from the oldest to the newest.
  batch_time oldest() const { return commits_.front().time; }
  batch_time newest() const { return commits_.back().time; }

  /// Whether there is an answer as of `t`: a commit, and neither too old nor too new.
  bool has(batch_time t) const;

  /// What is known of one operator.
  struct kept_operator {
    state_description about;
    std::shared_ptr<const record_shape> key;   ///< null: what it keeps has no keys, such as records of a window
    std::shared_ptr<const record_shape> shape; ///< of what is written: (key, value?)
    std::uint64_t schema = 0;                  ///< of `shape`
    std::vector<state_index> partitions;

    std::size_t keys() const;
    std::size_t bytes() const;
  };

  const std::map<std::string, kept_operator, std::less<>>& operators() const { return operators_; }

  /// The value of a key, as bytes of `append_key`. Requires `has(t)`, and an operator with keys.
  std::optional<state_row> find(const kept_operator& in, std::string_view key, batch_time t) const;

  /// Up to `most` rows from `next` of the page before on; empty: from the start. Fewer do not mean that it is the end.
  /// ec::invalid_argument if `from` is nothing that `next` has been.
  expected<state_page> page(const kept_operator& in, std::string_view from, std::size_t most, batch_time t) const;

  std::size_t bytes() const;

private:
  struct commit {
    batch_time time;
    clock::time_point replaced; ///< by the next one
  };

  struct change {
    state_id id;
    change_kind kind = change_kind::delta;
    bool is_begun = false;
    std::vector<std::shared_ptr<const shaped_batch>> pieces;
  };

  kept_operator* find_kept(const state_id& id);
  error add_change(state_update x);
  void finish(clock::time_point now);
  void forget(clock::time_point now);

  options how_;
  std::map<std::string, kept_operator, std::less<>> operators_;
  std::deque<commit> commits_;
  std::optional<batch_time> coming_; ///< the commit that has begun
  error broken_;                     ///< a change that could not be understood
  std::deque<change> changes_;       ///< of it, still to be added
  std::uint32_t row_ = 0;            ///< in the first piece of the first change
};

} // namespace sluice::detail
