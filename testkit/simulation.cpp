// SPDX-License-Identifier: BSD-3-Clause
#include "simulation.hpp"

#include <caf/atom.hpp>
#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/local_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include <sluice/actors/system/endpoint.hpp>

namespace sluice::testkit {

namespace {

constexpr std::chrono::seconds start_of_time{1577836800};

// Enough for any test that ends, and reached within seconds by one that does not.
constexpr std::uint64_t step_limit = 5'000'000;

constexpr std::uint64_t timeout_kind = 0;
constexpr std::uint64_t job_kind = 1;
constexpr std::uint64_t event_kind = 2;

} // namespace

// -- simulated_node ---------------------------------------------------------------------------------------------------

simulated_node::simulated_node(std::string name, std::unique_ptr<caf::actor_system_config> config,
                               simulated_network& network)
    : name_{std::move(name)}, config_{std::move(config)}, endpoint_{network.attach(*config_, name_)} {
  // The last scheduler in a config is the one that counts.
  config_->module_factories.push_back([](caf::actor_system& system) -> caf::actor_system::module* {
    return std::make_unique<caf::scheduler::test_coordinator>(system).release();
  });
  config_->set("logger.inline-output", true);
  config_->set("logger.file-verbosity", caf::atom("quiet"));
  system_ = std::make_unique<caf::actor_system>(*config_);
  scheduler_ = &dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

simulated_node::~simulated_node() { end(); }

void simulated_node::end() {
  if (!system_)
    return;
  // Actors may start others while they end, so this can take more than one round.
  for (int round = 0; round < 10 && system_->registry().running() > 0; ++round) {
    exit_actors();
    scheduler_->clock().cancel_all();
    do
      for (auto job : scheduler_->jobs)
        remember(job); // among them those that the last one has started
    while (scheduler_->try_run_once() || system_->middleman().backend().try_run_once());
  }
  scheduler_->clock().cancel_all(); // CAF's shutdown runs until no timeout is left, and never ends if one sets the next
  seen_.clear();
  if (auto left = system_->registry().running(); left > 0) {
    // Waiting for them would hang, and CAF crashes if it ends without them. A leak is better; a sanitizer reports it.
    std::fprintf(stderr, "simulated node %s: %zu actors do not end (lazy, blocking or detached?)\n", name_.c_str(),
                 left);
    static_cast<void>(system_.release());
    static_cast<void>(config_.release());
  }
  system_.reset();
}

caf::io::middleman_actor simulated_node::middleman() { return network_actor(*system_); }

std::optional<caf::actor_clock::time_point> simulated_node::next_timeout() const {
  if (!system_ || scheduler_->clock().schedule().empty())
    return std::nullopt;
  return scheduler_->clock().schedule().begin()->first;
}

void simulated_node::set_time(caf::actor_clock::time_point t) {
  scheduler_->clock().current_time = t;
  scheduler_->clock().trigger_expired_timeouts();
}

std::uint64_t simulated_node::run_job(std::size_t index) {
  auto& jobs = scheduler_->jobs;
  std::rotate(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(index),
              jobs.begin() + static_cast<std::ptrdiff_t>(index) + 1);
  auto job = jobs.front();
  remember(job);
  auto actor = dynamic_cast<caf::abstract_actor*>(job);
  auto id = actor ? actor->id() : 0;
  if (actor)
    count(*actor);
  scheduler_->try_run_once(); // handles one message, and leaves the job in front if there are more
  if (jobs.size() > 1 && jobs.front() == job)
    std::rotate(jobs.begin(), jobs.begin() + 1, jobs.end());
  return id;
}

void simulated_node::remember(caf::resumable* job) {
  auto actor = dynamic_cast<caf::abstract_actor*>(job);
  // CAF's own helpers are not registered: the system ends them itself.
  if (actor && actor->getf(caf::abstract_actor::is_registered_flag))
    seen_.try_emplace(actor->id(), actor->ctrl());
}

void simulated_node::count(const caf::abstract_actor& actor) {
  if (auto local = dynamic_cast<const caf::local_actor*>(&actor))
    ++handled_[local->name()];
}

void simulated_node::exit_actors() {
  for (auto job : scheduler_->jobs)
    remember(job);
  for (auto& [id, weak] : seen_)
    if (auto actor = weak.lock(); actor && actor->get()->getf(caf::abstract_actor::is_registered_flag))
      caf::anon_send_exit(actor, caf::exit_reason::kill);
}

// -- simulation -------------------------------------------------------------------------------------------------------

simulation::simulation(std::uint64_t seed) : random_{seed}, in_order_{seed == 0}, now_{start_of_time} {}

simulation::~simulation() {
  halted_ = nullptr;
  // First with the network up, so that the nodes part in peace and CAF lets go of its proxies; then one after another.
  try {
    for (auto& node : nodes_)
      if (node->is_alive())
        node->exit_actors();
    run_until_idle();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "simulation: %s\n", e.what());
  }
  for (auto& node : nodes_)
    if (node->is_alive())
      kill(*node);
}

simulated_node& simulation::add_node(std::string name, std::unique_ptr<caf::actor_system_config> config) {
  nodes_.emplace_back(new simulated_node{std::move(name), std::move(config), network_});
  nodes_.back()->scheduler().clock().current_time = now_;
  return *nodes_.back();
}

simulated_node& simulation::add_node(std::string name, const std::function<void(caf::actor_system_config&)>& setup) {
  auto config = std::make_unique<caf::actor_system_config>();
  if (setup)
    setup(*config);
  return add_node(std::move(name), std::move(config));
}

void simulation::kill(simulated_node& node) {
  network_.end(node.endpoint_, [&node] { node.end(); });
}

void simulation::run_until_idle() { run_until_idle_or_after(time_point::max()); }

/// Something that runs may let time pass itself, and then others may always have something to do: not after `last`.
void simulation::run_until_idle_or_after(time_point last) {
  auto limit = steps_ + step_limit;
  auto since = now_;
  do {
    while (now_ <= last && step()) {
      if (std::exchange(since, now_) != now_)
        limit = steps_ + step_limit;
      if (steps_ > limit)
        throw std::runtime_error{
            "the actors of this simulation are never idle: they keep sending without time passing"};
    }
  } while (now_ <= last && !is_halted() && fire_timeouts());
}

bool simulation::run_steps(std::uint64_t steps) {
  for (; steps != 0; --steps)
    if (!step() && !(!is_halted() && fire_timeouts() && step()))
      return false;
  return true;
}

void simulation::advance(duration d) {
  advance_until([] { return false; }, d);
}

bool simulation::advance_until(const std::function<bool()>& done, duration limit) {
  auto target = now_ + limit;
  for (;;) {
    run_until_idle_or_after(target);
    if (done())
      return true;
    if (now_ > target || is_halted())
      return false;
    auto next = target;
    for (auto& node : nodes_)
      next = std::min(next, node->next_timeout().value_or(target));
    if (next >= target)
      break;
    set_time(next);
  }
  set_time(target);
  run_until_idle_or_after(target);
  return done();
}

void simulation::set_time(time_point t) {
  if (t < now_)
    return; // something that ran has advanced further itself
  now_ = t;
  record(timeout_kind, 0, static_cast<std::uint64_t>(t.time_since_epoch().count()));
  for (auto& node : nodes_)
    if (node->is_alive())
      node->set_time(t);
}

bool simulation::fire_timeouts() {
  auto due = std::ranges::any_of(nodes_, [this](auto& node) {
    auto next = node->next_timeout();
    return next && *next <= now_;
  });
  if (due)
    set_time(now_);
  return due;
}

bool simulation::step() {
  if (is_halted() || !(in_order_ ? step_in_order() : step_at_random()))
    return false;
  ++steps_;
  return true;
}

bool simulation::step_in_order() {
  // Each node has its turn, then the network.
  for (std::size_t tried = 0; tried <= nodes_.size(); ++tried) {
    auto turn = turn_++ % (nodes_.size() + 1);
    if (turn < nodes_.size()) {
      if (nodes_[turn]->jobs() > 0) {
        run_job(turn, 0);
        return true;
      }
    } else if (auto events = network_.pending(); !events.empty()) {
      run_event(events[turn_ / (nodes_.size() + 1) % events.size()]);
      return true;
    }
  }
  return false;
}

bool simulation::step_at_random() {
  auto events = network_.pending();
  auto choices = events.size();
  for (auto& node : nodes_)
    choices += node->jobs();
  if (choices == 0)
    return false;
  // Not a std distribution: those differ between standard libraries, and a seed should mean the same run everywhere.
  auto choice = static_cast<std::size_t>(random_() % choices);
  if (choice < events.size()) {
    run_event(events[choice]);
    return true;
  }
  choice -= events.size();
  std::size_t node = 0;
  for (; choice >= nodes_[node]->jobs(); ++node)
    choice -= nodes_[node]->jobs();
  run_job(node, choice);
  return true;
}

void simulation::run_job(std::size_t node, std::size_t job) { record(job_kind, node, nodes_[node]->run_job(job)); }

void simulation::run_event(const simulated_network::event& e) {
  record(event_kind + static_cast<std::uint64_t>(e.kind), e.where, static_cast<std::uint64_t>(e.id));
  network_.run(e);
}

std::uint64_t simulation::handled(std::string_view name) const {
  std::uint64_t result = 0;
  for (const auto& node : nodes_)
    if (auto found = node->handled_.find(name); found != node->handled_.end())
      result += found->second;
  return result;
}

void simulation::record(std::uint64_t kind, std::uint64_t where, std::uint64_t id) {
  for (auto x : {kind, where, id})
    trace_ = (trace_ ^ x) * 1099511628211u;
}

} // namespace sluice::testkit
