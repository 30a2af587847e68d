// SPDX-License-Identifier: BSD-3-Clause
//
// A whole program on one thread and without actors: every stage of its plan, on every partition, with batch generators
// before them and the messages between them. Messages of one sender to one receiver stay in order; which pair of them
// comes next may be left to a seed, so that siblings run ahead of each other as far as actors could.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/operators/stage/stage.hpp>
#include <sluice/operators/stream/dstream.hpp>
#include <sluice/runtime/intake/batch_generator.hpp>
#include <sluice/runtime/plan/planner.hpp>
#include <sluice/testkit/composing.hpp>

namespace sluice::testkit {

class pipeline {
public:
  static constexpr duration interval{1000};

  struct options {
    std::uint32_t partitions = 1;
    std::uint64_t seed = 0;          ///< 0: messages arrive in the order in which they were sent
    std::size_t block_records = 100; ///< of what is fed
    batch_time first{1000};          ///< the first batch
    duration step = interval;        ///< between batches
    std::optional<batch_time> zero;  ///< of a program that recovers
    error_policy on_error = error_policy::stop;
  };

  explicit pipeline(const composing& program) : pipeline(program, options{}) {}

  pipeline(const composing& program, options how)
      : graph_{program.graph()}, options_{how}, plan_{make_plan(graph_, how.partitions)}, random_{how.seed},
        open_{how.first} {
    for (const auto& s : plan_.stages)
      for (std::uint32_t p = 0; p < s.partitions; ++p)
        stages_.emplace(place{s.id, partition_id{p}},
                        std::make_unique<stage>(graph_, s, partition_id{p},
                                                stage_setting{&output_, how.step, how.zero, how.on_error}));
    for (const auto& edge : plan_.inputs)
      generators_.emplace(edge.id, batch_generator{how.step, edge.targets}).first->second.start(open_);
  }

  const execution_plan& plan() const { return plan_; }

  /// Hands records of an input to the batch that is open, cut into blocks. What streams without output get is dropped.
  template <record T, class Range>
  void feed(const dstream<T>&, std::uint32_t input, const Range& records) {
    batch_writer<T> block;
    for (const auto& x : records) {
      block.append(static_cast<const T&>(x));
      if (block.count() == options_.block_records)
        add(input, block.freeze());
    }
    if (block.count() != 0)
      add(input, block.freeze());
  }

  /// A block of an input, as it is.
  void add(std::uint32_t input, batch block) {
    for (const auto& edge : plan_.inputs) {
      if (graph_.node(edge.to).input != stream_id{input})
        continue;
      auto parcel = generators_.at(edge.id).add(block);
      send(sender{{}, partition_id{input}}, {edge.to_stage, parcel.to},
           {edge.id, partition_id{0}, parcel.time, std::move(parcel.content), {}});
    }
  }

  /// Ends the open batch and opens the next. Returns the time of the one that ended.
  /// @param without inputs that have no dataset in it, which is not the same as an empty one.
  batch_time cut(const std::set<std::uint32_t>& without = {}) {
    for (const auto& edge : plan_.inputs) {
      const auto ended = generators_.at(edge.id).cut();
      const auto input = graph_.node(edge.to).input->value();
      for (std::uint32_t p = 0; p < edge.targets; ++p)
        send(sender{{}, partition_id{input}}, {edge.to_stage, partition_id{p}},
             {edge.id, partition_id{0}, ended.time, {}, without.contains(input) ? presence::none : presence::some});
    }
    open_ = open_ + options_.step;
    return open_ - options_.step;
  }

  /// Delivers messages until there are none.
  void run() {
    while (!channels_.empty())
      deliver();
    if (done_.size() != static_cast<std::size_t>((open_ - options_.first) / options_.step))
      throw std::logic_error{"a batch that was cut has not run"};
  }

  /// Delivers some messages: as many as `limit`, if there are so many.
  void run_some(std::size_t limit) {
    for (; limit != 0 && !channels_.empty(); --limit)
      deliver();
  }

  /// Ends the open batch and lets it run.
  batch_time run_batch() {
    const auto t = cut();
    run();
    return t;
  }

  /// The batches whose outputs have run, in that order.
  const std::vector<batch_time>& done() const { return done_; }

  /// All changes of keyed state, in the order in which the stages returned them.
  const std::vector<state_update>& updates() const { return updates_; }

  /// Gives the stages the state as of batch `t`, from the updates of an earlier life. Returns the number of pieces.
  std::size_t restore(const std::vector<state_update>& updates, batch_time t) {
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

  /// What was printed.
  std::string printed() const { return output_.str(); }

private:
  struct message {
    edge_id edge;
    partition_id from;
    batch_time time;
    batch content;
    std::optional<presence> ends; ///< of an end mark
    std::uint64_t number = 0;
  };

  struct place {
    stage_id id;
    partition_id partition;
    friend auto operator<=>(const place&, const place&) = default;
  };

  /// A stage's partition, or without a stage, the batch generator of an input.
  struct sender {
    std::optional<stage_id> id;
    partition_id partition;
    friend auto operator<=>(const sender&, const sender&) = default;
  };

  using channel = std::pair<sender, place>;

  static void check(const error& problem) {
    if (problem)
      throw std::runtime_error{describe(problem)};
  }

  static std::vector<state_piece> pieces_of(const std::vector<state_update>& updates, const state_id& id,
                                            batch_time t) {
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

  void send(const sender& from, const place& to, message what) {
    what.number = ++sent_;
    channels_[{from, to}].push_back(std::move(what));
  }

  void deliver() {
    const auto next = options_.seed == 0 ? oldest() : any();
    const auto to = next->first.second;
    auto what = std::move(next->second.front());
    next->second.pop_front();
    if (next->second.empty())
      channels_.erase(next);
    auto& logic = *stages_.at(to);
    if (what.ends)
      logic.on_end(what.edge, what.from, what.time, *what.ends);
    else
      check(logic.on_data(what.edge, what.from, what.time, what.content));
    apply(to, logic.effects());
  }

  std::map<channel, std::deque<message>>::iterator oldest() {
    return std::ranges::min_element(channels_, {}, [](const auto& x) { return x.second.front().number; });
  }

  /// Mostly the channel that was served last, so that some run far ahead of others.
  std::map<channel, std::deque<message>>::iterator any() {
    if (const auto same = channels_.find(last_); same != channels_.end() && random_() % 8 != 0)
      return same;
    const auto result = std::next(channels_.begin(), static_cast<std::ptrdiff_t>(random_() % channels_.size()));
    last_ = result->first;
    return result;
  }

  void apply(const place& at, stage_effects& effects) {
    const auto& s = plan_.stage(at.id);
    for (auto& parcel : effects.parcels) {
      const auto edge = std::ranges::find(s.outbound, parcel.edge, &plan_edge::id);
      if (edge == s.outbound.end() || !edge->connects(at.partition, parcel.to))
        throw std::logic_error{"a parcel goes where no edge leads"};
      send({at.id, at.partition}, {edge->to_stage, parcel.to},
           {parcel.edge, at.partition, parcel.time, std::move(parcel.content), {}});
    }
    for (auto& update : effects.changes)
      updates_.push_back(std::move(update));
    for (const auto& [id, t, had] : effects.ends) {
      const auto& edge = *std::ranges::find(s.outbound, id, &plan_edge::id);
      for (std::uint32_t to = 0; to < edge.targets; ++to)
        if (edge.connects(at.partition, partition_id{to}))
          send({at.id, at.partition}, {edge.to_stage, partition_id{to}}, {edge.id, at.partition, t, {}, had});
    }
    if (s.runs_outputs)
      done_.insert(done_.end(), effects.closed.begin(), effects.closed.end());
    effects.clear();
  }

  std::ostringstream output_;
  topology graph_;
  options options_;
  execution_plan plan_;
  std::mt19937_64 random_;
  batch_time open_;
  std::map<place, std::unique_ptr<stage>> stages_;
  std::map<edge_id, batch_generator> generators_;
  std::map<channel, std::deque<message>> channels_;
  channel last_;
  std::uint64_t sent_ = 0;
  std::vector<state_update> updates_;
  std::vector<batch_time> done_;
};

} // namespace sluice::testkit
