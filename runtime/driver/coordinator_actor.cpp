// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/coordinator_actor.hpp>

#include <chrono>
#include <numeric>
#include <optional>
#include <string>

#include <caf/sec.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/malloc_tuning.hpp>
#include <sluice/actors/base/user_code.hpp>
#include <sluice/actors/system/ownership.hpp>
#include <sluice/receivers/rate/rate_limits.hpp>
#include <sluice/runtime/driver/run_clock.hpp>
#include <sluice/runtime/driver/worker_usage_actor.hpp>
#include <sluice/runtime/intake/worker_memory_actor.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>

namespace sluice {

namespace {

/// What a program that replays the downtime does first; nothing if there was none.
std::optional<std::string> describe_downtime(batch_time first, std::chrono::microseconds now, duration interval) {
  const auto late = std::chrono::duration_cast<duration>(now).count() - first.ms();
  if (late < 0)
    return std::nullopt;
  return "the " + std::to_string(late / interval.count() + 1) + " batches of the downtime run first, from "
         + to_string(first) + " on";
}

} // namespace

void coordinator_shell::launch(launch_options options) {
  options_ = std::move(options);
  if (!options_.follows_failure)
    for (const auto& from : options_.program->inputs)
      if (from.on_launch)
        from.on_launch();
  const auto goes_on = options_.checkpoint && options_.checkpoint->last_commit;
  options_.program->accumulators->begin(options_.life,
                                        goes_on ? options_.checkpoint->last_commit->sums : accumulated_sums{});
  deployment_ =
      std::make_shared<deployment>(self_, options_, std::move(options_.log), std::move(options_.blocks), watched_,
                                   deployment::callbacks{[this](deployed_program program) { run(std::move(program)); },
                                                         [this](caf::error why) { finish(std::move(why)); }});
  deployment_->start();
}

void coordinator_shell::run(deployed_program program) {
  deployment_ = nullptr;
  program_ = std::move(program);
  coordinator::options how;
  how.interval = options_.program->interval;
  how.max_in_flight = options_.how.max_batches_in_flight;
  how.sync_every = options_.checkpoint ? options_.how.checkpoint_interval : 1;
  how.is_gated = static_cast<bool>(program_.log);
  how.replays_downtime = options_.how.replay_downtime;
  for (const auto& x : options_.again())
    how.again.push_back(x.time);
  for (const auto& [stream, generator] : program_.generators)
    how.inputs.insert(stream);
  lag_.emplace(how.interval);
  logic_.emplace(std::move(how));
  std::optional<batch_time> last;
  if (options_.checkpoint && options_.checkpoint->last_commit)
    last = options_.checkpoint->last_commit->time;
  if (options_.watched_clock && last)
    if (const auto line = options_.watched_clock->go_on_after(*last))
      log_warning(*line);
  const auto now = options_.clock->now();
  const auto first = logic_->start(now, last);
  if (const auto line = describe_downtime(first, now, options_.program->interval))
    log_info(*line);
  if (options_.how.backpressure)
    rates_.emplace(options_.program->interval, options_.how.estimator,
                   options_.how.initial_rate > 0 ? batch_delays::start::slow : batch_delays::start::as_it_seems, first);
  for (const auto& [stream, generator] : program_.generators)
    self_->send(generator, start_atom::value, options_.life, first);
  options_.on_started();
  listeners_.emplace(options_.program, program_.generators.size(), options_.clock, options_.listeners,
                     options_.monitor);
  if (!options_.follows_failure)
    listeners_->streaming_started();
  listeners_->epoch_started({options_.life.number, {}, last, options_.restarts_left});
  watch_workers();
  look_at_controls();
  proceed();
}

void coordinator_shell::look_at_controls() {
  if (!options_.controls || !logic_ || finished_)
    return;
  limit_inputs();
  show_records();
}

/// Tells each input the limit that somebody has set.
void coordinator_shell::limit_inputs() {
  for (const auto& [stream, asked] : options_.controls->limits()) {
    const auto found = program_.generators.find(stream);
    if (found == program_.generators.end())
      continue;
    const auto& input = options_.program->inputs[stream.value()];
    const input_limit now{asked.max_rate.value_or(smaller_limit(options_.how.max_rate, input.max_rate)),
                          asked.is_paused};
    if (const auto told = limits_.find(stream); told == limits_.end() || told->second != now)
      self_->send(found->second, limit_atom::value, options_.life, now);
    limits_[stream] = now;
  }
}

/// Tells operators which records somebody looks at, and which nobody does any longer.
void coordinator_shell::show_records() {
  auto wanted = options_.controls->tails();
  const auto tell = [this](const run_controls::tail& x, bool is_on) {
    const auto& schema = options_.program->graph.node(x.first).record_schema;
    for (const auto& to : program_.operators)
      self_->send(to, tail_atom::value, tail_request{options_.life, x.first, x.second, schema, is_on});
  };
  for (const auto& x : tails_)
    if (!wanted.contains(x))
      tell(x, false);
  for (const auto& x : wanted)
    if (!tails_.contains(x))
      tell(x, true);
  tails_ = std::move(wanted);
}

void coordinator_shell::restart(const std::string& why) {
  if (logic_ && !stop_asked_)
    finish(make_error(ec::user_code_failed, why));
}

void coordinator_shell::watch_workers() {
  if (program_.nodes.empty())
    return;
  const auto keep = [this](const auto& actor, const char* what) {
    self_->monitor(actor);
    watched_.watch(actor.address(), {role::helper, what});
  };
  keep(self_->home_system().spawn(
           worker_memory_behavior,
           worker_memory_options{program_.nodes, program_.gate, options_.how.byte_budget, progress_actor{self_}}),
       "the watch over the memory of workers");
  if (!options_.monitor)
    return;
  worker_usage_options usage{{}, options_.monitor, progress_actor{self_}};
  for (std::size_t i = 0; i < program_.nodes.size(); ++i)
    usage.workers.emplace(program_.addresses[i], program_.nodes[i]);
  keep(self_->home_system().spawn(worker_usage_behavior, std::move(usage)), "the watch over what workers use");
}

void coordinator_shell::proceed() {
  send_effects();
  watch_lag();
  schedule_tick();
}

void coordinator_shell::watch_lag() {
  if (finished_ || stop_asked_) // the last batches come as they can
    return;
  const auto remark = lag_->look(options_.clock->now(), logic_->next(), logic_->batches_begun());
  if (remark)
    remark->is_warning ? log_warning(remark->line) : log_info(remark->line);
}

void coordinator_shell::tick(std::int64_t at) {
  if (!logic_ || finished_)
    return;
  if (awaited_ && awaited_->count() == at)
    awaited_.reset();
  if (at == 0)
    look_is_due_ = false;
  logic_->tick(options_.clock->now());
  if (options_.watched_clock)
    if (const auto line = options_.watched_clock->look())
      log_warning(*line);
  if (options_.watched_clock && options_.monitor)
    options_.monitor->clock_is_ahead(options_.watched_clock->ahead());
  proceed();
}

void coordinator_shell::schedule_tick() {
  const auto next = logic_->next_tick();
  if (!next)
    return schedule_look();
  if (finished_ || next == awaited_)
    return;
  awaited_ = next;
  self_->delayed_send(self_, options_.clock->until(*next), tick_atom::value, std::int64_t{next->count()});
}

/// While the grid waits for batches in flight.
void coordinator_shell::schedule_look() {
  if (finished_ || stop_asked_ || std::exchange(look_is_due_, true))
    return;
  self_->delayed_send(self_, options_.clock->until(lag_->next_look()), tick_atom::value, std::int64_t{0});
}

void coordinator_shell::cut(cut_report report) {
  if (report.life != options_.life)
    return;
  records_ += report.records;
  if (rates_)
    rates_->taken(report.stream, report.time, report.records);
  if (report.bytes != 0)
    held_[report.time] += report.records;
  const auto& name = options_.program->graph.input(report.stream).name;
  if (!report.share.position.empty())
    positions_[report.time][name] = report.share.position;
  if (listeners_)
    listeners_->taken(report);
  if (!program_.log || !logic_)
    return;
  if (options_.monitor && report.share.is_logged && report.bytes != 0)
    options_.monitor->logged(report.time, report.bytes);
  if (report.share != input_share{})
    given_[report.time].inputs.emplace(name, std::move(report.share));
  logic_->shared(report.time);
  proceed();
}

/// Makes it durable what the inputs gave to a batch; what they gave to the log is before that in its mailbox.
void coordinator_shell::keep_given(batch_time t) {
  auto given = std::move(given_[t]);
  given.time = t;
  self_->request(program_.log, caf::infinite, cut_atom::value, options_.life, std::move(given))
      .then(
          [this, t](ready_atom) {
            logic_->kept(t);
            proceed();
          },
          [this](caf::error& why) {
            if (why != caf::sec::request_receiver_down)
              follow(watched_.gave_up(std::move(why)));
          });
}

/// Lets the outputs of a batch run.
void coordinator_shell::open_gate(batch_time t) {
  given_.erase(t);
  for (const auto& to : program_.gated)
    self_->send(to, end_atom::value, end_mark{{options_.life, gate_edge, partition_id{0}, t}, presence::some});
}

void coordinator_shell::report(const output_report& x) {
  if (x.life == options_.life && listeners_)
    listeners_->output_changed(x);
}

void coordinator_shell::report(const failure_report& x) {
  if (x.life != options_.life)
    return;
  const auto goes_on = options_.program->on_error == error_policy::skip_batch;
  log_warning(x.what + (goes_on ? "; the outputs that depend on it do not run for this batch" : ""));
  if (listeners_)
    listeners_->operator_failed(x);
}

void coordinator_shell::report(const receiver_report& x) {
  if (x.life == options_.life && listeners_)
    listeners_->receiver_changed(x);
}

void coordinator_shell::report(const stage_report& x) {
  if (x.life == options_.life && options_.monitor)
    options_.monitor->active(x);
}

void coordinator_shell::done(const epoch& life, batch_time t) {
  if (life != options_.life || !logic_)
    return;
  logic_->outputs_done(t);
  proceed();
}

void coordinator_shell::drained(const epoch& life, stream_id input) {
  if (life != options_.life || !logic_)
    return;
  logic_->drained(input);
  proceed();
}

void coordinator_shell::send_effects() {
  // Committing without a store is over at once and has effects of its own.
  for (auto effects = logic_->take_effects();; effects = logic_->take_effects()) {
    for (const auto t : effects.cuts)
      listeners_->cut(t);
    for (const auto t : effects.releases) {
      listeners_->completed(t);
      send_rates(t);
    }
    if (!effects.releases.empty())
      trim_memory(options_.how.byte_budget);
    for (const auto t : effects.keeps)
      keep_given(t);
    for (const auto t : effects.gates)
      open_gate(t);
    std::erase_if(effects.releases, [this](batch_time t) { return held_.erase(t) == 0; });
    for (const auto& [stream, generator] : program_.generators) {
      for (const auto t : effects.cuts)
        self_->send(generator, cut_atom::value, options_.life, t);
      // With priority, as the end of this actor has it: receivers are to hear of the last batch.
      for (const auto t : effects.releases)
        self_->send<caf::message_priority::high>(generator, release_atom::value, options_.life, t);
      if (effects.drain)
        self_->send(generator, drain_atom::value, options_.life);
    }
    for (const auto& x : effects.commits)
      commit(x);
    if (effects.finished)
      return finish({});
    if (effects.commits.empty())
      return;
  }
}

void coordinator_shell::send_rates(batch_time done) {
  if (!rates_)
    return;
  std::vector<rate_control::estimate> rates;
  const auto failure = detail::failure_of([&] { rates = rates_->done(done, options_.clock->now()); });
  if (failure)
    return self_->send(self_, failed_atom::value, options_.life,
                       make_error(ec::user_code_failed, "the rate estimator failed: " + *failure));
  for (const auto& [stream, rate] : rates)
    if (const auto found = program_.generators.find(stream); found != program_.generators.end())
      self_->send(found->second, rate_atom::value, options_.life, rate);
}

void coordinator_shell::commit(const coordinator_effects::commit& what) {
  const auto t = what.time;
  auto sums = options_.program->accumulators->commit(t);
  listeners_->added_up(t, sums);
  if (!program_.store)
    return logic_->committed(t);
  auto after = positions_.extract(t);
  // Without a limit: a slow disk is not a broken one, and a store that dies is noticed.
  self_
      ->request(program_.store, caf::infinite, commit_atom::value, options_.life,
                commit_request{t, what.previous, what.sync, after ? std::move(after.mapped()) : source_positions{},
                               std::move(sums)})
      .then(
          [this, t, asked = options_.clock->now()](batch_time durable) {
            if (options_.monitor)
              options_.monitor->kept(options_.clock->now() - asked);
            // Not before: what shares the fsync of a later batch may have to run again.
            if (program_.log && durable >= t) {
              self_->send(program_.log, release_atom::value, options_.life, t);
              if (options_.monitor)
                options_.monitor->log_released(t);
            }
            logic_->committed(t);
            proceed();
          },
          [this](caf::error& why) {
            if (why != caf::sec::request_receiver_down) // the store's death says more
              follow(watched_.gave_up(std::move(why)));
          });
}

void coordinator_shell::failed(const epoch& life, caf::error why) {
  if (life == options_.life)
    follow(watched_.gave_up(std::move(why)));
}

void coordinator_shell::died(const caf::down_msg& down) { follow(watched_.died(down.source, down.reason)); }

void coordinator_shell::follow(verdict what) {
  if (what.act == verdict::action::end_run)
    finish(std::move(what.why));
}

void coordinator_shell::stop(bool graceful) {
  if (!graceful || !logic_) // before the first batch nothing has been received
    return finish({});
  stop_asked_ = true;
  if (options_.monitor)
    options_.monitor->stopping();
  self_->delayed_send(self_, graceful_stop_timeout(options_.how, options_.program->interval), stop_atom::value);
  logic_->stop();
  proceed();
}

void coordinator_shell::stop_timed_out() {
  const auto records = std::accumulate(held_.begin(), held_.end(), std::uint64_t{0},
                                       [](std::uint64_t sum, const auto& x) { return sum + x.second; });
  finish(make_error(ec::timed_out, "the graceful stop was not over after "
                                       + to_string(graceful_stop_timeout(options_.how, options_.program->interval))
                                       + ": " + std::to_string(logic_->batches_left()) + " batches with "
                                       + std::to_string(records)
                                       + " records are left, and what the inputs have not passed on; give it longer "
                                         "with --graceful-timeout"));
}

void coordinator_shell::finish(caf::error why) {
  if (std::exchange(finished_, true))
    return;
  if (deployment_)
    deployment_->cancel();
  if (logic_)
    log_info("committed " + std::to_string(logic_->batches_committed()) + " batches; received "
             + std::to_string(records_) + " records");
  options_.on_stopped(why); // first: nothing has been torn down yet, and that may take its time
  self_->quit();
}

coordinator_actor::behavior_type coordinator_behavior(coordinator_actor::stateful_pointer<coordinator_shell> self,
                                                      launch_options options) {
  self->set_exception_handler([](std::exception_ptr& thrown) { return error_of(thrown); });
  self->set_down_handler([self](const caf::down_msg& down) { self->state.died(down); });
  self->state.launch(std::move(options));
  return {
      [self](cut_atom, cut_report& report) { self->state.cut(std::move(report)); },
      [self](done_atom, const epoch& life, batch_time t) { self->state.done(life, t); },
      [self](report_atom, const output_report& x) { self->state.report(x); },
      [self](report_atom, const failure_report& x) { self->state.report(x); },
      [self](report_atom, const receiver_report& x) { self->state.report(x); },
      [self](report_atom, const stage_report& x) { self->state.report(x); },
      [self](drained_atom, const epoch& life, stream_id input) { self->state.drained(life, input); },
      [self](failed_atom, const epoch& life, caf::error& why) { self->state.failed(life, std::move(why)); },
      [self](tick_atom, std::int64_t at) { self->state.tick(at); },
      [self](stop_atom, bool graceful) { self->state.stop(graceful); },
      [self](stop_atom) { self->state.stop_timed_out(); },
      [self](limit_atom) { self->state.look_at_controls(); },
      [self](restart_atom, const std::string& why) { self->state.restart(why); },
  };
}

} // namespace sluice
