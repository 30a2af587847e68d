// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/deployment.hpp>

#include <algorithm>
#include <chrono>

#include <caf/actor_cast.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/protocol/node_protocol.hpp>
#include <sluice/actors/system/endpoint.hpp>
#include <sluice/operators/stage/operator_actor.hpp>
#include <sluice/runtime/driver/checkpoint_check.hpp>
#include <sluice/runtime/intake/batch_generator_actor.hpp>
#include <sluice/state/checkpoint/checkpoint_log.hpp>
#include <sluice/state/commit/store_actor.hpp>

namespace sluice {

namespace {

using namespace std::chrono_literals;

constexpr auto connect_timeout = 10s;
constexpr auto share_timeout = 60s;
constexpr auto spawn_timeout = 30s;

std::string at(const node_address& node) { return "node " + to_string(node) + ": "; }

/// Tells the coordinator when outputs run, while somebody listens.
class output_messenger final : public output_observer {
public:
  output_messenger(progress_actor to, epoch life, std::shared_ptr<const wall_clock> clock,
                   std::shared_ptr<const listener_list> listeners)
      : to_{std::move(to)}, life_{life}, clock_{std::move(clock)}, listeners_{std::move(listeners)} {}

  void started(output_id output, batch_time t) override {
    // Whoever begins to listen while it runs does not hear of its end either.
    somebody_listens_ = !listeners_->is_empty();
    if (somebody_listens_)
      send(output, t, output_event::started, {});
  }

  void completed(output_id output, batch_time t, std::optional<std::string> failure) override {
    if (somebody_listens_)
      send(output, t, failure ? output_event::failed : output_event::completed, std::move(failure).value_or(""));
  }

  void left_out(output_id output, batch_time t) override {
    if (somebody_listens_)
      send(output, t, output_event::left_out, {});
  }

private:
  void send(output_id output, batch_time t, output_event what, std::string failure) {
    caf::anon_send(to_, report_atom::value,
                   output_report{life_, output, t, what, clock_->now().count(), std::move(failure)});
  }

  progress_actor to_;
  epoch life_;
  std::shared_ptr<const wall_clock> clock_;
  std::shared_ptr<const listener_list> listeners_;
  bool somebody_listens_ = false; ///< outputs run one after the other
};

/// The state of a partition is not split or joined (yet).
caf::error check_partitions(const checkpoint_log& log, const std::string& name, std::uint32_t partitions) {
  const auto known = log.operators();
  const auto kept = std::ranges::find(known, name, &state_description::operator_name);
  if (kept == known.end() || kept->partitions == partitions)
    return {};
  const auto stored = std::to_string(kept->partitions);
  return make_error(ec::checkpoint_mismatch, "the checkpoint holds the state of '" + name + "' in " + stored
                                                 + " partitions, and the program would run with "
                                                 + std::to_string(partitions) + "; start it with --partitions " + stored
                                                 + " (or give the operator that number, where it has one of its own), "
                                                   "or choose another directory");
}

} // namespace

void deployment::start() {
  for (const auto& address : options_.how.nodes)
    workers_.push_back({address, {}, {}, {}});
  greet(0);
}

void deployment::fail(caf::error why) {
  if (then_.failed)
    std::exchange(then_, {}).failed(std::move(why));
}

std::function<void(caf::error&)> deployment::failing(std::string where, std::string what) {
  return [me = shared_from_this(), where = std::move(where), what = std::move(what)](caf::error& why) {
    if (why == caf::sec::request_receiver_down)
      return; // whoever was asked is watched: his death says more
    // Our own errors are whole sentences; CAF's say too little to be shown alone.
    if (why.category() == caf::atom("sluice"))
      me->fail(make_error(static_cast<ec>(why.code()), where + describe(why)));
    else
      me->fail(make_error(ec::connection_failed, where + what + " (" + describe(why) + ")"));
  };
}

// One worker after the other: a bad one is named before the next is asked.
void deployment::greet(std::size_t index) {
  if (index == workers_.size())
    return introduce_workers();
  const auto& address = workers_[index].address;
  const auto no_node =
      "whoever listens there does not answer as a Sluice node does; start one there with --node " + to_string(address);
  self_
      ->request(spawn_connection(self_->home_system(), address.host, address.port), connect_timeout,
                caf::connect_atom::value)
      .then(
          [me = shared_from_this(), index, no_node](const caf::node_id& id, const caf::strong_actor_ptr& actor) {
            if (actor == nullptr)
              return me->fail(make_error(ec::connection_failed, at(me->workers_[index].address) + no_node));
            const auto node = caf::actor_cast<node_actor>(actor);
            me->watch(node, {role::node, "the worker", me->workers_[index].address});
            me->say_hello(index, id, node);
          },
          [me = shared_from_this(), index, otherwise = failing(at(address), no_node)](caf::error& why) {
            if (why != caf::sec::cannot_connect_to_node)
              return otherwise(why);
            const auto& gone = me->workers_[index].address;
            me->fail(
                make_error(ec::connection_failed,
                           at(gone) + "nobody listens there any more; start it there with --node " + to_string(gone)));
          });
}

void deployment::say_hello(std::size_t index, caf::node_id id, node_actor node) {
  hello greeting{node_protocol, options_.build, options_.program->graph.fingerprint(), options_.arguments,
                 options_.life};
  self_->request(node, connect_timeout, hello_atom::value, std::move(greeting))
      .then(
          [me = shared_from_this(), index, id, node](const welcome& answer) {
            auto& worker = me->workers_[index];
            worker.id = id;
            worker.node = node;
            worker.answer = answer;
            me->program_.nodes.push_back(node);
            me->share(index, 0);
          },
          failing(at(workers_[index].address), "it does not answer; start it again"));
}

/// Sends a worker the broadcast values, one after the other, then goes on to the next worker.
void deployment::share(std::size_t index, std::uint32_t value) {
  const auto& values = options_.program->broadcasts;
  if (value == values.size())
    return greet(index + 1);
  const auto& to = workers_[index];
  self_->request(to.node, share_timeout, share_atom::value, to.answer.job, value, values[value]->encode())
      .then([me = shared_from_this(), index, value](ready_atom) { me->share(index, value + 1); },
            failing(at(to.address), "it does not take a broadcast value"));
}

/// Lets every worker connect to those before it; otherwise what they send each other would go through this process.
void deployment::introduce_workers() {
  pending_ = 1;
  std::vector<std::string> known;
  for (const auto& worker : workers_) {
    ++pending_;
    self_->request(worker.node, connect_timeout, meet_atom::value, known)
        .then([me = shared_from_this()](ready_atom) { me->introduced(); },
              failing(at(worker.address), "it cannot reach the other workers"));
    known.push_back(to_string(worker.address));
  }
  introduced();
}

void deployment::introduced() {
  if (--pending_ == 0)
    spawn_operators();
}

std::optional<batch_time> deployment::zero_time() const {
  if (options_.checkpoint && options_.checkpoint->last_commit())
    return options_.checkpoint->last_commit()->zero;
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
  if (stage.runs_outputs && options_.listeners)
    setting.outputs =
        std::make_shared<output_messenger>(progress_actor{self_}, options_.life, options_.clock, options_.listeners);
  auto make = [program = options_.program, where = placement_, &stage, partition, setting]() -> expected<placed_stage> {
    return placed_stage{stage, partition, std::make_unique<sluice::stage>(program->graph, stage, partition, setting)};
  };
  auto& actor = operators_[{stage.id, partition}];
  actor = self_->home_system().spawn(operator_behavior, progress_actor{self_}, stage_maker{std::move(make)});
  watch(actor, {role::stage, name_of(stage, partition)});
  spawned();
}

void deployment::spawn_remote(const worker& on, const stage_plan& stage, partition_id partition) {
  auto arguments =
      caf::make_message(progress_actor{self_}, on.answer.job, placement_->default_partitions, stage.id.value(),
                        partition.value(), zero_time().value_or(batch_time{no_zero_time}).ms());
  request_spawn<operator_actor>(self_, spawn_timeout, on.id, operator_type_name, std::move(arguments))
      .then(
          [me = shared_from_this(), key = std::pair{stage.id, partition},
           as = participant{role::stage, name_of(stage, partition), on.address}](const caf::strong_actor_ptr& actor) {
            const auto handle = caf::actor_cast<operator_actor>(actor);
            me->operators_[key] = handle;
            me->watch(handle, as);
            me->spawned();
          },
          failing(at(on.address), "an operator cannot be placed there"));
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
  spawn_store();
  spawn_generators();
  wire();
}

void deployment::spawn_store() {
  if (!options_.checkpoint)
    return;
  store_options what{options_.checkpoint,
                     {{}, options_.life, options_.program->interval, options_.program->graph.describe()},
                     progress_actor{self_}};
  for (const auto& stage : placement_->plan.stages)
    for (const auto i : stage.nodes)
      if (const auto& node = options_.program->graph.node(i); !node.state_schema.empty()) {
        if (auto err = check_partitions(*options_.checkpoint, node.name, stage.partitions))
          return fail(std::move(err));
        if (auto err = options_.checkpoint->declare({node.name, stage.partitions, node.state_schema}))
          return fail(std::move(err));
        for (std::uint32_t p = 0; p < stage.partitions; ++p)
          what.commits.states.insert({node.name, partition_id{p}});
      }
  program_.store = self_->home_system().spawn(store_behavior, std::move(what));
  watch(program_.store, {role::store, "the store of the checkpoint"});
}

void deployment::spawn_generators() {
  program_.gate = std::make_shared<admission>(admission::options{
      options_.how.byte_budget, placement_->plan.inputs.size(), workers_.size(), may_grow_late(placement_->plan)});
  for (const auto& edge : placement_->plan.inputs) {
    const auto& node = options_.program->graph.node(edge.to);
    const auto stream = *node.input;
    batch_generator_options what{stream,
                                 options_.program->inputs[stream.value()],
                                 edge,
                                 options_.program->interval,
                                 program_.gate,
                                 program_.generators.size(),
                                 {},
                                 {}};
    what.receiver.stream = stream;
    what.receiver.name = node.name;
    what.receiver.block_interval = options_.how.block_interval;
    what.name = node.name;
    what.listeners = options_.listeners;
    what.threads = options_.input_threads;
    if (options_.checkpoint && options_.checkpoint->last_commit()) {
      const auto& positions = options_.checkpoint->last_commit()->positions;
      if (const auto found = positions.find(node.name); found != positions.end())
        what.position = found->second;
    }
    what.coordinator = progress_actor{self_};
    what.roll = options_.roll;
    auto& actor = program_.generators[stream];
    actor = self_->home_system().spawn(batch_generator_behavior, std::move(what));
    watch(actor, {role::input, "input '" + node.name + '\''});
  }
}

wiring deployment::links(std::span<const plan_edge> edges) const {
  wiring result{options_.life, {}, progress_actor{self_}, program_.store};
  for (const auto& edge : edges) {
    auto& to = result.routes.emplace_back();
    to.edge = edge.id;
    for (std::uint32_t p = 0; p < edge.targets; ++p)
      to.targets.push_back(operators_.at({edge.to_stage, partition_id{p}}));
  }
  return result;
}

void deployment::wire() {
  if (!then_.done)
    return; // the store was refused
  pending_ = operators_.size() + program_.generators.size();
  const auto ready = [me = shared_from_this()](ready_atom) { me->wired(); };
  // Without a limit, as a large state takes its time to load. Each piece of it is a step of its own, and whoever stops
  // answering has died, which is noticed.
  for (const auto& [place, actor] : operators_)
    self_->request(actor, caf::infinite, deploy_atom::value, links(placement_->plan.stage(place.first).outbound))
        .then(ready, failing("", "an operator did not start"));
  for (const auto& edge : placement_->plan.inputs)
    self_
        ->request(program_.generators.at(*options_.program->graph.node(edge.to).input), caf::infinite,
                  deploy_atom::value, links({&edge, 1}))
        .then(ready, failing("", "an input did not start"));
}

void deployment::wired() {
  if (--pending_ == 0 && then_.done)
    std::exchange(then_, {}).done(std::move(program_));
}

} // namespace sluice
