// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/deployment.hpp>

#include <chrono>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/memory_meter.hpp>
#include <sluice/actors/protocol/node_protocol.hpp>
#include <sluice/actors/system/endpoint.hpp>
#include <sluice/operators/stage/operator_actor.hpp>
#include <sluice/receivers/rate/rate_limits.hpp>
#include <sluice/runtime/driver/checkpoint_check.hpp>
#include <sluice/runtime/intake/batch_generator_actor.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/commit/store_actor.hpp>
#include <sluice/state/log/log_actor.hpp>

namespace sluice {

namespace {

using namespace std::chrono_literals;

constexpr auto spawn_timeout = 30s;

/// Of an input with a `max_rate` of its own.
rate_limits limits_of(const runtime_options& how, double max_rate) {
  return {smaller_limit(how.max_rate, max_rate), how.backpressure ? how.initial_rate : 0};
}

/// Tells the monitor when outputs run, and the coordinator while somebody listens.
class output_messenger final : public output_observer {
public:
  output_messenger(progress_actor to, epoch life, std::shared_ptr<const wall_clock> clock,
                   std::shared_ptr<const listener_list> listeners, std::shared_ptr<run_monitor> monitor)
      : to_{std::move(to)}, life_{life}, clock_{std::move(clock)}, listeners_{std::move(listeners)},
        monitor_{std::move(monitor)} {}

  void started(output_number output, batch_time t) override {
    if (monitor_)
      monitor_->output_started(output, t);
    // Whoever begins to listen while it runs does not hear of its end either.
    somebody_listens_ = listeners_ && !listeners_->is_empty();
    if (somebody_listens_)
      send(output, t, output_event::started, {});
  }

  void completed(output_number output, batch_time t, std::optional<std::string> failure) override {
    if (monitor_)
      monitor_->output_ended(output, t, failure);
    if (somebody_listens_)
      send(output, t, failure ? output_event::failed : output_event::completed, std::move(failure).value_or(""));
  }

  void left_out(output_number output, batch_time t) override {
    if (monitor_)
      monitor_->output_left_out(output, t);
    if (somebody_listens_)
      send(output, t, output_event::left_out, {});
  }

private:
  void send(output_number output, batch_time t, output_event what, std::string failure) {
    caf::anon_send(to_, report_atom::value,
                   output_report{life_, output, t, what, clock_->now().count(), std::move(failure)});
  }

  progress_actor to_;
  epoch life_;
  std::shared_ptr<const wall_clock> clock_;
  std::shared_ptr<const listener_list> listeners_;
  std::shared_ptr<run_monitor> monitor_;
  bool somebody_listens_ = false; ///< outputs run one after the other
};

} // namespace

void deployment::start() {
  handshake::callbacks then;
  then.connected = [me = shared_from_this()](const node_actor& node, const node_address& where) {
    me->watch(node, {role::node, "the worker", where});
  };
  then.done = [me = shared_from_this()](std::vector<greeted_worker> workers) {
    me->workers_ = std::move(workers);
    me->spawn_operators();
  };
  then.failed = failing();
  std::make_shared<handshake>(self_, options_, std::move(then))->start();
}

std::function<void(caf::error)> deployment::failing() {
  return [me = shared_from_this()](caf::error why) { me->fail(std::move(why)); };
}

void deployment::fail(caf::error why) {
  if (then_.failed)
    std::exchange(then_, {}).failed(std::move(why));
}

std::optional<batch_time> deployment::zero_time() const {
  if (options_.checkpoint && options_.checkpoint->last_commit)
    return options_.checkpoint->last_commit->zero;
  return std::nullopt;
}

placement_terms deployment::terms() const {
  placement_terms result{options_.how.partitions, {}, options_.local_threads, {}};
  if (options_.checkpoint)
    result.kept = kept_partitions(*options_.checkpoint, options_.program->graph);
  for (const auto& x : workers_)
    result.threads_of_workers.push_back(x.answer.cores);
  return result;
}

void deployment::spawn_operators() {
  placement_ = std::make_shared<const placement>(place_program(options_.program->graph, terms()));
  pending_ = placement_->places.size() + 1; // local spawns are over at once, and must not end the step
  for (const auto& [stage, partition, worker] : placement_->places)
    if (worker)
      spawn_remote(workers_[*worker], placement_->plan.stage(stage), partition);
    else
      spawn_local(placement_->plan.stage(stage), partition);
  spawned();
}

void deployment::spawn_local(const stage_plan& stage, partition_id partition) {
  stage_setting setting{options_.standard_output, options_.program->interval, zero_time(), options_.program->on_error};
  if (stage.runs_outputs && options_.blocks_found) {
    setting.is_gated = true;
    if (const auto again = options_.again(); !again.empty())
      setting.reruns_until = again.back().time;
  }
  if (stage.runs_outputs && (options_.listeners || options_.monitor))
    setting.outputs = std::make_shared<output_messenger>(progress_actor{self_}, options_.life, options_.clock,
                                                         options_.listeners, options_.monitor);
  setting.accumulators = options_.program->accumulators->cells();
  auto make = [program = options_.program, where = placement_, &stage, partition, setting]() -> expected<placed_stage> {
    return placed_stage{stage, partition, std::make_unique<sluice::stage>(program->graph, stage, partition, setting),
                        program->accumulators};
  };
  auto& actor = actors_.operators[{stage.id, partition}];
  actor = self_->home_system().spawn(operator_behavior, progress_actor{self_}, stage_maker{std::move(make)});
  watch(actor, {role::stage, name_of(stage, partition)});
  spawned();
}

void deployment::spawn_remote(const greeted_worker& on, const stage_plan& stage, partition_id partition) {
  auto arguments =
      caf::make_message(progress_actor{self_}, on.answer.job, placement_->default_partitions, stage.id.value(),
                        partition.value(), zero_time().value_or(batch_time{no_zero_time}).ms());
  request_spawn<operator_actor>(self_, spawn_timeout, on.id, operator_type_name, std::move(arguments))
      .then(
          [me = shared_from_this(), key = std::pair{stage.id, partition},
           as = participant{role::stage, name_of(stage, partition), on.address}](const caf::strong_actor_ptr& actor) {
            const auto handle = caf::actor_cast<operator_actor>(actor);
            me->actors_.operators[key] = handle;
            me->watch(handle, as);
            me->spawned();
          },
          on_failed_request("node " + to_string(on.address) + ": ", "an operator cannot be placed there", failing()));
}

/// "operators 'words', 'counts', partition 3"
std::string deployment::name_of(const stage_plan& stage, partition_id partition) const {
  std::string result = stage.nodes.size() == 1 ? "operator " : "operators ";
  for (const auto i : stage.nodes)
    result += '\'' + options_.program->graph.node(i).name + "', ";
  return result + "partition " + to_string(partition);
}

void deployment::spawned() {
  if (--pending_ != 0)
    return;
  if (auto err = spawn_store())
    return fail(std::move(err));
  spawn_log();
  spawn_generators();
  wire();
}

caf::error deployment::spawn_store() {
  if (!log_)
    return {};
  auto guard = log_->lock(); // a savepoint may be asked for already
  store_options what{nullptr,
                     {{}, options_.life, options_.program->interval, options_.program->graph.describe()},
                     progress_actor{self_}};
  for (const auto& stage : placement_->plan.stages)
    for (const auto i : stage.nodes)
      if (const auto& node = options_.program->graph.node(i); !node.state_schema.empty()) {
        if (auto err = check_same_partitions(*options_.checkpoint, node.name, stage.partitions))
          return err;
        if (auto err = log_->declare({node.name, stage.partitions, node.state_schema}, node.older_state_schemas))
          return err;
        for (std::uint32_t p = 0; p < stage.partitions; ++p)
          what.commits.states.insert({node.name, partition_id{p}});
      }
  guard.unlock();
  what.log = std::move(log_);
  actors_.store = self_->home_system().spawn(store_behavior, std::move(what));
  watch(actors_.store, {role::store, "the store of the checkpoint"});
  return {};
}

void deployment::spawn_log() {
  if (!blocks_)
    return;
  log_options what{std::move(blocks_), options_.life, options_.input_threads, progress_actor{self_}};
  actors_.log = self_->home_system().spawn(log_behavior, std::move(what));
  watch(actors_.log, {role::store, "the write-ahead log"});
}

void deployment::spawn_generators() {
  gate_ = std::make_shared<admission>(admission::options{options_.how.byte_budget, placement_->plan.inputs.size(),
                                                         workers_.size(), may_grow_late(placement_->plan)});
  process_memory().take_peak(); // what was in memory before says nothing about this program
  for (const auto& edge : placement_->plan.inputs) {
    const auto& node = options_.program->graph.node(edge.to);
    const auto stream = *node.input;
    batch_generator_options what{stream, options_.program->inputs[stream.value()],
                                 edge,   options_.program->interval,
                                 gate_,  actors_.generators.size()};
    // Batches after the last commit on disk: those in flight, and those that wait for a sync of a later one.
    if (options_.reopen)
      what.goes_back = options_.how.max_batches_in_flight + options_.how.checkpoint_interval;
    what.positioned = options_.positioned;
    what.receiver.stream = stream;
    what.receiver.name = node.name;
    what.receiver.rate = limits_of(options_.how, what.from.max_rate);
    what.receiver.clock = options_.clock;
    what.receiver.block_interval = options_.how.block_interval;
    what.name = node.name;
    what.listeners = options_.listeners;
    what.monitor = options_.monitor;
    what.threads = options_.input_threads;
    give_what_comes_again(what);
    what.coordinator = progress_actor{self_};
    what.roll = options_.roll;
    auto& actor = actors_.generators[stream];
    actor = self_->home_system().spawn(batch_generator_behavior, std::move(what));
    watch(actor, {role::input, "input '" + node.name + '\''});
  }
}

/// What the last commit, and what is in the log, say of an input.
void deployment::give_what_comes_again(batch_generator_options& what) const {
  std::string position;
  if (options_.checkpoint && options_.checkpoint->last_commit) {
    const auto& positions = options_.checkpoint->last_commit->positions;
    if (const auto found = positions.find(what.name); found != positions.end())
      position = found->second;
  }
  std::vector<batch_again> again;
  if (!options_.blocks_found) {
    what.again = replay{{}, std::move(position)};
    return;
  }
  for (auto& given : options_.again()) {
    auto& x = again.emplace_back(given.time, input_share{});
    if (const auto found = given.inputs.find(what.name); found != given.inputs.end())
      x.share = std::move(found->second);
  }
  what.is_gated = true;
  what.is_logged = goes_through_log(what.from, options_.how);
  if (const auto found = options_.blocks_found->inputs.find(what.name); found != options_.blocks_found->inputs.end()) {
    what.next_block = found->second.allocated;
    what.log_end = found->second.next;
    what.is_logged |= what.next_block != what.log_end; // these, too, must not come twice
  }
  what.again = replay{std::move(again), std::move(position)};
  if (const auto n = what.again.lost_blocks(); n != 0)
    log_warning(what.name + ": " + std::to_string(n)
                + " blocks of it were in batches that run again, which are without them, as they were not in the "
                  "write-ahead log; "
                + (!what.from.make_source || (what.again.position().empty() && what.goes_back == 0)
                       ? "they are gone"
                       : "they come in later batches if its source has them still"));
}

void deployment::wire() {
  const auto done = [me = shared_from_this()] {
    if (me->then_.done)
      std::exchange(me->then_, {}).done(me->result());
  };
  if (options_.monitor)
    options_.monitor->placed(stage_pictures());
  wire_program(self_, options_.life, options_.program->graph, placement_->plan, actors_,
               static_cast<bool>(options_.monitor), {done, failing()});
}

std::vector<stage_picture> deployment::stage_pictures() const {
  std::vector<stage_picture> result;
  for (const auto& stage : placement_->plan.stages)
    result.push_back({stage.id, stage.on_driver, stage.nodes, std::vector<std::string>(stage.partitions, "driver")});
  for (const auto& [stage, partition, worker] : placement_->places)
    if (worker)
      result[stage.value()].nodes[partition.value()] = to_string(workers_[*worker].address);
  return result;
}

deployed_program deployment::result() const {
  deployed_program result{actors_.generators, gate_, actors_.store, actors_.log, {}, {}, {}, {}};
  for (const auto& [place, actor] : actors_.operators)
    result.operators.push_back(actor);
  if (actors_.log)
    for (const auto& stage : placement_->plan.stages)
      for (std::uint32_t p = 0; stage.runs_outputs && p < stage.partitions; ++p)
        result.gated.push_back(actors_.operators.at({stage.id, partition_id{p}}));
  for (const auto& worker : workers_) {
    result.nodes.push_back(worker.node);
    result.addresses.push_back(to_string(worker.address));
  }
  return result;
}

} // namespace sluice
