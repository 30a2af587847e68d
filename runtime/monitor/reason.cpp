// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/reason.hpp>

#include <sluice/runtime/monitor/late_causes.hpp>
#include <sluice/runtime/monitor/operator_shares.hpp>
#include <sluice/runtime/monitor/other_causes.hpp>
#include <sluice/runtime/monitor/reason_text.hpp>
#include <sluice/runtime/monitor/recent_batches.hpp>

namespace sluice {

namespace {

using namespace detail;
using level = run_reason::level;

constexpr double hardly_busy = 0.3; ///< of one core

run_reason of_healthy(const run_picture& of, const recent_batches& recent) {
  if (recent.count == 0)
    return {level::ok, "healthy", std::nullopt, "No batch has been completed lately."};
  if (recent.records == 0)
    return {level::ok, "no_records", std::nullopt, "No records arrive."};
  for (const auto& input : of.inputs)
    if (input.records_per_second == 0)
      return {level::notice, "silent_input", find_operator(of, input.name),
              "Input " + quoted(input.name) + " gives no records, while others do."};
  const auto share = recent.total_ms / in_ms(of.interval);
  const auto* const busiest = busiest_of(of);
  if (busiest == nullptr)
    return {level::ok, "healthy", std::nullopt, "Batches take " + percent(share) + " of the interval."};
  const auto busy = busy_of(*busiest);
  if (busy < hardly_busy)
    return {level::ok, "source_slower", std::nullopt,
            "The source is slower than the program: its busiest operator, " + quoted(busiest->name) + ", is busy for "
                + percent(busy) + " of one core."};
  return {level::ok, "healthy", busiest->id,
          "Batches take " + percent(share) + " of the interval; " + quoted(busiest->name)
              + " is the busiest operator, with " + percent(busy) + " of one core."};
}

} // namespace

run_reason find_reason(const run_picture& of) {
  switch (of.state) {
    case run_state::starting: return {level::ok, "starting", std::nullopt, "The program is starting."};
    case run_state::stopping:
      return {level::notice, "stopping", std::nullopt, "The program is stopping: it processes what it has received."};
    case run_state::stopped: return {level::ok, "stopped", std::nullopt, "The program has stopped as asked."};
    case run_state::failed: return {level::warning, "failed", std::nullopt, "The program has failed: " + of.failure};
    case run_state::restarting:
      if (auto found = cause_of_restarts(of))
        return *found;
      return {level::warning, "restarting", std::nullopt,
              "The program goes back to its last commit after a failure: " + of.failure};
    case run_state::running: break;
  }
  if (auto found = cause_of_restarts(of))
    return *found;
  const auto recent = look_at_batches(of);
  if (const auto how_late = lateness(of, recent); !how_late.empty())
    return cause_of_lateness(of, recent, how_late);
  if (auto found = cause_of_trouble(of, recent))
    return *found;
  return of_healthy(of, recent);
}

} // namespace sluice
