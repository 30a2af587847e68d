// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/handshake.hpp>

#include <chrono>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/sec.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/protocol/node_protocol.hpp>
#include <sluice/actors/system/endpoint.hpp>
#include <sluice/runtime/driver/supervision.hpp>

namespace sluice {

namespace {

using namespace std::chrono_literals;

constexpr auto connect_timeout = 10s;
constexpr auto share_timeout = 60s;

std::string at(const node_address& node) { return "node " + to_string(node) + ": "; }

} // namespace

void handshake::start() {
  for (const auto& address : options_.how.nodes)
    workers_.push_back({address, {}, {}, {}});
  greet(0);
}

std::function<void(caf::error&)> handshake::failing(std::string where, std::string what) {
  return on_failed_request(std::move(where), std::move(what),
                           [me = shared_from_this()](caf::error why) { me->then_.failed(std::move(why)); });
}

// One worker after the other: a bad one is named before the next is asked.
void handshake::greet(std::size_t index) {
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
            const auto& where = me->workers_[index].address;
            if (actor == nullptr)
              return me->then_.failed(make_error(ec::connection_failed, at(where) + no_node));
            const auto node = caf::actor_cast<node_actor>(actor);
            me->then_.connected(node, where);
            me->say_hello(index, id, node);
          },
          [me = shared_from_this(), index, otherwise = failing(at(address), no_node)](caf::error& why) {
            if (why != caf::sec::cannot_connect_to_node)
              return otherwise(why);
            const auto& gone = me->workers_[index].address;
            me->then_.failed(
                make_error(ec::connection_failed,
                           at(gone) + "nobody listens there any more; start it there with --node " + to_string(gone)));
          });
}

void handshake::say_hello(std::size_t index, caf::node_id id, node_actor node) {
  hello greeting{node_protocol, options_.build, options_.program->graph.fingerprint(), options_.arguments,
                 options_.life};
  self_->request(node, connect_timeout, hello_atom::value, std::move(greeting))
      .then(
          [me = shared_from_this(), index, id, node](const welcome& answer) {
            auto& worker = me->workers_[index];
            worker.id = id;
            worker.node = node;
            worker.answer = answer;
            me->share(index, 0);
          },
          failing(at(workers_[index].address), "it does not answer; start it again"));
}

/// Sends a worker the broadcast values, one after the other, then goes on to the next worker.
void handshake::share(std::size_t index, std::uint32_t value) {
  const auto& values = options_.program->broadcasts;
  if (value == values.size())
    return greet(index + 1);
  const auto& to = workers_[index];
  self_->request(to.node, share_timeout, share_atom::value, to.answer.job, value, values[value]->encode())
      .then([me = shared_from_this(), index, value](ready_atom) { me->share(index, value + 1); },
            failing(at(to.address), "it does not take a broadcast value"));
}

/// Lets every worker connect to those before it; otherwise what they send each other would go through this process.
void handshake::introduce_workers() {
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

void handshake::introduced() {
  if (--pending_ == 0)
    then_.done(std::move(workers_));
}

} // namespace sluice
