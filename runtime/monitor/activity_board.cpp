// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/activity_board.hpp>

#include <algorithm>

namespace sluice {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::microseconds lately = 5s;
constexpr std::size_t fewest_intervals = 2;
constexpr std::size_t points = 120;

/// Leaves what was lately.
void forget_old(auto& intervals, std::chrono::microseconds now) {
  while (intervals.size() > fewest_intervals && intervals.front().end < now - lately)
    intervals.pop_front();
}

} // namespace

void activity_board::take(const stage_report& x, std::chrono::microseconds now) {
  auto& whole = stages_[{x.stage, x.partition}];
  whole.push_back({now, x.span_ns, x.busy_ns, x.gate_ns, x.batches, x.bytes});
  forget_old(whole, now);
  for (const auto& done : x.operators) {
    auto& to = parts_[{done.node, done.sends, x.stage, x.partition}];
    to.records += done.records;
    to.busy_ns += done.busy_ns;
    to.keys = done.keys;
    to.state_bytes = done.state_bytes;
    to.lately.push_back({now, x.span_ns, done.records, done.busy_ns});
    forget_old(to.lately, now);
    add_point(done, std::chrono::duration_cast<std::chrono::seconds>(now));
  }
}

void activity_board::add_point(const operator_activity& x, std::chrono::seconds now) {
  auto& all = history_[x.node];
  if (all.empty() || all.back().of != now)
    all.push_back({now});
  if (all.size() > points)
    all.pop_front();
  auto& point = all.back();
  (x.sends ? point.sent : point.records) += x.records;
  point.busy_ns += x.busy_ns;
}

void activity_board::epoch_ended() {
  for (auto& [part, x] : parts_) {
    x.lately.clear();
    x.keys = 0;
  }
  stages_.clear();
  states_.clear();
}

operator_load activity_board::load_of(const activity& x) {
  operator_load result{x.records, 0, 0, static_cast<double>(x.busy_ns) / 1e9, x.keys, x.state_bytes};
  double span = 0;
  double records = 0;
  double busy = 0;
  for (const auto& interval : x.lately) {
    span += static_cast<double>(interval.span_ns);
    records += static_cast<double>(interval.records);
    busy += static_cast<double>(interval.busy_ns);
  }
  if (span > 0) {
    result.records_per_second = records / span * 1e9;
    result.busy_share = busy / span;
  }
  return result;
}

template <class Use>
void activity_board::for_each_part(node_index node, Use use) const {
  for (auto i = parts_.lower_bound({node, false, stage_id{0}, partition_id{0}});
       i != parts_.end() && i->first.node == node; ++i)
    use(i->first, i->second);
}

std::vector<operator_load> activity_board::partitions(node_index node) const {
  std::vector<operator_load> result;
  for_each_part(node, [&](const part& which, const activity& x) {
    if (which.sends)
      return;
    result.resize(std::max<std::size_t>(result.size(), which.partition.value() + 1));
    result[which.partition.value()] = load_of(x);
  });
  return result;
}

std::vector<stage_load> activity_board::stage_partitions(stage_id stage) const {
  std::vector<stage_load> result;
  for (auto i = stages_.lower_bound({stage, partition_id{0}}); i != stages_.end() && i->first.first == stage; ++i) {
    result.resize(std::max<std::size_t>(result.size(), i->first.second.value() + 1));
    auto& to = result[i->first.second.value()];
    double span = 0;
    for (const auto& x : i->second) {
      span += static_cast<double>(x.span_ns);
      to.busy_share += static_cast<double>(x.busy_ns);
      to.gate_share += static_cast<double>(x.gate_ns);
      to.batches_per_second += static_cast<double>(x.batches) * 1e9;
      to.bytes_per_second += static_cast<double>(x.bytes) * 1e9;
    }
    if (span <= 0)
      continue;
    to.busy_share /= span;
    to.gate_share = std::min(to.gate_share / span, 1.0); // the clock is read at other moments
    to.batches_per_second /= span;
    to.bytes_per_second /= span;
  }
  return result;
}

void activity_board::note_states(std::chrono::microseconds now) {
  std::map<node_index, state_point> all;
  for (const auto& [which, x] : parts_) {
    if (which.sends || x.keys == 0)
      continue;
    auto& to = all[which.node];
    to.keys += x.keys;
    to.bytes += x.state_bytes;
  }
  for (auto& [node, x] : all) {
    x.time = now;
    auto& points_of_it = states_[node];
    points_of_it.push_back(x);
    if (points_of_it.size() > points)
      points_of_it.pop_front();
  }
}

state_growth activity_board::growth(node_index node) const {
  const auto found = states_.find(node);
  return found == states_.end() ? state_growth{} : growth_of(found->second);
}

operator_load activity_board::total(node_index node) const {
  operator_load taken;
  operator_load sent;
  for_each_part(node, [&](const part& which, const activity& x) {
    auto& to = which.sends ? sent : taken;
    const auto load = load_of(x);
    to.records += load.records;
    to.records_per_second += load.records_per_second;
    to.busy_share += load.busy_share;
    to.busy_seconds += load.busy_seconds;
    to.keys += load.keys;
    to.state_bytes += load.state_bytes;
  });
  taken.busy_share += sent.busy_share;
  taken.busy_seconds += sent.busy_seconds;
  if (sent.records != 0) {
    taken.records = sent.records;
    taken.records_per_second = sent.records_per_second;
  }
  return taken;
}

std::vector<load_point> activity_board::history(node_index node) const {
  std::vector<load_point> result;
  const auto found = history_.find(node);
  if (found == history_.end())
    return result;
  for (const auto& x : found->second)
    result.push_back(
        {x.of, static_cast<double>(x.sent != 0 ? x.sent : x.records), static_cast<double>(x.busy_ns) / 1e9});
  return result;
}

} // namespace sluice
