// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <sluice/actors/base/wall_clock.hpp>
#include <sluice/actors/protocol/messages.hpp>
#include <sluice/operators/stage/output_observer.hpp>
#include <sluice/operators/stage/stage_effects.hpp>
#include <sluice/runtime/intake/batch_generator.hpp>
#include <sluice/runtime/monitor/listener_bus.hpp>
#include <sluice/testkit/composing.hpp>

namespace sluice::testkit {

/// Tells a program's listeners on a pipeline what a coordinator tells them. Its time of day is that of the last cut.
class announcer final : public output_observer {
public:
  /// `inputs`: how many input streams take part.
  /// `start`: the time of day at which the program starts.
  announcer(const composing& program, std::size_t inputs, batch_time start);

  void cut(batch_time t);
  void taken(stream_id from, const batch_generator::cut_batch& what);
  void failed(const stage_effects::failure& what);
  void committed(batch_time t, const accumulated_sums& sums);

  void started(output_number output, batch_time t) override;
  void completed(output_number output, batch_time t, std::optional<std::string> failure) override;
  void left_out(output_number output, batch_time t) override;

private:
  class batch_clock final : public wall_clock {
  public:
    explicit batch_clock(batch_time now) : time{now} {}
    std::chrono::microseconds now() const override { return std::chrono::milliseconds{time.ms()}; }

    batch_time time;
  };

  void report(output_number output, batch_time t, output_event what, std::string failure = {});

  std::shared_ptr<batch_clock> clock_;
  listener_bus bus_;
};

} // namespace sluice::testkit
