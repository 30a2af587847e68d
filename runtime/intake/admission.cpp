// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/admission.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

#include <unistd.h>

#include <sluice/actors/base/errors.hpp>
#include <sluice/runtime/plan/planner.hpp>

namespace sluice {

namespace {

constexpr std::uint64_t kib = 1024;

constexpr std::uint64_t minus(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; }

std::uint64_t scaled(std::uint64_t x, double by) { return static_cast<std::uint64_t>(static_cast<double>(x) * by); }

std::string in_mib(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

/// The credit of any input when nothing is on its way.
constexpr std::uint64_t least_credit(std::uint64_t budget) { return std::max(budget / 16384, 4 * kib); }

/// Less than this says nothing about growth.
constexpr std::uint64_t least_sample(std::uint64_t budget) { return std::max(budget / 8192, 8 * kib); }

/// With more, it pays to give back memory that might be used again.
constexpr double much_growth = 4;

} // namespace

bool may_grow_late(const execution_plan& plan) {
  return std::ranges::any_of(plan.stages, [&](const stage_plan& stage) {
    const auto waits = std::ranges::any_of(
        stage.inbound, [](const plan_edge& edge) { return edge.from_stage && edge.kind != edge_kind::forward; });
    if (stage.runs_outputs || !waits)
      return false;
    return stage.nodes.size() > 1 || stage.inbound.size() > 1
           || std::ranges::any_of(stage.outbound,
                                  [&](const plan_edge& edge) { return !plan.stage(edge.to_stage).runs_outputs; });
  });
}

void check_memory_budget(std::uint64_t bytes) {
  const auto installed =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (bytes < admission::least_budget)
    throw usage_error{"a memory budget of " + std::to_string(bytes) + " bytes is too small to work with; give at least "
                      + in_mib(admission::least_budget)};
  if (bytes > installed)
    throw usage_error{"a memory budget of " + in_mib(bytes) + " is more than the " + in_mib(installed)
                      + " that this machine has; give less"};
}

admission::admission(const options& how)
    : options_{how}, inputs_(how.inputs), workers_(how.workers), window_{std::max(how.budget / 2048, 16 * kib)},
      batch_cap_{how.may_grow_late ? std::max(how.budget / 1024, 16 * kib) : target()} {}

void admission::note(const memory_figures& here) {
  const std::lock_guard lock{mutex_};
  here_ = here.in_flight;
  waiting_ = here.waiting;
  now_.peak = std::max(now_.peak, here.peak);
  lasting_ = std::min(lasting_, everywhere());
  if (const auto measured = measure())
    learn(*measured);
  widen();
}

void admission::note_worker(std::size_t worker, std::uint64_t in_flight, std::uint64_t peak) {
  const std::lock_guard lock{mutex_};
  workers_[worker] = {in_flight, true};
  now_.peak = std::max(now_.peak, peak);
}

void admission::admit(std::size_t input, std::uint64_t bytes) {
  const std::lock_guard lock{mutex_};
  auto& x = inputs_[input];
  x.credit -= static_cast<std::int64_t>(bytes);
  x.held += bytes;
  since_widened_ += bytes;
  now_.held = std::max(now_.held, held());
}

void admission::release(std::size_t input, batch_time t, std::uint64_t bytes) {
  const std::lock_guard lock{mutex_};
  if (!released_ || t > *released_) {
    end_period();
    released_ = t;
  }
  inputs_[input].held = minus(inputs_[input].held, bytes);
}

void admission::end_period() {
  // A growth seen once may come again, but it is forgotten slowly; and more bytes say more than few, as tables grow
  // slowly.
  constexpr double forgets = 0.75;
  if (const auto measured = measure()) {
    const auto says_more = measured->held / 2 >= growth_.held;
    growth_ = {std::max(measured->growth, says_more ? 1 : 1 + (growth_.growth - 1) * forgets), measured->held};
  }
  if (now_.held >= batch_cap_ / 4)
    batch_cap_ = std::min(8 * batch_cap_, target());
  before_ = std::exchange(now_, {everywhere(), held()});
  starving_ = std::exchange(has_starved_, false) ? starving_ + 1 : 0;
}

std::uint64_t admission::grant(std::size_t input) {
  const std::lock_guard lock{mutex_};
  auto& x = inputs_[input];
  const auto least = least_credit(options_.budget);
  auto result = std::min(minus(share(), x.free_credit() + x.held), room());
  if (held() == 0 && x.free_credit() < least) {
    if (result < least) {
      // Nothing is on its way that could give memory back. Something is admitted all the same, so that datasets which
      // the program keeps for some batches can go; what stays for longer does not count any more.
      constexpr int patience = 8;
      has_starved_ = true;
      if (starving_ >= patience)
        set_aside();
      result = std::max(least, std::min(share(), room()));
    }
  } else if (result < quantum()) {
    return 0;
  }
  // An input that has admitted more than it had needs that, too, before it has any.
  if (x.credit < 0)
    result += static_cast<std::uint64_t>(-x.credit);
  x.credit += static_cast<std::int64_t>(result);
  return result;
}

void admission::withdraw(std::size_t input) {
  const std::lock_guard lock{mutex_};
  inputs_[input].credit = 0;
}

bool admission::is_held_back(std::size_t input) const {
  const std::lock_guard lock{mutex_};
  const auto& x = inputs_[input];
  if (x.held == 0) // no release of its own will make it look
    return x.free_credit() < least_credit(options_.budget);
  const auto in_the_end = std::min(batch_cap_, scaled(target(), 1 / growth_.growth)) / inputs_.size();
  return x.free_credit() < quantum() && x.held + quantum() < in_the_end;
}

bool admission::is_at_limit(std::size_t input) const {
  const std::lock_guard lock{mutex_};
  return inputs_[input].free_credit() < quantum() && window_ >= target() && batch_cap_ >= target();
}

bool admission::is_busy() const {
  const std::lock_guard lock{mutex_};
  return held() != 0;
}

bool admission::is_scarce() const {
  const std::lock_guard lock{mutex_};
  return growth_.growth > much_growth && in_use() > target() / 4;
}

std::optional<std::string> admission::take_warning() {
  const std::lock_guard lock{mutex_};
  if (!warning_ || warning_->empty())
    return std::nullopt;
  return std::exchange(*warning_, {});
}

double admission::growth() const {
  const std::lock_guard lock{mutex_};
  return growth_.growth;
}

std::uint64_t admission::held() const {
  return std::accumulate(inputs_.begin(), inputs_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const input_account& x) { return sum + x.held; });
}

std::uint64_t admission::credit() const {
  return std::accumulate(inputs_.begin(), inputs_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const input_account& x) { return sum + x.free_credit(); });
}

/// Where most is in flight: each process has a budget of its own.
std::uint64_t admission::everywhere() const {
  auto result = here_;
  for (const auto& x : workers_)
    result = std::max(result, x.in_flight);
  return result;
}

std::uint64_t admission::in_use() const { return minus(everywhere(), lasting_); }

std::uint64_t admission::most_admitted() const {
  return std::min({window_, batch_cap_, scaled(target(), 1 / growth_.growth)});
}

/// Of an input.
std::uint64_t admission::share() const { return most_admitted() / inputs_.size(); }

/// Less credit is not worth a message.
std::uint64_t admission::quantum() const { return std::clamp(share() / 16, 2 * kib, 256 * kib); }

/// The bytes that may be admitted now so that they, and everything made of them, fit in memory.
std::uint64_t admission::room() const {
  const auto to_come = scaled(waiting_, growth_.growth - 1) + scaled(credit(), growth_.growth);
  return scaled(minus(target(), in_use() + to_come), 1 / growth_.growth);
}

/// Nothing if too little has been worked on.
std::optional<admission::sample> admission::measure() const {
  const auto held = minus(std::max(now_.held, before_.held), waiting_);
  if (held < least_sample(options_.budget))
    return std::nullopt;
  const auto peak = minus(minus(std::max(now_.peak, before_.peak), lasting_), waiting_);
  return sample{static_cast<double>(peak) / static_cast<double>(held), held};
}

/// Takes a measurement in the middle of a batch: the worst counts. Of the first batch, so does one of many more bytes.
void admission::learn(const sample& x) {
  if (x.growth > growth_.growth || (!released_ && x.held / 2 >= growth_.held))
    growth_ = {std::max(x.growth, 1.0), x.held};
}

/// Once most of what was new in the window has been admitted and worked on, it is known what becomes of it, and more
/// may follow. All that is new may be half of the window, and blocks never fill it to the byte.
void admission::widen() {
  if (since_widened_ < window_ / 8 * 3 || waiting_ > window_ / 4
      || !std::ranges::all_of(workers_, &worker_account::heard))
    return;
  for (auto& x : workers_)
    x.heard = false;
  window_ = std::min((growth_.growth < much_growth ? 4 : 2) * window_, target());
  since_widened_ = 0;
}

/// What is in memory now does not count any more.
void admission::set_aside() {
  lasting_ = everywhere();
  if (!warning_)
    warning_ = in_mib(lasting_) + " of records are held though no batch is being worked on, and the memory budget is "
               + in_mib(options_.budget)
               + ": the program keeps datasets. They are not counted against the budget any more; make sure that the "
                 "machine has memory for both";
}

} // namespace sluice
