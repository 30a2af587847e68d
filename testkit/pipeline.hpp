// SPDX-License-Identifier: BSD-3-Clause
//
// A whole program on one thread and without actors: every stage of its plan, on every partition, with batch generators
// before them and the messages between them. Messages of one sender to one receiver stay in order. A seed may decide
// which pair comes next, so that siblings run ahead of each other as far as actors could.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <sluice/operators/stage/stage.hpp>
#include <sluice/operators/stream/dstream.hpp>
#include <sluice/runtime/intake/batch_generator.hpp>
#include <sluice/runtime/plan/planner.hpp>
#include <sluice/testkit/announcer.hpp>
#include <sluice/testkit/composing.hpp>

namespace sluice::testkit {

/// The broadcast values are made in the constructor; a batch counts as committed when its outputs have run.
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
    std::optional<batch_time> reruns_until = {}; ///< batches up to this one may have run before
  };

  explicit pipeline(const composing& program) : pipeline(program, options{}) {}

  pipeline(const composing& program, options how);
  ~pipeline();

  const execution_plan& plan() const { return plan_; }

  /// Hands records of an input to the open batch, cut into blocks. Records for streams without an output are dropped.
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
  void add(std::uint32_t input, batch block);

  /// Ends the open batch and opens the next. Returns the time of the one that ended.
  /// @param without inputs that have no dataset in it, which is not the same as an empty one.
  batch_time cut(const std::set<std::uint32_t>& without = {});

  /// Delivers messages until there are none.
  void run();

  /// Delivers at most `limit` messages.
  void run_some(std::size_t limit);

  /// Ends the open batch and lets it run.
  batch_time run_batch();

  /// The batches whose outputs have run, in that order.
  const std::vector<batch_time>& done() const { return done_; }

  /// All changes of keyed state, in the order in which the stages returned them.
  const std::vector<state_update>& updates() const { return updates_; }

  /// The sums of accumulators as of the last batch that is done.
  const accumulated_sums& sums() const { return sums_; }

  /// Lets accumulators go on from the sums of an earlier epoch. To be called before the first batch.
  void restore(const accumulated_sums& sums);

  /// Gives the stages the state as of batch `t`, from the updates of an earlier epoch. Returns the number of pieces.
  std::size_t restore(const std::vector<state_update>& updates, batch_time t);

  /// The printed text.
  std::string printed() const { return output_.str(); }

private:
  struct message {
    edge_id edge;
    partition_id from;
    batch_time time;
    std::optional<batch> content;
    std::optional<presence> ends; ///< of an end mark, which may go with the last records
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
  using channels = std::map<channel, std::deque<message>>;

  void send(const sender& from, const place& to, message what);

  void deliver();

  void report_failures(stage_effects& effects);

  channels::iterator oldest();

  /// Mostly the channel that was served last, so that some run far ahead of others.
  channels::iterator any();

  void apply(const place& at, stage_effects& effects);

  std::ostringstream output_;
  topology graph_;
  options options_;
  execution_plan plan_;
  std::mt19937_64 random_;
  batch_time open_;
  std::shared_ptr<announcer> listeners_;
  std::map<place, std::unique_ptr<stage>> stages_;
  std::map<edge_id, batch_generator> generators_;
  channels channels_;
  channel last_;
  std::uint64_t sent_ = 0;
  std::vector<state_update> updates_;
  std::shared_ptr<accumulator_ledger> accumulators_;
  accumulated_sums sums_;
  std::vector<batch_time> done_;
};

} // namespace sluice::testkit
