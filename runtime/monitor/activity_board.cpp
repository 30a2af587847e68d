// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/activity_board.hpp>

#include <algorithm>

namespace sluice {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::microseconds lately = 5s;
constexpr std::size_t fewest_intervals = 2;
constexpr std::size_t points = 120;

} // namespace

void activity_board::take(const stage_report& x, std::chrono::microseconds now) {
  for (const auto& done : x.operators) {
    auto& to = parts_[{done.node, done.sends, x.stage, x.partition}];
    to.records += done.records;
    to.busy_ns += done.busy_ns;
    to.keys = done.keys;
    to.state_bytes = done.state_bytes;
    to.lately.push_back({now, x.span_ns, done.records, done.busy_ns});
    while (to.lately.size() > fewest_intervals && to.lately.front().end < now - lately)
      to.lately.pop_front();
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
