// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "simulated_network.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace sluice::testkit {

class simulation;

/// One actor system of a simulation. Made by `simulation::add_node`, which also owns it.
class simulated_node {
public:
  simulated_node(const simulated_node&) = delete;
  ~simulated_node();

  const std::string& name() const { return name_; }

  /// False after `simulation::kill`; nothing below may be called then.
  bool is_alive() const { return system_ != nullptr; }

  caf::actor_system& system() { return *system_; }
  caf::io::middleman_actor middleman();
  caf::scheduler::test_coordinator& scheduler() { return *scheduler_; }

private:
  friend class simulation;

  simulated_node(std::string name, std::unique_ptr<caf::actor_system_config> config, simulated_network& network);

  std::size_t jobs() const { return system_ ? scheduler_->jobs.size() : 0; }
  std::optional<caf::actor_clock::time_point> next_timeout() const;
  void set_time(caf::actor_clock::time_point t);
  std::uint64_t run_job(std::size_t index);
  void remember(caf::resumable* job);
  void count(const caf::abstract_actor& actor);
  void exit_actors();
  void end();

  std::string name_;
  std::unique_ptr<caf::actor_system_config> config_;
  simulated_network::endpoint endpoint_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  // Every actor that ever ran: the node cannot end before they have.
  std::unordered_map<caf::actor_id, caf::weak_actor_ptr> seen_;
  std::map<std::string, std::uint64_t, std::less<>> handled_;
};

/// A cluster in one thread: several actor systems, one simulated network, one virtual time. The seed decides in which
/// order actors and messages on different ways take turns; the same program with the same seed runs the same way.
///
/// With seed 0 actors take turns one message at a time, first come first served. With any other seed the next step is
/// drawn among all that can happen. Messages from one actor to another keep their order either way.
///
/// Only scheduled actors are simulated: no `detached` or blocking actors, no threads. Drop the handles of a node's
/// actors before the node goes (the test's own handles: declare them after the simulation, or reset them).
class simulation {
public:
  using time_point = caf::actor_clock::time_point;
  using duration = caf::actor_clock::duration_type;

  explicit simulation(std::uint64_t seed = 0);
  simulation(const simulation&) = delete;

  /// Kills all actors of all nodes, lets the rest of the system settle, and ends the nodes. Does not wait for anything.
  ~simulation();

  /// Starts a node that others reach as host `name`. `config` brings message types, actor factories and settings; what
  /// the simulation needs (scheduler, network) is set here. Nothing of the node runs yet.
  simulated_node& add_node(std::string name, std::unique_ptr<caf::actor_system_config> config);

  /// The same with an empty config that `setup` fills.
  simulated_node& add_node(std::string name, const std::function<void(caf::actor_system_config&)>& setup = {});

  /// Lets `node` answer to one more host name, as "localhost". Several nodes may share one, told apart by their ports.
  void add_host(const std::string& host, simulated_node& node) { network_.add_host(host, node.endpoint_); }

  /// Runs everything that can happen without time passing. Throws std::runtime_error when there is no end to it.
  void run_until_idle();

  /// Runs at most `steps` steps, without time passing. False if there was nothing left to do before that.
  bool run_steps(std::uint64_t steps);

  /// Lets time pass on all nodes, from one timeout to the next. Each timeout fires exactly when it is due, and its
  /// effects happen before the next. Something that runs may call it, as a function that takes its time; then this
  /// returns as soon as that has gone further than it should, although there may be more to do.
  void advance(duration d);

  /// The same, until `done` holds or `limit` has passed. Returns whether it holds.
  bool advance_until(const std::function<bool()>& done, duration limit);

  /// From now on nothing more happens once `halted` holds: no message, and no timeout. It is asked before each step, so
  /// what a message does is done as a whole. Null: everything goes on.
  void halt_when(std::function<bool()> halted) { halted_ = std::move(halted); }
  bool is_halted() const { return halted_ && halted_(); }

  /// Virtual time. Its epoch is the Unix epoch and it starts at 2020-01-01T00:00Z: it can stand for the wall clock.
  time_point now() const { return now_; }

  /// The process of `node` ends as with kill -9: its actors are destroyed, others see its connections close.
  void kill(simulated_node& node);

  /// Pulls the cable between two nodes, and puts it back. Connections stay open: only heartbeats notice.
  void cut(simulated_node& a, simulated_node& b) { network_.cut(a.endpoint_, b.endpoint_); }
  void heal(simulated_node& a, simulated_node& b) { network_.heal(a.endpoint_, b.endpoint_); }

  /// Requests an answer of type T from `target` in the name of `node`, and runs until idle. No time passes: an answer
  /// that needs a timeout to fire is reported as `sec::request_timeout`. `ask<>` expects an empty answer.
  template <class... Ts, class Handle, class... Args>
  auto ask(simulated_node& node, const Handle& target, Args&&... args);

  /// Publishes `actor` at `port` of `node`, as `middleman::publish` does.
  template <class Handle>
  caf::expected<std::uint16_t> publish(simulated_node& node, const Handle& actor, std::uint16_t port);

  /// Connects `node` to `host`:`port`, and returns the actor that is published there.
  template <class Handle>
  caf::expected<Handle> remote_actor(simulated_node& node, std::string host, std::uint16_t port);

  /// The number of steps so far, and a hash of them: equal for equal runs.
  std::uint64_t steps() const { return steps_; }
  std::uint64_t trace() const { return trace_; }

  /// How many messages actors of this name have handled so far, on all nodes.
  std::uint64_t handled(std::string_view name) const;

  /// How many bytes the nodes have sent each other and read.
  std::uint64_t network_bytes() const { return network_.bytes_read(); }

private:
  bool step();
  bool step_in_order();
  bool step_at_random();
  bool fire_timeouts();
  void run_until_idle_or_after(time_point last);
  void set_time(time_point t);
  void run_job(std::size_t node, std::size_t job);
  void run_event(const simulated_network::event& e);
  void record(std::uint64_t kind, std::uint64_t where, std::uint64_t id);

  simulated_network network_; // outlives the nodes
  std::vector<std::unique_ptr<simulated_node>> nodes_;
  std::mt19937_64 random_;
  std::function<bool()> halted_;
  bool in_order_;
  std::size_t turn_ = 0;
  time_point now_;
  std::uint64_t steps_ = 0;
  std::uint64_t trace_ = 14695981039346656037u; // FNV-1a
};

template <class... Ts, class Handle, class... Args>
auto simulation::ask(simulated_node& node, const Handle& target, Args&&... args) {
  using answer = typename std::conditional_t<sizeof...(Ts) == 1, std::tuple_element<0, std::tuple<Ts..., void>>,
                                             std::type_identity<std::tuple<Ts...>>>::type;
  caf::expected<answer> result{caf::sec::request_timeout};
  caf::scoped_actor self{node.system(), true};
  auto request = self->request(target, caf::infinite, std::forward<Args>(args)...);
  run_until_idle();
  if (self->peek_at_next_mailbox_element()) // else receiving would block for good
    request.receive([&result](Ts&... xs) { result = answer{std::move(xs)...}; },
                    [&result](caf::error& e) { result = std::move(e); });
  return result;
}

template <class Handle>
caf::expected<std::uint16_t> simulation::publish(simulated_node& node, const Handle& actor, std::uint16_t port) {
  return ask<std::uint16_t>(node, node.middleman(), caf::publish_atom::value, port,
                            caf::actor_cast<caf::strong_actor_ptr>(actor), node.system().message_types<Handle>(),
                            std::string{}, false);
}

template <class Handle>
caf::expected<Handle> simulation::remote_actor(simulated_node& node, std::string host, std::uint16_t port) {
  auto answer = ask<caf::node_id, caf::strong_actor_ptr, std::set<std::string>>(
      node, node.middleman(), caf::connect_atom::value, std::move(host), port);
  if (!answer)
    return std::move(answer.error());
  return caf::actor_cast<Handle>(std::get<1>(*answer));
}

} // namespace sluice::testkit
