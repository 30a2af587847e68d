// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cassert>
#include <deque>
#include <iterator>
#include <utility>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/operators/shuffle/senders.hpp>
#include <sluice/operators/stage/outlet.hpp>
#include <sluice/operators/stage/per_batch.hpp>
#include <sluice/operators/stage/push_records.hpp>
#include <sluice/operators/window/window_span.hpp>

namespace sluice::detail {

/// The records of the last `length`, which are state: every `slide`, at t, those of all batches in (t - length, t],
/// oldest first. Records are kept encoded, once, however many windows they are in.
template <record T>
class window_operator : public stage_operator, public sink<T> {
public:
  window_operator(const operator_context& context, window_span span)
      : span_{span}, state_{context.kept()}, grid_{*context.grid}, out_{context.consumers} {}

  any_sink* input() override { return this; }

  void push(std::span<const T> chunk) override {
    auto& now = arriving_.current();
    for (const auto& x : chunk) {
      now.writer.append(x);
      if (now.writer.size() >= send_bytes) [[unlikely]]
        now.blobs.push_back(now.writer.freeze());
    }
  }

  /// What the batches in the last windows held, each piece as it was when its batch ended.
  error restore(const state_piece& piece) override {
    if (piece.content.count() == 0)
      return {};
    if (auto reader = batch_reader<T>::open(piece.content); !reader)
      return std::move(reader.error());
    keep(piece.time, {piece.content});
    return {};
  }

  void open(batch_time t) override { arriving_.open(t); }

  void close(batch_time t, stage_effects& effects) override {
    auto& now = arriving_.current();
    if (now.writer.count() != 0)
      now.blobs.push_back(now.writer.freeze());
    note(t, now.blobs, effects);
    if (!now.blobs.empty())
      keep(t, std::exchange(now.blobs, {}));
    arriving_.close();
    emit(t);
  }

  void skip(batch_time t, presence arrived, stage_effects& effects) override {
    arriving_.close();
    note(t, {}, effects);
    if (arrived == presence::none)
      emit(t);
  }

  presence result(batch_time t, presence) const override {
    return grid_.is_valid(t, span_.slide) ? presence::some : presence::none;
  }

private:
  struct arrival {
    batch_writer<T> writer;
    std::vector<batch> blobs;
    void clear() {
      writer.clear();
      blobs.clear();
    }
  };

  void note(batch_time t, const std::vector<batch>& blobs, stage_effects& effects) {
    if (state_.is_kept())
      effects.changes.push_back({state_.id(), t, change_kind::delta, blobs, t - span_.length});
  }

  void keep(batch_time t, std::vector<batch> blobs) {
    for (const auto& x : blobs)
      x.count_as(memory_use::kept);
    if (kept_.empty() || kept_.back().first != t)
      kept_.emplace_back(t, std::move(blobs));
    else
      std::ranges::move(blobs, std::back_inserter(kept_.back().second));
  }

  void emit(batch_time t) {
    while (!kept_.empty() && kept_.front().first <= t - span_.length)
      kept_.pop_front();
    if (!grid_.is_valid(t, span_.slide))
      return;
    for (const auto& [time, blobs] : kept_)
      for (const auto& records : blobs) {
        [[maybe_unused]] const auto err = push_records(records, out_);
        assert(!err); // we wrote it
      }
  }

  window_span span_;
  kept_state state_;
  const batch_grid& grid_;
  per_batch<arrival> arriving_;
  std::deque<std::pair<batch_time, std::vector<batch>>> kept_;
  outlet<T> out_;
};

} // namespace sluice::detail
