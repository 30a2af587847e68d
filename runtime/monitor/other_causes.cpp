// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/other_causes.hpp>

#include <algorithm>

#include <sluice/runtime/monitor/operator_shares.hpp>
#include <sluice/runtime/monitor/reason_text.hpp>

namespace sluice::detail {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using level = run_reason::level;
using found = std::optional<run_reason>;

constexpr std::size_t many_restarts = 3; ///< within a minute
constexpr double waits_most = 0.5;       ///< of the time
constexpr double hardly_busy = 0.5;      ///< of one core
constexpr microseconds far_off = 5s;     ///< the clock
constexpr double long_enough = 6;        ///< seconds, to call a growth steady
constexpr std::uint64_t many_keys = 10'000;
constexpr double grows = 0.01; ///< what has come, of what is there
constexpr double doubles = 0.5;
constexpr std::uint32_t many_bases = 4;        ///< each larger than the one before
constexpr std::uint64_t large_state = 1 << 20; ///< bytes
constexpr std::size_t many_batches = 10;       ///< in the log

found of_receivers(const run_picture& of) {
  for (const auto& input : of.inputs)
    if (input.is_receiver && !input.is_active)
      return run_reason{level::warning, "silent_receiver", find_operator(of, input.name),
                        "Input " + quoted(input.name) + " does not receive"
                            + (input.last_error.empty() ? "." : ": " + input.last_error)};
  return std::nullopt;
}

found of_paused(const run_picture& of) {
  for (const auto& input : of.inputs)
    if (input.is_paused)
      return run_reason{level::notice, "paused_input", find_operator(of, input.name),
                        "Input " + quoted(input.name) + " is paused, as somebody has asked for it."};
  return std::nullopt;
}

found of_failures(const run_picture& of, const recent_batches& recent) {
  if (recent.failures.empty())
    return std::nullopt;
  const auto& [name, times] = *recent.failures.begin();
  return run_reason{level::warning, "failing_output", find_operator(of, name),
                    "Output " + quoted(name) + " failed in " + std::to_string(times) + " of the last "
                        + std::to_string(recent.count) + " batches: " + recent.last_failure};
}

found of_dead_letters(const run_picture& of) {
  for (const auto& x : of.operators)
    if (x.dead_letters != 0)
      return run_reason{level::notice, "dead_letters", x.id,
                        quoted(x.name) + " has refused " + std::to_string(x.dead_letters)
                            + " records so far; they are in its dead letters."};
  return std::nullopt;
}

found of_clock(const run_picture& of) {
  if (abs(of.clock_ahead) < far_off)
    return std::nullopt;
  const auto is_behind = of.clock_ahead > microseconds{0};
  return run_reason{level::warning, "clock_behind", std::nullopt,
                    "The wall clock is " + seconds_text(abs(of.clock_ahead)) + (is_behind ? " behind" : " ahead of")
                        + " the times of batches: it has been set; they go on without a jump, and come closer by "
                          "10 ms each second."};
}

found of_log(const run_picture& of) {
  const auto since = of.now - of.log.released;
  if (of.log.batches < many_batches || since < std::max(microseconds{6s}, 3 * microseconds{of.interval}))
    return std::nullopt;
  return run_reason{level::notice, "growing_log", std::nullopt,
                    "The write-ahead log grows: it holds " + std::to_string(of.log.batches) + " batches with "
                        + bytes_text(static_cast<double>(of.log.bytes)) + ", as no commit has let go of any for "
                        + seconds_text(since) + "."};
}

/// The state of a window ends with the window, so that it grows for a while is right.
bool ends_by_itself(const operator_picture& x) { return x.kind.find("window") != std::string::npos; }

found of_state(const run_picture& of) {
  for (const auto& x : of.operators) {
    const auto& growth = x.growth;
    if (ends_by_itself(x) || growth.seconds < long_enough)
      continue;
    if (growth.is_steady && x.load.keys >= many_keys && growth.keys_share > grows)
      return run_reason{level::notice, "growing_state", x.id,
                        "The state of " + quoted(x.name) + " grows: it has " + std::to_string(x.load.keys)
                            + " keys, each second " + std::to_string(std::lround(growth.keys_per_second))
                            + " more, and none is removed."};
    if (growth.larger_bases >= many_bases && growth.bytes_share > doubles && x.load.state_bytes >= large_state)
      return run_reason{
          level::notice, "growing_state", x.id,
          "The state of " + quoted(x.name) + " grows: it has " + bytes_text(static_cast<double>(x.load.state_bytes))
              + " for " + std::to_string(x.load.keys) + " keys, and was larger each time that all of it was stored."};
  }
  return std::nullopt;
}

/// The memory budget holds an input up, and operators have nothing to do meanwhile.
found of_credit(const run_picture& of) {
  const auto* const busiest = busiest_of(of);
  const auto busy = busiest == nullptr ? 0 : busy_of(*busiest);
  if (busy > hardly_busy)
    return std::nullopt;
  for (const auto& input : of.inputs)
    if (input.waits_for_credit > waits_most)
      return run_reason{level::notice, "little_credit", find_operator(of, input.name),
                        "Input " + quoted(input.name) + " waits for memory for " + percent(input.waits_for_credit)
                            + " of the time, while the busiest operator is busy for " + percent(busy)
                            + " of one core: the memory budget is small."};
  return std::nullopt;
}

} // namespace

found cause_of_restarts(const run_picture& of) {
  if (of.lately_restarted.count < many_restarts)
    return std::nullopt;
  return run_reason{level::warning, "restarts", std::nullopt,
                    "The program has been restarted " + std::to_string(of.lately_restarted.count)
                        + " times in the last minute, the last time after: " + of.lately_restarted.last};
}

found cause_of_trouble(const run_picture& of, const recent_batches& recent) {
  if (auto result = of_receivers(of))
    return result;
  if (auto result = of_failures(of, recent))
    return result;
  for (const auto rule : {of_paused, of_dead_letters, of_clock, of_log, of_state, of_credit})
    if (auto result = rule(of))
      return result;
  return std::nullopt;
}

} // namespace sluice::detail
