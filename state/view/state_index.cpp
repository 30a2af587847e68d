// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/view/state_index.hpp>

#include <sluice/actors/base/hash.hpp>

namespace sluice::detail {

std::uint32_t state_index::hold(const std::shared_ptr<const shaped_batch>& piece) {
  piece_bytes_ += piece->bytes();
  if (free_.empty()) {
    pieces_.push_back({piece, 0});
    return static_cast<std::uint32_t>(pieces_.size() - 1);
  }
  const auto n = free_.back();
  free_.pop_back();
  pieces_[n].content = piece;
  return n;
}

void state_index::release(place x) {
  auto& piece = pieces_[x.piece];
  if (--piece.uses != 0)
    return;
  piece_bytes_ -= piece.content->bytes();
  piece.content.reset();
  free_.push_back(x.piece);
}

std::uint64_t state_index::hash_of(const shaped_batch& piece, std::uint32_t row) const {
  key_.clear();
  piece.records().part(0).append_key(key_, row);
  return hash_bytes(key_);
}

void state_index::load(const std::shared_ptr<const shaped_batch>& piece) {
  begin(batch_time{}, false);
  add(piece, 0, piece->size());
  forget_before(batch_time{});
}

void state_index::begin(batch_time t, bool is_base) {
  former_.push_back({t, {}, {}});
  if (!is_base)
    return;
  former_entries_ += where_.size();
  former_.back().all = std::exchange(where_, {});
}

void state_index::add(const std::shared_ptr<const shaped_batch>& piece, std::uint32_t first, std::uint32_t end) {
  if (first == 0)
    last_piece_ = hold(piece);
  // Held as a whole until all of its rows are known, so that it cannot go in between.
  const auto n = last_piece_;
  if (first == 0)
    ++pieces_[n].uses;
  const auto& is_there = piece->records().part(1);
  for (auto row = first; row < end; ++row)
    set(hash_of(*piece, row), is_there.bit(row) ? std::optional{place{n, row}} : std::nullopt);
  if (end == piece->size())
    release({n, 0});
}

/// Changes a place, and keeps what was there for those who ask for the commit before.
void state_index::set(std::uint64_t hash, std::optional<place> x) {
  auto& before = former_.back();
  const auto found = where_.find(hash);
  const auto was = found == where_.end() ? std::nullopt : std::optional{found->second};
  if (x)
    ++pieces_[x->piece].uses;
  if (!before.all && before.changed.emplace(hash, was).second)
    ++former_entries_; // which keeps what was there
  else if (was)
    release(*was);
  if (x)
    where_.insert_or_assign(hash, *x);
  else if (was)
    where_.erase(hash);
}

void state_index::forget_before(batch_time t) {
  while (!former_.empty() && former_.front().commit <= t) {
    auto gone = std::move(former_.front());
    former_.pop_front();
    former_entries_ -= gone.all ? gone.all->size() : gone.changed.size();
    for (const auto& [hash, was] : gone.changed)
      if (was)
        release(*was);
    if (gone.all)
      for (const auto& [hash, was] : *gone.all)
        release(was);
  }
}

std::optional<state_index::place> state_index::place_of(std::uint64_t hash, batch_time t) const {
  for (const auto& x : former_) {
    if (x.commit <= t)
      continue;
    if (x.all) {
      const auto found = x.all->find(hash);
      return found == x.all->end() ? std::nullopt : std::optional{found->second};
    }
    if (const auto found = x.changed.find(hash); found != x.changed.end())
      return found->second;
  }
  const auto found = where_.find(hash);
  return found == where_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<state_row> state_index::find(std::string_view key, batch_time t) const {
  const auto where = place_of(hash_bytes(key), t);
  if (!where)
    return std::nullopt;
  state_row result{pieces_[where->piece].content, where->row};
  key_.clear();
  result.key().append_key(key_, result.row);
  return key_ == key ? std::optional{std::move(result)} : std::nullopt;
}

} // namespace sluice::detail
