// SPDX-License-Identifier: BSD-3-Clause
#include "simulated_network.hpp"

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/expected.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/test_multiplexer.hpp>

#include <algorithm>
#include <cassert>

namespace sluice::testkit {

/// One node's end of all its wires.
class simulated_network::multiplexer : public caf::io::network::test_multiplexer {
public:
  multiplexer(caf::actor_system& system, simulated_network& network, endpoint self)
      : test_multiplexer{&system}, network_{network}, self_{self} {
    // Code that runs in this thread is inside the event loop: there is no other thread.
    thread_id(std::this_thread::get_id());
    network_.nodes_[self_] = this;
  }

  ~multiplexer() override { network_.nodes_[self_] = nullptr; }

  caf::expected<caf::io::scribe_ptr> new_tcp_scribe(const std::string& host, std::uint16_t port) override {
    auto server = network_.listener(self_, host, port);
    if (!server)
      return caf::sec::cannot_connect_to_node;
    link l;
    l.acceptor = network_.acceptors_.at({server->self_, port});
    l.server = {server->self_, caf::io::connection_handle::from_int(++network_.last_handle_)};
    l.client = {self_, caf::io::connection_handle::from_int(++network_.last_handle_)};
    server->prepare_connection(l.acceptor, l.server.handle, *this, host, port, l.client.handle);
    // CAF keeps pending connects unordered; we hand it each one when its accept is due.
    server->pending_connects().erase(l.acceptor);
    network_.links_.push_back(l);
    return test_multiplexer::new_tcp_scribe(host, port);
  }

  caf::expected<caf::io::doorman_ptr> new_tcp_doorman(std::uint16_t port, const char* in, bool reuse) override {
    if (port == 0)
      port = ++network_.last_port_;
    if (network_.is_listening(self_, port))
      return caf::sec::cannot_open_port;
    provide_acceptor(port, caf::io::accept_handle::from_int(++network_.last_handle_));
    auto doorman = test_multiplexer::new_tcp_doorman(port, in, reuse);
    if (doorman) {
      auto handle = (*doorman)->hdl(); // CAF may reuse the one of a doorman that was closed
      stopped_reading(handle) = false;
      network_.acceptors_[{self_, port}] = handle;
    }
    return doorman;
  }

  bool has_runnable() const { return runnables_ > 0; }

  void run_one() {
    --runnables_;
    try_exec_runnable();
  }

protected:
  void exec_later(caf::resumable* what) override {
    if (what->subtype() == caf::resumable::io_actor || what->subtype() == caf::resumable::function_object)
      ++runnables_;
    test_multiplexer::exec_later(what);
  }

private:
  simulated_network& network_;
  endpoint self_;
  std::size_t runnables_ = 0;
};

/// CAF's middleman with our multiplexer.
class simulated_network::module : public caf::io::middleman {
public:
  module(caf::actor_system& system, simulated_network& network, endpoint self) :middleman{system}, backend_{system,
                                                                                                            network,
                                                                                                            self} {}

  caf::io::network::multiplexer& backend() override { return backend_; }

private:
  multiplexer backend_;
};

simulated_network::simulated_network() = default;
simulated_network::~simulated_network() = default;

simulated_network::endpoint simulated_network::attach(caf::actor_system_config& config, const std::string& host) {
  auto self = nodes_.size();
  nodes_.push_back(nullptr);
  add_host(host, self);
  // CAF reads this name to keep its helpers off threads of their own; the class itself is ours.
  config.set("middleman.network-backend", caf::atom("testing"));
  config.set("middleman.workers", std::size_t{0});
  config.module_factories.push_back([this, self](caf::actor_system& system) -> caf::actor_system::module* {
    return std::make_unique<module>(system, *this, self).release();
  });
  return self;
}

void simulated_network::add_host(const std::string& host, endpoint e) { hosts_.emplace(host, e); }

void simulated_network::cut(endpoint a, endpoint b) { cuts_.insert(std::minmax(a, b)); }
void simulated_network::heal(endpoint a, endpoint b) { cuts_.erase(std::minmax(a, b)); }
bool simulated_network::is_cut(endpoint a, endpoint b) const { return cuts_.contains(std::minmax(a, b)); }

void simulated_network::end(endpoint e, const std::function<void()>& destroy) {
  nodes_[e] = nullptr;
  // A dying node writes straight into the inboxes of its peers: what is more than now is taken away again.
  std::vector<std::pair<std::vector<char>*, std::size_t>> inboxes;
  for (auto& l : links_)
    for (auto [dying, peer] : {std::pair{l.client, l.server}, std::pair{l.server, l.client}})
      if (dying.where == e && nodes_[peer.where]) {
        auto& inbox = nodes_[peer.where]->virtual_network_buffer(peer.handle);
        inboxes.emplace_back(&inbox, inbox.size());
      }
  destroy();
  for (auto [inbox, size] : inboxes)
    inbox->resize(size);
}

bool simulated_network::is_listening(endpoint e, std::uint16_t port) const {
  auto i = acceptors_.find({e, port});
  return nodes_[e] && i != acceptors_.end() && !nodes_[e]->stopped_reading(i->second);
}

simulated_network::multiplexer* simulated_network::listener(endpoint from, const std::string& host,
                                                            std::uint16_t port) const {
  for (auto [i, last] = hosts_.equal_range(host); i != last; ++i)
    if (is_listening(i->second, port) && !is_cut(from, i->second))
      return nodes_[i->second];
  // Automatic connections use the addresses of this machine's network cards, and a port that we chose.
  if (port > 49151)
    for (endpoint e = 0; e < nodes_.size(); ++e)
      if (is_listening(e, port) && !is_cut(from, e))
        return nodes_[e];
  return nullptr;
}

bool simulated_network::is_closed(const side& s) const {
  if (!nodes_[s.where])
    return true;
  auto& scribe = nodes_[s.where]->impl_ptr(s.handle);
  return s.attached && (!scribe || scribe->detached());
}

bool simulated_network::can_accept(const link& l) const {
  if (l.accepted || !nodes_[l.server.where] || nodes_[l.server.where]->stopped_reading(l.acceptor))
    return false;
  auto& doorman = nodes_[l.server.where]->impl_ptr(l.acceptor);
  return doorman && !doorman->detached();
}

bool simulated_network::can_read(const side& s) const {
  if (!s.attached || is_closed(s))
    return false;
  auto node = nodes_[s.where];
  if (node->passive_mode(s.handle)
      || !node->impl_ptr(s.handle)->parent()->getf(caf::abstract_actor::is_initialized_flag))
    return false;
  auto [how, size] = node->read_config(s.handle);
  auto available = node->virtual_network_buffer(s.handle).size();
  return how == caf::io::receive_policy_flag::at_most ? available > 0 : available >= size;
}

bool simulated_network::must_close(const link& l, const side& s, const side& other) const {
  if (!s.attached || is_closed(s) || can_read(s))
    return false;
  if (&other == &l.server && !l.accepted)
    return !nodes_[other.where] || nodes_[other.where]->stopped_reading(l.acceptor);
  return is_closed(other);
}

void simulated_network::refresh() {
  for (auto& l : links_)
    for (auto s : {&l.client, &l.server})
      if (auto node = nodes_[s->where]; node && !s->attached)
        s->attached = node->impl_ptr(s->handle) && !node->impl_ptr(s->handle)->detached();
  std::erase_if(links_, [this](const link& l) { return is_closed(l.client) && (!l.accepted || is_closed(l.server)); });
}

std::vector<simulated_network::event> simulated_network::pending() {
  refresh();
  std::vector<event> result;
  for (endpoint e = 0; e < nodes_.size(); ++e)
    if (nodes_[e] && nodes_[e]->has_runnable())
      result.push_back({event_kind::run, e, 0});
  for (auto& l : links_) {
    if (is_cut(l.client.where, l.server.where))
      continue;
    if (can_accept(l))
      result.push_back({event_kind::accept, l.server.where, l.server.handle.id()});
    for (auto [s, other] : {std::pair{&l.client, &l.server}, std::pair{&l.server, &l.client}})
      if (can_read(*s))
        result.push_back({event_kind::read, s->where, s->handle.id()});
      else if (must_close(l, *s, *other))
        result.push_back({event_kind::close, s->where, s->handle.id()});
  }
  return result;
}

void simulated_network::run(const event& e) {
  auto node = nodes_[e.where];
  auto handle = caf::io::connection_handle::from_int(e.id);
  switch (e.kind) {
    case event_kind::run: node->run_one(); break;
    case event_kind::accept: {
      auto l = std::ranges::find_if(links_, [&](const link& x) { return x.server.handle == handle; });
      assert(l != links_.end());
      l->accepted = true;
      auto acceptor = l->acceptor; // accepting may connect, which moves the links
      node->add_pending_connect(acceptor, handle);
      node->accept_connection(acceptor);
      break;
    }
    case event_kind::read: {
      const auto waiting = [&] { return node->virtual_network_buffer(handle).size(); };
      const auto before = waiting();
      node->try_read_data(handle);
      bytes_read_ += before - waiting();
      break;
    }
    case event_kind::close: node->impl_ptr(handle)->io_failure(node, caf::io::network::operation::read); break;
  }
}

} // namespace sluice::testkit
