// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/recent_batches.hpp>

#include <algorithm>

#include <sluice/runtime/monitor/reason_text.hpp>

namespace sluice::detail {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr std::size_t most_batches = 20;
constexpr microseconds lately = 10s;
constexpr double late = 1.2; ///< total delay, of the interval

double cut_late_ms(const batch_info& x) { return in_ms(x.submitted - std::chrono::milliseconds{x.time.ms()}); }

void add_outputs(recent_batches& to, const batch_info& x) {
  for (const auto& [id, output] : x.output_operation_infos) {
    to.outputs_ms[output.name] += in_ms(output.duration().value_or(0us));
    if (output.failure_reason && to.failures[output.name]++ == 0)
      to.last_failure = *output.failure_reason;
  }
}

} // namespace

recent_batches look_at_batches(const run_picture& of) {
  recent_batches result;
  const auto from = of.now - std::max(lately, 3 * microseconds{of.interval});
  const batch_info* first = nullptr;
  for (auto i = of.completed.rbegin(); i != of.completed.rend() && result.count < most_batches; ++i) {
    const auto& x = **i;
    if (*x.processing_end < from)
      break;
    ++result.count;
    result.total_ms += in_ms(*x.total_delay());
    result.records += static_cast<double>(x.num_records());
    add_outputs(result, x);
    first = &x;
  }
  if (result.count == 0)
    return result;
  result.total_ms /= static_cast<double>(result.count);
  for (auto& [name, ms] : result.outputs_ms)
    ms /= static_cast<double>(result.count);
  const auto& last = of.active.empty() ? *of.completed.back() : of.active.back();
  result.begun_late_ms = cut_late_ms(last);
  result.is_falling_behind = result.begun_late_ms >= 0.95 * cut_late_ms(*first);
  const auto took = in_ms(of.now - *first->processing_end);
  if (took > 0)
    result.pace = in_ms(of.interval) * static_cast<double>(result.count) / took;
  return result;
}

std::string lateness(const run_picture& of, const recent_batches& recent) {
  const auto interval = in_ms(of.interval);
  if (!of.active.empty()) {
    const auto waits = in_ms(of.now - of.active.front().submitted);
    if (waits > 3 * interval + 500 && waits > recent.total_ms)
      return "Batch " + to_string(of.active.front().time) + " has taken " + time_text(waits) + " so far";
  }
  if (recent.count == 0)
    return {};
  if (recent.total_ms >= late * interval)
    return "Batches take " + with_one_digit(recent.total_ms / interval) + " × the interval";
  // What is cut late is not counted in the time that a batch takes.
  if (recent.is_falling_behind && recent.begun_late_ms > 2 * interval + 500)
    return "Batches begin " + time_text(recent.begun_late_ms) + " late";
  return {};
}

} // namespace sluice::detail
