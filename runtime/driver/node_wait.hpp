// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/runtime/node/node_address.hpp>

namespace sluice {

/// Waits until a node listens at every address: a driver and its workers may be started in any order. Plain logic.
class node_wait {
public:
  /// How it knows, and how it waits.
  struct world {
    /// Why an address cannot be reached; none if a node listens.
    std::function<std::optional<std::string>(const node_address&)> problem_at;
    /// Time that has passed since any moment.
    std::function<duration()> now;
    /// Lets time pass. False to stop waiting.
    std::function<bool(duration)> pause;
    /// Tells people which nodes it waits for; called once, if there are any.
    std::function<void(std::string_view)> say;
  };

  explicit node_wait(world around) : world_{std::move(around)} {}

  /// No error once all of them listen, or if `pause` has had enough. After `patience`, an error that names all that are
  /// missing.
  error until_all_listen(std::vector<node_address> nodes, duration patience) const;

private:
  world world_;
};

} // namespace sluice
