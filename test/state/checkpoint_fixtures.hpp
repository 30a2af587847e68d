// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>

#include <algorithm>
#include <optional>
#include <ostream>
#include <random>
#include <tuple>
#include <vector>

#include "../support/fault_store.hpp"
#include "store_fixtures.hpp"

namespace sluice::test {

/// A change that owns its blobs.
struct change {
  state_id id;
  batch_time time;
  change_kind kind = change_kind::delta;
  std::vector<std::string> blobs;

  state_change view() const {
    state_change result{id, time, kind, {}};
    for (const auto& blob : blobs)
      result.blobs.push_back(as_bytes(blob));
    return result;
  }
};

inline std::vector<state_change> views(const std::vector<change>& changes) {
  std::vector<state_change> result;
  for (const auto& c : changes)
    result.push_back(c.view());
  return result;
}

inline state_id id_of(std::string name, std::uint32_t partition) { return {std::move(name), partition_id{partition}}; }
inline change delta(state_id id, std::int64_t t, std::vector<std::string> blobs) {
  return {std::move(id), batch_time{t}, change_kind::delta, std::move(blobs)};
}
inline change base(state_id id, std::int64_t t, std::vector<std::string> blobs) {
  return {std::move(id), batch_time{t}, change_kind::base, std::move(blobs)};
}
inline change partial(state_id id, std::int64_t t, std::vector<std::string> blobs) {
  return {std::move(id), batch_time{t}, change_kind::partial, std::move(blobs)};
}
inline commit_record commit_at(std::int64_t t) {
  return {batch_time{t},
          batch_time{1000},
          duration{1},
          static_cast<std::uint64_t>(t),
          1,
          "topology at " + std::to_string(t),
          {{"file", std::string{"\0offset ", 8} + std::to_string(t)}},
          {{"count", accumulated_sum::of(-t)}, {"weight", accumulated_sum::of(static_cast<double>(t) / 2)}}};
}

/// What a load shows, one line a blob: "delta 3 text".
using shown = std::vector<std::string>;

inline std::string line(change_kind kind, batch_time time, std::string_view blob) {
  const auto* word = kind == change_kind::delta ? "delta " : kind == change_kind::partial ? "partial " : "base ";
  return word + std::to_string(time.ms()) + ' ' + std::string{blob};
}

inline shown load(const checkpoint_log& log, const state_id& id) {
  shown result;
  require_ok(log.load(id, [&result](change_kind kind, batch_time time, bytes_view blob) {
    result.push_back(line(kind, time, as_text(blob)));
    return error{};
  }));
  return result;
}

/// What a checkpoint is to hold: the simplest thing that could be right.
struct model {
  std::optional<commit_record> record;
  std::map<state_id, std::vector<change>> kept; ///< in the order of replay
  std::map<state_id, std::vector<change>> staged;
  std::map<state_id, std::vector<change>> durable; ///< what of `kept` is found when it is opened again
  std::map<std::string, std::size_t> lives;        ///< how often an operator was dropped
  std::map<std::string, std::size_t> durable_lives;

  /// The checkpoint is closed and opened again.
  void reopen() {
    kept = durable;
    lives = durable_lives;
    staged.clear();
  }

  void drop(const std::string& operator_name) {
    ++lives[operator_name];
    const auto belongs = [&](const auto& entry) { return entry.first.operator_name == operator_name; };
    std::erase_if(kept, belongs);
    std::erase_if(staged, belongs);
  }

  void stage(const change& c) {
    unstage(c);
    staged[c.id].push_back(c);
  }

  /// Forgets what was staged and `c` takes the place of.
  void unstage(const change& c) {
    std::erase_if(staged[c.id], [&c](const change& x) { return c.kind == change_kind::base || x.kind == c.kind; });
  }

  void commit(const commit_record& r, const std::vector<change>& changes) {
    for (const auto& c : changes)
      if (c.kind == change_kind::delta)
        kept[c.id].push_back(c);
      else
        stage(c);
    for (auto& [id, list] : staged) {
      for (const auto& c : list)
        if (c.time <= r.time)
          replace(kept[id], c);
      std::erase_if(list, [&r](const change& c) { return c.time <= r.time; });
    }
    record = r;
    durable = kept;
    durable_lives = lives;
  }

  shown load(const state_id& id) const {
    shown result;
    if (const auto found = kept.find(id); found != kept.end())
      for (const auto& c : found->second)
        for (const auto& blob : c.blobs)
          result.push_back(line(c.kind, c.time, blob));
    return result;
  }

  /// The time of the last snapshot of a state in `kept` or `staged`; -1 where there is none.
  static std::int64_t last_snapshot(const std::map<state_id, std::vector<change>>& in, const state_id& id) {
    std::int64_t result = -1;
    if (const auto found = in.find(id); found != in.end())
      for (const auto& c : found->second)
        if (c.kind != change_kind::delta)
          result = std::max(result, c.time.ms());
    return result;
  }

private:
  /// Puts a snapshot in the place of what it replaces.
  static void replace(std::vector<change>& list, const change& snapshot) {
    std::erase_if(
        list, [&snapshot](const change& c) { return c.time <= snapshot.time && is_replaced(c.kind, snapshot.kind); });
    const auto first_delta = std::ranges::find(list, change_kind::delta, &change::kind);
    list.insert(first_delta, snapshot);
  }
};

/// A checkpoint log on two stores of a backend, with faults when wanted.
template <class Backend>
class checkpoint {
public:
  /// Opens, also after a crash: what was open is closed first, and the disk works again.
  checkpoint_log& open(std::optional<batch_time> at = {}) {
    close();
    plan = {};
    auto& log_store = backend.open("log");
    auto& snapshot_store = backend.open("snapshots");
    faulty_log_.emplace("log", log_store, plan);
    faulty_snapshots_.emplace("snapshots", snapshot_store, plan);
    log_ = value_or_throw(checkpoint_log::open(*faulty_log_, *faulty_snapshots_, new_identity(), at));
    plan.writes = 0;
    log = &log_store;
    snapshots = &snapshot_store;
    return *log_;
  }

  /// Another one on the same stores, to look at a version while this one is open.
  checkpoint_log version(batch_time t) {
    std::string warnings;
    const log_capture captured{warnings};
    return value_or_throw(checkpoint_log::open(*log, *snapshots, new_identity(), t));
  }

  void close() {
    log_.reset();
    backend.close();
  }

  /// How many blobs of snapshots there are. All else there is says to which checkpoint they belong.
  std::size_t snapshot_blobs() const { return contents(*snapshots).size() - 1; }

  checkpoint_log* operator->() { return &*log_; }
  checkpoint_log& operator*() { return *log_; }

  Backend backend;
  fault_plan plan;
  keyed_store* log = nullptr; ///< without faults
  keyed_store* snapshots = nullptr;

private:
  std::optional<fault_store> faulty_log_;
  std::optional<fault_store> faulty_snapshots_;
  std::optional<checkpoint_log> log_;
};

/// Checks that `log` holds what `expected` holds of all `ids`.
inline void check_equal(const checkpoint_log& log, const model& expected, const std::vector<state_id>& ids) {
  BOOST_CHECK(log.last_commit() == expected.record);
  for (const auto& id : ids)
    BOOST_TEST_CONTEXT("state of " << to_string(id)) {
      BOOST_TEST(load(log, id) == expected.load(id), boost::test_tools::per_element());
    }
}

} // namespace sluice::test
