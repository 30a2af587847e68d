// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <sluice/testkit/cluster.hpp>
#include <sluice/testkit/runner.hpp>

namespace sluice::testkit {

/// Runs a program on a simulated cluster: the actors of real processes, a driver and its workers, with a network, a
/// clock and a disk made of memory, in one thread. Slower than `harness`; for what depends on nodes.
class mini_cluster final : public runner {
public:
  /// @param workers how many there are beside the driver; without any, the driver does all.
  explicit mini_cluster(compose_function compose, std::size_t workers, runner_options options = {});

  std::string printed() const override { return nodes_.printed(); }

  /// The machines, to kill workers and pull cables.
  cluster& nodes() { return nodes_; }

private:
  void start() override;
  std::optional<std::string> run_batch(batch_time t) override;
  void kill() override;
  std::vector<batch> committed_state(const std::string& operator_name) const override;

  mutable simulated_disk disk_;
  cluster nodes_;
};

} // namespace sluice::testkit
