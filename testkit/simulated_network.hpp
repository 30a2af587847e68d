// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/actor_system_config.hpp>
#include <caf/fwd.hpp>
#include <caf/io/accept_handle.hpp>
#include <caf/io/connection_handle.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice::testkit {

/// The wires between simulated nodes: CAF's testing multiplexer, and the parts that it leaves to the test. Hosts have
/// names. A connect finds the node that listens, and is refused if there is none. Both ends see a close, and links can
/// be cut.
///
/// Nothing moves by itself: everything that could happen next is an event, and the caller decides which one happens.
/// Bytes of one connection keep their order. Lives in one thread; must outlive every actor system that was attached to
/// it.
class simulated_network {
public:
  /// The place of one actor system in the network, handed out by `attach`; ids are never used twice.
  using endpoint = std::size_t;

  enum class event_kind { run, accept, read, close };

  /// Something that can happen now at `where`. `id` tells events of one kind apart and is the same in every equal run.
  struct event {
    event_kind kind;
    endpoint where;
    std::int64_t id;
  };

  simulated_network();
  simulated_network(const simulated_network&) = delete;
  ~simulated_network();

  /// Makes the actor system that will be built from `config` a node of this network which others reach as `host`. Call
  /// once for each config, after it loaded its own modules: the last middleman in a config is the one that counts.
  /// Several nodes may share a host; ports tell them apart.
  endpoint attach(caf::actor_system_config& config, const std::string& host);

  /// Makes `e` answer to one more host name or address.
  void add_host(const std::string& host, endpoint e);

  /// The events that can happen now, in the order in which connections were made. Events of cut links are left out.
  std::vector<event> pending();

  /// Makes `e` happen. Requires that `e` comes from the last call of `pending`, and that nothing ran since.
  void run(const event& e);

  /// Bytes that all nodes together have read so far.
  std::uint64_t bytes_read() const { return bytes_read_; }

  /// From now on nothing passes between `a` and `b`, as with a pulled cable: connections stay open, what is on the wire
  /// stays there until `heal`, a new connect fails.
  void cut(endpoint a, endpoint b);
  void heal(endpoint a, endpoint b);

  /// The process behind `e` ends, as with kill -9: `destroy` ends its actor system, and nothing it writes meanwhile
  /// leaves. Others still read what it had sent before, then see the connection close, and cannot connect any more.
  void end(endpoint e, const std::function<void()>& destroy);

private:
  class multiplexer;
  class module;

  struct side {
    endpoint where;
    caf::io::connection_handle handle;
    bool attached = false; // whether a broker has ever owned this side
  };

  struct link {
    side client;
    side server;
    caf::io::accept_handle acceptor;
    bool accepted = false;
  };

  multiplexer* listener(endpoint from, const std::string& host, std::uint16_t port) const;
  bool is_listening(endpoint e, std::uint16_t port) const;
  bool is_cut(endpoint a, endpoint b) const;
  bool is_closed(const side& s) const;
  bool can_accept(const link& l) const;
  bool can_read(const side& s) const;
  bool must_close(const link& l, const side& s, const side& other) const;
  void refresh();

  std::vector<multiplexer*> nodes_; // null before its system is built and after its end
  std::multimap<std::string, endpoint> hosts_;
  std::map<std::pair<endpoint, std::uint16_t>, caf::io::accept_handle> acceptors_;
  std::set<std::pair<endpoint, endpoint>> cuts_;
  std::vector<link> links_;
  std::int64_t last_handle_ = 0;
  std::uint16_t last_port_ = 49151;
  std::uint64_t bytes_read_ = 0;
};

} // namespace sluice::testkit
