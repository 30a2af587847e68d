// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/streaming_context.hpp>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <random>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/malloc_tuning.hpp>
#include <sluice/actors/base/user_code.hpp>
#include <sluice/actors/base/version.hpp>
#include <sluice/receivers/receiver/receiver_actor.hpp>
#include <sluice/runtime/driver/checkpoint_check.hpp>
#include <sluice/runtime/driver/driver_process.hpp>
#include <sluice/runtime/driver/program_changes.hpp>
#include <sluice/runtime/driver/run_clock.hpp>
#include <sluice/runtime/driver/run_controls.hpp>
#include <sluice/runtime/intake/admission.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>
#include <sluice/runtime/node/worker_process.hpp>
#include <sluice/runtime/plan/partition_limit.hpp>
#include <sluice/runtime/web/web_face.hpp>
#include <sluice/state/checkpoint/checkpoint_directory.hpp>
#include <sluice/state/checkpoint/savepoint.hpp>
#include <sluice/state/log/checkpoint_source.hpp>
#include <sluice/state/view/state_window.hpp>

namespace sluice {

namespace {

std::uint64_t random_number() {
  std::random_device entropy;
  return std::uint64_t{entropy()} << 32 | entropy();
}

/// The contexts of this process that have been started, in that order. Thread safe.
class context_list {
public:
  void add(streaming_context* x) {
    const std::lock_guard lock{mutex_};
    list_.push_back(x);
  }

  void remove(const streaming_context* x) {
    const std::lock_guard lock{mutex_};
    std::erase(list_, x);
  }

  streaming_context* last() const {
    const std::lock_guard lock{mutex_};
    const auto found = std::find_if(list_.rbegin(), list_.rend(),
                                    [](const auto* x) { return x->get_state() == streaming_context::state::active; });
    return found == list_.rend() ? nullptr : *found;
  }

private:
  mutable std::mutex mutex_;
  std::vector<streaming_context*> list_;
};

context_list& active_contexts() {
  static context_list contexts;
  return contexts;
}

void throw_if(error why) {
  if (why)
    throw runtime_failure{describe(why)};
}

} // namespace

streaming_context::streaming_context(duration batch_interval, runtime_options how)
    : composer{batch_interval}, how_{std::move(how)},
      clock_{std::make_shared<run_clock>(how_.clock ? how_.clock : std::make_shared<const system_wall_clock>())} {
  if (batch_interval < duration{1})
    throw usage_error{"the batch interval must be at least 1 ms"};
  check(receiver_options{.block_interval = how_.block_interval});
  if (how_.partitions == 0U)
    throw usage_error{"a program needs at least one partition"};
  if (how_.max_batches_in_flight == 0 || how_.checkpoint_interval == 0)
    throw usage_error{"batches in flight and batches a checkpoint must be at least 1"};
  check_memory_budget(how_.byte_budget);
  check_rate("max_rate", how_.max_rate);
  check_rate("initial_rate", how_.initial_rate);
  if (!how_.backpressure && (how_.initial_rate != 0 || how_.estimator))
    throw usage_error{"initial_rate and an estimator need backpressure"};
  if (how_.kept_versions.count > kept_versions::most || how_.kept_versions.time < duration{0})
    throw usage_error{"a checkpoint keeps at most " + std::to_string(kept_versions::most)
                      + " versions by number, or those of a time, which is not negative"};
  tune_malloc();
}

streaming_context::~streaming_context() {
  stop(stop_mode::immediate);
  active_contexts().remove(this);
}

streaming_context* streaming_context::get_active() { return active_contexts().last(); }

std::unique_ptr<streaming_context>
streaming_context::get_or_create(const std::filesystem::path& checkpoint_directory, duration batch_interval,
                                 const std::function<void(streaming_context&)>& compose, runtime_options how) {
  auto result = std::make_unique<streaming_context>(batch_interval, std::move(how));
  compose(*result);
  result->checkpoint(checkpoint_directory);
  return result;
}

dstream<std::string_view> streaming_context::socket_text_stream(const std::string& host, int port,
                                                                socket_options options) {
  return stream(socket_text_input(host, port, options));
}

dstream<std::string_view> streaming_context::text_file_stream(const std::string& directory,
                                                              const file_options& options) {
  return stream(text_file_input(directory, batch_interval(), options, file_world()));
}

dstream<bytes_view> streaming_context::binary_records_stream(const std::string& directory, std::size_t record_bytes,
                                                             const file_options& options) {
  return stream(binary_records_input(directory, record_bytes, batch_interval(), options, file_world()));
}

/// Files are new by the clock that dates the batches; the disk dates them by the wall clock.
file_environment streaming_context::file_world() const {
  file_environment result;
  if (how_.clock)
    result.now = [clock = how_.clock] {
      return batch_time{std::chrono::floor<std::chrono::milliseconds>(clock->now()).count()};
    };
  result.ahead = [clock = clock_] { return clock->ahead(); };
  return result;
}

dstream<std::string_view> streaming_context::generator_stream(generator_options options) {
  return stream(random_text_input(options));
}

void streaming_context::checkpoint(std::filesystem::path directory) {
  scope()->graph.check_not_frozen();
  checkpoint_directory_ = std::move(directory);
}

void streaming_context::write_ahead_log(bool on) {
  scope()->graph.check_not_frozen();
  how_.write_ahead_log = on;
}

const std::string& streaming_context::argument(std::string_view name) const {
  const auto found = std::ranges::find(arguments_, name, &std::pair<std::string, std::string>::first);
  if (found == arguments_.end())
    throw usage_error{"the program declares no argument '" + std::string{name} + "'"};
  return found->second;
}

void streaming_context::refuse_argument(std::string_view name, const std::string& why) {
  throw usage_error{std::string{name} + ": " + why};
}

std::string streaming_context::explain(plan_format format) const {
  return sluice::explain(graph(), make_plan(graph(), how_.partitions.value_or(thread_count(how_))), format);
}

void streaming_context::check_not_started() const {
  if (state_ == state::active)
    throw usage_error{"the context has already been started"};
  scope()->graph.check_not_frozen(); // it has been stopped
}

void streaming_context::enter(state next, std::string why) {
  state_ = next;
  scope()->graph.freeze(std::move(why));
}

void streaming_context::check_startable() const {
  if (scope()->graph.outputs() == 0)
    throw usage_error{
        "no output operations registered, so nothing to execute: add print() or foreach_rdd() to a stream"};
  check_partitions_fit(graph(), how_.partitions.value_or(thread_count(how_)), how_.byte_budget,
                       std::max<std::size_t>(how_.nodes.size(), 1));
  check_checkpoint_intervals(graph());
  check_checkpoint_directory(graph(), checkpoint_directory_);
}

/// Opens what is in the checkpoint directory: the checkpoint, and the log if there is one or the program needs one.
void streaming_context::open_checkpoint(launch_options& launch) {
  const auto& inputs = launch.program->inputs;
  const auto logs = std::ranges::any_of(inputs, [this](const auto& x) { return goes_through_log(x, how_); });
  if (checkpoint_directory_.empty() && logs)
    throw usage_error{"a write-ahead log needs a checkpoint directory: call checkpoint(directory) as well"};
  if (checkpoint_directory_.empty())
    return;
  const auto where = checkpoint_directory_.string();
  checkpoint_opening opening;
  opening.at = how_.recover_at;
  opening.makes_log = logs || std::ranges::any_of(inputs, &any_input::can_repeat);
  // What it says is news the first time only; a later time it does the same to what has not been committed since.
  opening.accept = [program = launch.program, how = how_, where,
                    is_first = std::make_shared<bool>(true)](checkpoint_log& found) -> error {
    const auto lines = adopt_checkpoint(found, *program, how, where);
    if (!lines)
      return lines.error();
    if (std::exchange(*is_first, false))
      for (const auto& line : *lines)
        log_info(line);
    return {};
  };
  const auto open = checkpoint_in(checkpoint_directory_, std::move(opening));
  auto kept = open_shared(open);
  if (!kept)
    throw runtime_failure{describe(kept.error())};
  const auto went_back = kept->checkpoint->went_back();
  launch.keep_in(std::move(*kept));
  recovered_ = launch.checkpoint->last_commit.has_value();
  if (launch.blocks_found) {
    if (!went_back)
      throw_if(check_same_log(launch, where));
    for (const auto& line : describe_log(launch))
      log_info(line);
  }
  if (launch.program->restart)
    launch.reopen_with([this, open] { return open_shared(open); });
}

/// Opens what the program keeps. Waits for a savepoint that is being written, which uses it as well.
expected<kept_run> streaming_context::open_shared(const std::function<expected<kept_run>()>& open) {
  const std::lock_guard alone{savepoint_mutex_};
  if (states_)
    states_->close();
  auto result = open();
  if (!result)
    return result;
  if (states_)
    states_->open(result->checkpoint);
  const std::lock_guard lock{process_mutex_};
  open_log_ = result->checkpoint;
  return result;
}

void streaming_context::start() {
  std::unique_lock lock{mutex_};
  check_not_started();
  try {
    check_startable();
    auto launch = prepare_launch();
    log_info(describe_launch(launch, checkpoint_directory_.string()));
    {
      const std::lock_guard process_lock{process_mutex_};
      if (stop_asked_)
        throw stopped_before_start{};
      process_ = std::make_unique<driver_process>(std::move(launch));
    }
    enter(state::active,
          "the context has already been started: inputs, operators, outputs and settings must be there before");
    // Not under the lock: placing operators and loading state may take a while, and may be asked to stop.
    lock.unlock();
    process_->wait_until_started();
    active_contexts().add(this);
  } catch (...) {
    if (!lock)
      lock.lock();
    enter(state::stopped,
          "the start of this context has failed (" + *detail::failure_of([] { throw; }) + "); make a new one");
    throw;
  }
}

void streaming_context::open_web_ui(launch_options& launch) {
  if (!how_.ui)
    return;
  const std::string name = program_invocation_short_name;
  auto monitor = std::make_shared<run_monitor>(launch.program, clock_);
  const auto started = std::chrono::floor<std::chrono::milliseconds>(clock_->now()).count();
  detail::program_identity program{name, name + '-' + std::to_string(started), version(), launch.local_threads};
  detail::web_actions actions;
  actions.stop = [this](bool graceful) {
    const auto mode = graceful ? stop_mode::graceful : stop_mode::immediate;
    log_info("the web page asks the program to stop");
    on_stop_asked_ ? on_stop_asked_(mode) : request_stop(mode);
  };
  launch.controls = std::make_shared<run_controls>();
  monitor->tails().on_change([this, controls = launch.controls](std::set<run_controls::tail> what) {
    controls->show(std::move(what));
    controls_changed();
  });
  actions.limit = [this, controls = launch.controls, monitor](stream_id input, const auto& x) {
    controls->change_limit(input, [&x](asked_limit& limit) { limit = {x.max_rate, x.is_paused}; });
    monitor->limited(input, x.is_paused, x.max_rate);
    controls_changed();
  };
  actions.restart = [this](const std::string& why) {
    const std::lock_guard lock{process_mutex_};
    return process_ && process_->request_restart(why);
  };
  states_ = std::make_shared<detail::state_window>();
  actions.states = states_;
  actions.savepoint = [this](const std::string& directory) { return savepoint(directory); };
  try {
    web_face_ = std::make_unique<detail::web_face>(*how_.ui, std::move(program), monitor, settings_, command_line_,
                                                   std::move(actions));
  } catch (const runtime_failure& e) {
    return log_warning(std::string{e.what()} + "; the program runs without a page");
  }
  log_info("the page of this program: " + web_face_->address());
  launch.monitor = std::move(monitor);
}

void streaming_context::controls_changed() {
  const std::lock_guard lock{process_mutex_};
  if (process_)
    process_->look_at_controls();
}

launch_options streaming_context::prepare_launch() {
  for (auto i = how_.nodes.begin(); i != how_.nodes.end(); ++i)
    if (std::find(how_.nodes.begin(), i, *i) != i)
      throw usage_error{"node address " + to_string(*i) + ": it is given twice; name each worker once"};
  for (const auto& node : how_.nodes)
    require_loopback(node);
  launch_options result;
  result.program = std::make_shared<const composition>(compose());
  make_broadcasts(*result.program);
  result.how = how_;
  result.local_threads = thread_count(how_);
  result.clock = clock_;
  result.watched_clock = clock_;
  result.standard_output = &std::cout;
  result.listeners = listeners();
  open_web_ui(result);
  open_checkpoint(result);
  if (result.program->restart && checkpoint_directory_.empty()) {
    result.reopen = [this, open = checkpoint_in_memory()] { return open_shared(open); };
    result.keep_in(result.reopen().value());
  }
  std::uint64_t lives = 0;
  if (result.checkpoint && result.checkpoint->last_commit)
    lives = result.checkpoint->last_commit->epoch_number;
  result.life = {lives + 1, random_number()};
  result.on_stopped = [tell = on_stopped_, monitor = result.monitor](const error& why) {
    if (monitor)
      monitor->stopped(why);
    if (tell)
      tell(why);
  };
  result.arguments = command_line_;
  result.build = how_.nodes.empty() ? 0 : build_id();
  return result;
}

std::vector<std::string> streaming_context::present() const {
  const std::lock_guard lock{process_mutex_};
  return process_ ? process_->present() : std::vector<std::string>{};
}

void streaming_context::request_stop(stop_mode mode) {
  const std::lock_guard lock{process_mutex_};
  stop_asked_ = true;
  if (process_)
    process_->request_stop(mode);
}

void streaming_context::stop(stop_mode mode) {
  if (listener_list::is_calling())
    throw usage_error{
        "stop: a streaming listener cannot wait for the end of the program that calls it; use request_stop"};
  request_stop(mode);
  if (get_state() == state::active)
    process_->wait();
  note_stopped();
}

batch_time streaming_context::savepoint(const std::filesystem::path& directory) {
  if (checkpoint_directory_.empty())
    throw usage_error{"savepoint: there is nothing to copy, as the context has no checkpoint directory; give it one "
                      "with checkpoint(directory)"};
  if (get_state() == state::initialized)
    throw usage_error{"savepoint: the context has not been started"};
  const std::lock_guard alone{savepoint_mutex_}; // between two epochs nobody else opens the directory meanwhile
  std::shared_ptr<checkpoint_log> log;
  {
    const std::lock_guard lock{process_mutex_};
    log = open_log_.lock();
  }
  std::shared_ptr<checkpoint_directory> reopened; // of a program that has stopped
  if (!log) {
    auto opened = checkpoint_directory::open(checkpoint_directory_);
    if (!opened)
      throw runtime_failure{describe(opened.error())};
    reopened = std::move(*opened);
    log = {reopened, &reopened->log()};
  }
  auto copied = write_savepoint(*log, directory);
  return std::move(copied).value();
}

void streaming_context::note_stopped() {
  const std::lock_guard lock{mutex_};
  if (state_ != state::stopped)
    enter(state::stopped, "the context has already been stopped; make a new one");
}

void streaming_context::await_termination() {
  while (!await_termination_or_timeout(std::chrono::hours{24})) {
  }
}

bool streaming_context::await_termination_or_timeout(std::chrono::milliseconds patience) {
  if (get_state() == state::initialized)
    throw usage_error{"the context has not been started"};
  if (!process_)
    return true;
  if (!process_->wait_for(patience))
    return false;
  note_stopped();
  throw_if(process_->reason());
  return true;
}

streaming_context::state streaming_context::get_state() const {
  const std::lock_guard lock{mutex_};
  return state_;
}

} // namespace sluice
