// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/run_monitor.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>
#include <utility>

#include <sluice/actors/base/log.hpp>
#include <sluice/runtime/monitor/reason.hpp>

namespace sluice {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr microseconds between_looks = 1s;
constexpr microseconds lately = 5s;
constexpr std::size_t most_commits = 500;
constexpr microseconds minute = 1min;
constexpr std::size_t most_restarts = 1000;

/// Bounded: short ones are added to the one before.
template <class T>
void add_spent(std::deque<T>& to, std::type_identity_t<T> x) {
  constexpr microseconds together = 100ms;
  if (!to.empty() && x.at - to.back().at < together) {
    to.back().took += x.took;
    to.back().span += x.span;
  } else {
    to.push_back(x);
  }
  while (to.size() > 1 && to.front().at < x.at - lately)
    to.pop_front();
}

} // namespace

run_monitor::run_monitor(std::shared_ptr<const composition> program, std::shared_ptr<const wall_clock> clock,
                         batch_history::limits most)
    : program_{std::move(program)}, clock_{std::move(clock)}, started_{clock_->now()}, batches_{most} {
  reason_.since = started_;
  for (std::uint32_t i = 0; i < program_->inputs.size(); ++i) {
    const auto& from = program_->inputs[i];
    auto& to = inputs_.emplace_back();
    to.id = stream_id{i};
    to.name = program_->graph.input(to.id).name;
    to.kind = from.kind;
    to.is_receiver = static_cast<bool>(from.make_receiver);
    to.is_active = !to.is_receiver;
  }
}

void run_monitor::note(std::string kind, event_level level, std::string text) {
  events_.add(clock_->now(), std::move(kind), level, std::move(text));
}

void run_monitor::placed(std::vector<stage_picture> stages) {
  const std::lock_guard lock{mutex_};
  stages_ = std::move(stages);
  workers_.clear();
}

void run_monitor::node_used(const std::string& worker, const node_usage& x) {
  const auto now = clock_->now();
  const std::lock_guard lock{mutex_};
  const auto [found, is_new] = workers_.try_emplace(worker);
  auto& known = found->second;
  if (!is_new && now > known.told)
    known.cpu_share =
        static_cast<double>(x.cpu_us - known.usage.cpu_us) / static_cast<double>((now - known.told).count());
  known.usage = x;
  known.told = now;
}

void run_monitor::active(const stage_report& x) {
  const auto now = clock_->now();
  if (!x.tails.empty())
    tails_.take(x.tails, now);
  const std::lock_guard lock{mutex_};
  board_.take(x, now);
}

void run_monitor::limited(stream_id input, bool is_paused, std::optional<double> max_rate) {
  const std::lock_guard lock{mutex_};
  auto& x = inputs_[input.value()];
  if (std::exchange(x.is_paused, is_paused) != is_paused)
    note("input", event_level::info, x.name + (is_paused ? " is paused." : " goes on."));
  if (std::exchange(x.max_rate, max_rate) == max_rate)
    return;
  std::array<char, 32> digits{};
  auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), max_rate.value_or(0)).ptr;
  note("input", event_level::info,
       x.name
           + (max_rate ? " may give " + std::string(digits.data(), end) + " records per second."
                       : " has no limit of its rate but that of the program."));
}

void run_monitor::kept(microseconds took) {
  const std::lock_guard lock{mutex_};
  ++commits_;
  const auto now = clock_->now();
  lately_.push_back({now, took});
  while (lately_.size() > most_commits || (lately_.size() > 2 && lately_.front().at < now - lately))
    lately_.pop_front();
}

void run_monitor::listened(microseconds took) {
  const std::lock_guard lock{mutex_};
  add_spent(listening_, {clock_->now(), std::max(took, microseconds{0})});
}

void run_monitor::logged(batch_time t, std::uint64_t bytes) {
  const std::lock_guard lock{mutex_};
  if (log_.empty())
    log_released_ = clock_->now();
  log_[t] += bytes;
  log_bytes_ += bytes;
}

void run_monitor::log_released(batch_time t) {
  const std::lock_guard lock{mutex_};
  const auto end = log_.upper_bound(t);
  for (auto i = log_.begin(); i != end; ++i)
    log_bytes_ -= i->second;
  log_.erase(log_.begin(), end);
  log_released_ = clock_->now();
}

void run_monitor::waited_for_credit(stream_id stream, microseconds waited, microseconds span) {
  const std::lock_guard lock{mutex_};
  add_spent(waiting_[stream], {clock_->now(), waited, span});
}

void run_monitor::clock_is_ahead(microseconds by) {
  const std::lock_guard lock{mutex_};
  clock_ahead_ = by;
}

void run_monitor::tell(std::string kind, event_level level, std::string text) {
  const std::lock_guard lock{mutex_};
  note(std::move(kind), level, std::move(text));
}

void run_monitor::stopping() {
  const std::lock_guard lock{mutex_};
  if (state_ != run_state::stopped && state_ != run_state::failed)
    state_ = run_state::stopping;
}

void run_monitor::stopped(const error& why) {
  const std::lock_guard lock{mutex_};
  state_ = why ? run_state::failed : run_state::stopped;
  failure_ = why ? describe(why) : std::string{};
  note("stopped", why ? event_level::error : event_level::info,
       why ? "The program has failed: " + failure_ : std::string{"The program has stopped as asked."});
}

void run_monitor::on_streaming_started(microseconds) {
  const std::lock_guard lock{mutex_};
  note("started", event_level::info, "The program has started.");
}

void run_monitor::on_epoch_started(const epoch_info& x) {
  const std::lock_guard lock{mutex_};
  epoch_ = x;
  if (state_ != run_state::stopping)
    state_ = run_state::running;
  failure_.clear();
  auto text = "Epoch " + std::to_string(x.number) + " has started";
  text += x.last_commit ? "; it goes on after batch " + to_string(*x.last_commit) + "." : std::string{"."};
  if (++epochs_ > 1 || x.last_commit)
    note("epoch", event_level::info, std::move(text));
}

void run_monitor::on_epoch_ended(const epoch_info& x) {
  const std::lock_guard lock{mutex_};
  state_ = run_state::restarting;
  failure_ = x.failure_reason;
  epoch_.restarts_left = x.restarts_left;
  batches_.epoch_ended();
  failures_.clear();
  board_.epoch_ended();
  waiting_.clear();
  log_.clear();
  log_bytes_ = 0;
  const auto now = clock_->now();
  survived_.push_back({now, x.failure_reason});
  while (survived_.size() > most_restarts || survived_.front().at < now - minute)
    survived_.pop_front();
  for (auto& input : inputs_)
    input.is_active = !input.is_receiver;
  note("failure", event_level::error, "Epoch " + std::to_string(x.number) + " has ended: " + x.failure_reason);
}

void run_monitor::cut(batch_time t) {
  const std::lock_guard lock{mutex_};
  batches_.cut(t, clock_->now());
}

void run_monitor::taken(const cut_report& x) {
  const std::lock_guard lock{mutex_};
  auto& input = inputs_[x.stream.value()];
  input.records += x.records;
  for (const auto& error : x.errors)
    note("input_error", event_level::warning,
         input.name + ", batch " + to_string(x.time) + ": " + error.path + (error.path.empty() ? "" : ": ")
             + error.reason);
  batches_.taken(x.time, {x.stream, x.records, x.description});
  const auto found = batches_.active().find(x.time);
  if (found != batches_.active().end() && found->second.stream_id_to_input_info.size() == inputs_.size())
    batches_.begun(x.time, clock_->now());
}

void run_monitor::added_up(batch_time t, const accumulated_sums& sums) {
  const std::lock_guard lock{mutex_};
  batches_.added_up(t, sums);
}

void run_monitor::committed(batch_time t) {
  const std::lock_guard lock{mutex_};
  const auto now = clock_->now();
  failures_.erase(t);
  batches_.committed(t, now);
  look_for_reason(now);
}

output_operation_info run_monitor::info_of(output_number output, batch_time t) const {
  if (const auto batch = batches_.active().find(t); batch != batches_.active().end())
    if (const auto found = batch->second.output_operation_infos.find(output);
        found != batch->second.output_operation_infos.end())
      return found->second;
  const auto& graph = program_->graph;
  const auto& node = graph.output(output);
  return {t, output, node.name, node.kind + " of " + graph.node(node.parents.front().node).name, clock_->now(), {}, {}};
}

void run_monitor::output_started(output_number output, batch_time t) {
  const std::lock_guard lock{mutex_};
  const auto info = info_of(output, t);
  batches_.begun(t, info.start_time);
  batches_.output_changed(info);
}

void run_monitor::output_ended(output_number output, batch_time t, std::optional<std::string> failure) {
  const std::lock_guard lock{mutex_};
  auto info = info_of(output, t);
  info.end_time = clock_->now();
  info.failure_reason = std::move(failure);
  batches_.output_changed(info);
  if (info.failure_reason)
    note("output", event_level::error, info.name + ", batch " + to_string(t) + ": " + *info.failure_reason);
}

void run_monitor::operator_failed(const failure_report& x) {
  const std::lock_guard lock{mutex_};
  failures_.emplace(x.time, x.what);
}

void run_monitor::output_left_out(output_number output, batch_time t) {
  std::string why = "an operator that it depends on failed";
  {
    const std::lock_guard lock{mutex_};
    if (const auto found = failures_.find(t); found != failures_.end())
      why = found->second;
  }
  output_ended(output, t, "it did not run: " + why);
}

void run_monitor::on_receiver_started(const receiver_info& x) {
  const std::lock_guard lock{mutex_};
  inputs_[x.stream.value()].is_active = true;
  note("receiver", event_level::info, x.name + " receives.");
}

void run_monitor::on_receiver_error(const receiver_info& x) {
  const std::lock_guard lock{mutex_};
  auto& input = inputs_[x.stream.value()];
  input.last_error = x.last_error_message;
  input.last_error_time = x.last_error_time;
  note("receiver", event_level::warning, x.name + ": " + x.last_error_message);
}

void run_monitor::on_receiver_stopped(const receiver_info& x) {
  const std::lock_guard lock{mutex_};
  inputs_[x.stream.value()].is_active = false;
  note("receiver", event_level::info, x.name + " does not receive any more.");
}

run_picture run_monitor::picture() {
  const std::lock_guard lock{mutex_};
  look_for_reason(clock_->now());
  return picture_now();
}

run_state run_monitor::state() const {
  const std::lock_guard lock{mutex_};
  return state_;
}

std::vector<load_point> run_monitor::history(node_index x) const {
  const std::lock_guard lock{mutex_};
  return board_.history(x);
}

std::vector<run_event> run_monitor::events_after(std::uint64_t number) const {
  const std::lock_guard lock{mutex_};
  return events_.after(number);
}

run_picture run_monitor::picture_now() const {
  run_picture result;
  result.state = state_;
  result.failure = failure_;
  result.started = started_;
  result.now = clock_->now();
  result.interval = program_->interval;
  result.epoch = epoch_.number;
  result.restarts = epochs_ == 0 ? 0 : epochs_ - 1;
  result.restarts_left = epoch_.restarts_left;
  result.outputs = program_->graph.outputs();
  result.totals = batches_.totals();
  result.inputs = pictures_of_inputs(result.now);
  for (const auto& [time, info] : batches_.active())
    result.active.push_back(info);
  result.completed.assign(batches_.completed().begin(), batches_.completed().end());
  result.stages = stages_;
  result.operators = pictures_of_operators();
  result.workers = workers_;
  result.commits = picture_of_commits();
  for (auto& stage : result.stages)
    stage.partitions = board_.stage_partitions(stage.id);
  result.log = {log_.size(), log_bytes_, log_released_};
  result.lately_restarted = restarts_lately(result.now);
  result.listening_share = share_of_listeners(result.now);
  result.clock_ahead = clock_ahead_;
  result.processor = processor_;
  result.reason = reason_;
  return result;
}

std::vector<input_picture> run_monitor::pictures_of_inputs(microseconds now) const {
  auto result = inputs_;
  const microseconds interval = program_->interval;
  const auto from = now - std::max(lately, 3 * interval);
  std::size_t batches = 0;
  const auto add = [&](const batch_info& x) {
    ++batches;
    for (const auto& [stream, input] : x.stream_id_to_input_info)
      result[stream.value()].records_per_second += static_cast<double>(input.num_records);
  };
  const auto& all = batches_.completed();
  for (auto i = all.rbegin(); i != all.rend() && (*i)->submitted >= from; ++i)
    add(**i);
  for (const auto& [time, x] : batches_.active())
    if (x.submitted >= from)
      add(x);
  const auto span = static_cast<double>(batches) * std::chrono::duration<double>{interval}.count();
  for (auto& input : result)
    input.records_per_second = batches == 0 ? 0 : input.records_per_second / span;
  for (const auto& [stream, all_waits] : waiting_) {
    microseconds waited{};
    microseconds in{};
    for (const auto& x : all_waits) {
      waited += x.took;
      in += x.span;
    }
    if (in > microseconds{0})
      result[stream.value()].waits_for_credit = static_cast<double>(waited.count()) / static_cast<double>(in.count());
  }
  return result;
}

std::vector<operator_picture> run_monitor::pictures_of_operators() const {
  std::vector<operator_picture> result;
  const auto& graph = program_->graph;
  for (std::uint32_t i = 0; i < graph.nodes().size(); ++i) {
    const auto& node = graph.node(node_index{i});
    auto& x = result.emplace_back();
    x.id = node_index{i};
    x.name = node.name;
    x.kind = node.kind;
    x.parents = node.parents;
    x.inbound = node.inbound;
    x.is_input = node.input.has_value();
    x.is_output = node.output.has_value();
    x.record_schema = node.record_schema;
    x.state_schema = node.state_schema;
    x.load = board_.total(x.id);
    x.partitions = board_.partitions(x.id);
    x.growth = board_.growth(x.id);
    if (node.gives_dead_letters)
      x.dead_letters = dead_letters_of(x.id);
  }
  for (const auto& stage : stages_)
    for (const auto i : stage.operators)
      result[i.value()].stage = stage.id;
  return result;
}

/// What any operator behind its second stream has taken, which all of them take as a whole.
std::uint64_t run_monitor::dead_letters_of(node_index i) const {
  std::uint64_t result = 0;
  const stream_ref second{i, outlet_index{1}};
  const auto& nodes = program_->graph.nodes();
  for (std::uint32_t to = 0; to < nodes.size(); ++to)
    if (nodes[to].parents == std::vector{second})
      result = std::max(result, board_.total(node_index{to}).records);
  return result;
}

commit_picture run_monitor::picture_of_commits() const {
  commit_picture result{commits_};
  if (lately_.empty())
    return result;
  for (const auto& x : lately_) {
    result.mean += x.took;
    result.longest = std::max(result.longest, x.took);
  }
  result.mean /= static_cast<std::int64_t>(lately_.size());
  return result;
}

restart_picture run_monitor::restarts_lately(microseconds now) const {
  restart_picture result;
  for (const auto& x : survived_)
    if (x.at >= now - minute) {
      ++result.count;
      result.last = x.why;
    }
  return result;
}

double run_monitor::share_of_listeners(microseconds now) const {
  microseconds all{};
  for (const auto& x : listening_)
    if (x.at >= now - lately)
      all += x.took;
  const auto span = std::clamp(now - started_, microseconds{1s}, lately);
  return std::min(1.0, static_cast<double>(all.count()) / static_cast<double>(span.count()));
}

void run_monitor::look_for_reason(microseconds now) {
  if (now - looked_ < between_looks)
    return;
  looked_ = now;
  board_.note_states(now);
  if (const auto use = processor_watch_.look())
    processor_ = use;
  auto found = find_reason(picture_now());
  found.since = found.cause == reason_.cause && found.at == reason_.at ? reason_.since : now;
  // Once could be chance; a sentence that changes every second is read by nobody.
  if (found.cause != reason_.cause && found.cause != std::exchange(candidate_, found.cause))
    return;
  const auto is_news = found.cause != reason_.cause || found.at != reason_.at;
  reason_ = std::move(found);
  if (!is_news)
    return;
  const auto level = reason_.how == run_reason::level::warning ? event_level::warning : event_level::info;
  note("reason", level, reason_.sentence);
  if (level == event_level::warning)
    log_warning(reason_.sentence);
}

} // namespace sluice
