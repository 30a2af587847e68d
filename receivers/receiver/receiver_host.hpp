// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <caf/fwd.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/batch.hpp>

namespace sluice {

/// The environment of a receiver: the receiver actor, or a test. A receiver passes its wishes on here. The host notes
/// each one and acts on it later, in order, on its own thread. Every function is thread safe and returns at once.
class receiver_host {
public:
  virtual ~receiver_host() = default;

  /// A finished block.
  virtual void block(batch x) = 0;
  /// The last block has been passed.
  virtual void drained() = 0;
  /// A mark has been set on records that are durable or committed already: the receiver is to be told.
  virtual void marked() = 0;
  virtual void report(std::string what) = 0;
  /// Something worth knowing that is no error.
  virtual void note(std::string what) = 0;
  virtual void restart(std::string why, duration delay) = 0;
  virtual void stop(error why) = 0;
  /// Where actors that a receiver needs are spawned.
  virtual caf::actor_system& system() = 0;
};

} // namespace sluice
