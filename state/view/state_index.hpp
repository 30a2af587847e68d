// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/shaped_batch.hpp>

namespace sluice::detail {

/// A value of a keyed state: row `row` of a piece whose records are (key, value?).
struct state_row {
  std::shared_ptr<const shaped_batch> piece;
  std::uint32_t row = 0;

  const shaped_values& key() const { return piece->records().part(0); }
  const shaped_values& value() const { return piece->records().part(1).part(0); }
};

/// Where the keys of one partition of a keyed state are in the pieces that were written of it, as of the last commits.
/// Nothing is decoded but keys. Two keys whose hashes are equal in all 64 bits would hide each other: `find` compares
/// the key itself, so that a wrong value is never shown.
class state_index {
public:
  /// Adds a piece of what was committed before the first `begin`.
  void load(const std::shared_ptr<const shaped_batch>& piece);

  /// What comes next belongs to the commit of `t`, later than all before. `is_base`: the pieces of it hold all keys.
  void begin(batch_time t, bool is_base);

  /// Adds the records of `piece` from `first` up to `end`. Requires `begin`.
  void add(const std::shared_ptr<const shaped_batch>& piece, std::uint32_t first, std::uint32_t end);

  /// Forgets what was known before the commit of `t` alone.
  void forget_before(batch_time t);

  /// The row of a key, as bytes of `append_key`, as of the commit of `t`, which is none that was forgotten.
  std::optional<state_row> find(std::string_view key, batch_time t) const;

  /// The rows as of the commit of `t`, from position `from` on, until `take` returns false or `most` rows have been
  /// looked at. Returns the position to go on from; nothing at the end. Positions are good for one `t`.
  template <class Take>
  std::optional<std::uint64_t> scan(batch_time t, std::uint64_t from, std::size_t most, Take&& take) const;

  /// Keys as of the newest commit.
  std::size_t keys() const { return where_.size(); }

  /// About how much memory it takes.
  std::size_t bytes() const { return piece_bytes_ + (where_.size() + former_entries_) * entry_bytes; }

  /// About how much of it only commits before the newest need, without the pieces themselves.
  std::size_t former_bytes() const { return former_entries_ * entry_bytes; }

private:
  /// Of a row: number of its piece, then of the row in it.
  struct place {
    std::uint32_t piece;
    std::uint32_t row;
    friend bool operator==(const place&, const place&) = default;
  };
  using places = boost::unordered_flat_map<std::uint64_t, place>;

  /// What was there before a commit.
  struct former {
    batch_time commit;
    boost::unordered_flat_map<std::uint64_t, std::optional<place>> changed;
    std::optional<places> all; ///< instead, before a base
  };

  struct held_piece {
    std::shared_ptr<const shaped_batch> content; ///< null: free
    std::uint32_t uses = 0;                      ///< rows that any version may ask for
  };

  static constexpr std::size_t entry_bytes = 32; ///< of a map of places, with the room that it leaves free

  std::uint32_t hold(const std::shared_ptr<const shaped_batch>& piece);
  void release(place x);
  void set(std::uint64_t hash, std::optional<place> x);
  std::uint64_t hash_of(const shaped_batch& piece, std::uint32_t row) const;
  std::optional<place> place_of(std::uint64_t hash, batch_time t) const;

  places where_;
  std::deque<former> former_; ///< by commit, oldest first
  std::vector<held_piece> pieces_;
  std::vector<std::uint32_t> free_;
  std::uint32_t last_piece_ = 0; ///< that `add` was called with last
  std::size_t piece_bytes_ = 0;
  std::size_t former_entries_ = 0;
  mutable std::string key_; ///< memory of the last key
};

template <class Take>
std::optional<std::uint64_t> state_index::scan(batch_time t, std::uint64_t from, std::size_t most, Take&& take) const {
  constexpr int row_bits = 32;
  auto row = static_cast<std::uint32_t>(from);
  for (auto piece = static_cast<std::size_t>(from >> row_bits); piece < pieces_.size(); ++piece, row = 0) {
    const auto& content = pieces_[piece].content;
    for (; content && row < content->size(); ++row) {
      if (most-- == 0)
        return piece << row_bits | row;
      const place here{static_cast<std::uint32_t>(piece), row};
      if (place_of(hash_of(*content, row), t) == here && !take(state_row{content, row}))
        return piece << row_bits | (row + 1);
    }
  }
  return std::nullopt;
}

} // namespace sluice::detail
