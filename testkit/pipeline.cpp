// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/testkit/pipeline.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/operators/stage/stage_router.hpp>

namespace sluice::testkit {

namespace {

void check(const error& problem) {
  if (problem)
    throw std::runtime_error{describe(problem)};
}

std::vector<state_piece> pieces_of(const std::vector<state_update>& updates, const state_id& id, batch_time t) {
  std::vector<state_piece> result;
  for (const auto& update : updates) {
    if (update.id != id || update.time > t)
      continue;
    std::erase_if(result, [&update](const state_piece& x) {
      return is_replaced(x.kind, update.kind) || x.time <= update.outdated;
    });
    for (const auto& content : update.content)
      result.push_back({update.time, update.kind, content, 0});
  }
  return result;
}

} // namespace

pipeline::pipeline(const composing& program, options how)
    : graph_{program.graph()}, options_{how}, plan_{make_plan(graph_, how.partitions)}, random_{how.seed},
      open_{how.first}, listeners_{std::make_shared<announcer>(program, plan_.inputs.size(), how.first - how.step)},
      accumulators_{program.compose().accumulators} {
  make_broadcasts(program.compose());
  restore(accumulated_sums{});
  for (const auto& s : plan_.stages)
    for (std::uint32_t p = 0; p < s.partitions; ++p)
      stages_.emplace(place{s.id, partition_id{p}},
                      std::make_unique<stage>(graph_, s, partition_id{p},
                                              stage_setting{&output_, how.step, how.zero, how.on_error, listeners_,
                                                            how.reruns_until, accumulators_->cells()}));
  for (const auto& edge : plan_.inputs)
    generators_.emplace(edge.id, batch_generator{how.step, edge.targets}).first->second.open(open_);
}

pipeline::~pipeline() = default;

void pipeline::add(std::uint32_t input, batch block) {
  for (const auto& edge : plan_.inputs) {
    if (graph_.node(edge.to).input != stream_id{input})
      continue;
    auto parcel = generators_.at(edge.id).add(block);
    send(sender{{}, partition_id{input}}, {edge.to_stage, parcel.to},
         {edge.id, partition_id{0}, parcel.time, std::move(parcel.content), {}});
  }
}

batch_time pipeline::cut(const std::set<std::uint32_t>& without) {
  listeners_->cut(open_);
  for (const auto& edge : plan_.inputs) {
    const auto ended = generators_.at(edge.id).cut();
    const auto input = graph_.node(edge.to).input->value();
    listeners_->taken(stream_id{input}, ended);
    for (std::uint32_t p = 0; p < edge.targets; ++p)
      send(sender{{}, partition_id{input}}, {edge.to_stage, partition_id{p}},
           {edge.id, partition_id{0}, ended.time, {}, without.contains(input) ? presence::none : presence::some});
  }
  open_ = open_ + options_.step;
  return open_ - options_.step;
}

void pipeline::run() {
  while (!channels_.empty())
    deliver();
  if (done_.size() != static_cast<std::size_t>((open_ - options_.first) / options_.step))
    throw std::logic_error{"a batch that was cut has not run"};
}

void pipeline::run_some(std::size_t limit) {
  for (; limit != 0 && !channels_.empty(); --limit)
    deliver();
}

batch_time pipeline::run_batch() {
  const auto t = cut();
  run();
  return t;
}

void pipeline::restore(const accumulated_sums& sums) {
  accumulators_->begin({}, sums);
  sums_ = sums;
}

std::size_t pipeline::restore(const std::vector<state_update>& updates, batch_time t) {
  std::size_t result = 0;
  for (auto& [where, logic] : stages_)
    for (const auto& id : logic->states())
      for (const auto& piece : pieces_of(updates, id, t)) {
        // As from a disk: nothing refers to the memory of the earlier life.
        check(logic->restore(id, {piece.time, piece.kind, batch::from_bytes(piece.content.bytes()).value(), 0}));
        ++result;
      }
  return result;
}

void pipeline::send(const sender& from, const place& to, message what) {
  what.number = ++sent_;
  channels_[{from, to}].push_back(std::move(what));
}

void pipeline::deliver() {
  const auto next = options_.seed == 0 ? oldest() : any();
  const auto to = next->first.second;
  auto what = std::move(next->second.front());
  next->second.pop_front();
  if (next->second.empty())
    channels_.erase(next);
  auto& logic = *stages_.at(to);
  try {
    if (what.content)
      check(logic.on_data(what.edge, what.from, what.time, *what.content));
    if (what.ends)
      logic.on_end(what.edge, what.from, what.time, *what.ends);
  } catch (...) {
    report_failures(logic.effects());
    throw;
  }
  apply(to, logic.effects());
}

void pipeline::report_failures(stage_effects& effects) {
  for (const auto& failure : std::exchange(effects.failures, {}))
    listeners_->failed(failure);
}

pipeline::channels::iterator pipeline::oldest() {
  return std::ranges::min_element(channels_, {}, [](const auto& x) { return x.second.front().number; });
}

pipeline::channels::iterator pipeline::any() {
  if (const auto same = channels_.find(last_); same != channels_.end() && random_() % 8 != 0)
    return same;
  const auto result = std::next(channels_.begin(), static_cast<std::ptrdiff_t>(random_() % channels_.size()));
  last_ = result->first;
  return result;
}

void pipeline::apply(const place& at, stage_effects& effects) {
  report_failures(effects);
  const auto& s = plan_.stage(at.id);
  for (const auto& parcel : effects.parcels) {
    const auto edge = std::ranges::find(s.outbound, parcel.edge, &plan_edge::id);
    if (edge == s.outbound.end() || !edge->connects(at.partition, parcel.to))
      throw std::logic_error{"a parcel goes where no edge leads"};
  }
  const auto to = [&s](edge_id edge, partition_id p) {
    return place{std::ranges::find(s.outbound, edge, &plan_edge::id)->to_stage, p};
  };
  stage_router router{s, at.partition, effects};
  router.send_records([&](stage_effects::parcel& x) {
    send({at.id, at.partition}, to(x.edge, x.to), {x.edge, at.partition, x.time, std::move(x.content), {}});
  });
  for (auto& update : effects.changes)
    updates_.push_back(std::move(update));
  for (const auto& x : effects.sums)
    accumulators_->add({}, x);
  router.send_ends([&](const stage_effects::end& end, partition_id p, batch* last) {
    auto content = last != nullptr ? std::optional{std::move(*last)} : std::nullopt;
    send({at.id, at.partition}, to(end.edge, p), {end.edge, at.partition, end.time, std::move(content), end.had});
  });
  if (s.runs_outputs)
    for (const auto t : effects.closed) {
      done_.push_back(t);
      sums_ = accumulators_->commit(t);
      listeners_->committed(t, sums_);
    }
  effects.clear();
}

} // namespace sluice::testkit
