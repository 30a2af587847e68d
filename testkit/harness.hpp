// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <vector>

#include <sluice/testkit/runner.hpp>

namespace sluice::testkit {

class pipeline;

/// Runs a program in the calling thread without actors: its stages and partitions are those of a real run, but messages
/// between them are delivered by a loop, with `options.seed` in another order than that of their sending. Microseconds
/// a batch, so it is the place for most tests, and for thousands of random ones.
class harness final : public runner {
public:
  explicit harness(compose_function compose, runner_options options = {});
  ~harness() override;

  std::string printed() const override;
  std::string logged() const override { return log_; }

private:
  void start(const composing& program) override;
  std::optional<std::string> run_batch(batch_time t) override;
  void kill() override;
  std::vector<batch> committed_state(const std::string& operator_name) const override;

  std::unique_ptr<pipeline> running_;
  std::vector<state_update> committed_;
  std::optional<batch_time> last_;
  std::string printed_; ///< before the last crash
  std::string log_;
};

} // namespace sluice::testkit
