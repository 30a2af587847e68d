// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/batch_generator_actor.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/memory_meter.hpp>
#include <sluice/actors/system/ownership.hpp>
#include <sluice/runtime/monitor/run_monitor.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/send.hpp>

namespace sluice {

namespace {

/// How long an input that is held back waits until it looks whether there is memory.
constexpr std::chrono::milliseconds patience{1};

} // namespace

void batch_generator_shell::open(batch_generator_options options) {
  options_ = std::move(options);
  logic_.emplace(options_.interval, options_.edge.targets);
  position_ = options_.again.position();
}

void batch_generator_shell::deploy(wiring links) {
  links_ = std::move(links);
  targets_ = links_.routes.front().targets;
}

void batch_generator_shell::start(const epoch& life, batch_time first) {
  if (life != links_.life)
    return;
  first_ = first;
  logic_->open(options_.again.is_over() ? first : options_.again.time());
  // A source that never waits needs no thread.
  auto thread = options_.threads && !options_.from.is_quick ? options_.threads->start(options_.name) : nullptr;
  away_.emplace(thread, [to = generator_actor{self_}] { caf::anon_send(to, answer_atom::value); });
  options_.receiver.thread = std::move(thread);
  options_.receiver.patience = input_patience(options_.interval);
  options_.receiver.is_logged = options_.is_logged;
  if (options_.from.make_source)
    start_source();
  give_again();
}

/// What an earlier run has taken comes before anything new: batch after batch when it is cut, then what belongs to no
/// batch yet.
void batch_generator_shell::give_again() {
  if (giving_ || has_begun_)
    return;
  const auto& again = options_.again;
  if (again.is_over()) {
    logic_->go_to(options_.next_block);
    return give(options_.log_end, [this] { take_new(); });
  }
  if (cuts_.empty())
    return;
  logic_->go_to(again.share().first_block);
  if (again.from() == replay::origin::source)
    give_from_source();
  else
    give(again.share().end_block, [this] { gave_again(); });
}

/// Files the blocks of the log up to `end_block`.
void batch_generator_shell::give(std::uint64_t end_block, std::function<void()> then) {
  giving_ = logic_->next_block() < end_block;
  if (!giving_)
    return then();
  self_->request(links_.log, caf::infinite, load_atom::value, options_.name, logic_->next_block())
      .then(
          [this, end_block, then](batch& block) {
            file(std::move(block));
            give(end_block, then);
          },
          [this](const caf::error& why) { fail(with_name(why)); });
}

void batch_generator_shell::give_from_source() {
  giving_ = true;
  source_->repeat(options_.again.share().recipes, [this](expected<std::vector<batch>> blocks) {
    const auto& share = options_.again.share();
    if (!blocks)
      return fail(with_name(blocks.error()));
    if (blocks->size() != share.end_block - share.first_block)
      return fail(
          with_name(make_error(ec::user_code_failed, "its source gives other blocks than before to batch "
                                                         + to_string(options_.again.time()) + ", which runs again")));
    for (auto& block : *blocks)
      file(std::move(block));
    giving_ = false;
    gave_again();
  });
}

void batch_generator_shell::gave_again() {
  const auto had = options_.again.share().had;
  position_ = options_.again.share().position;
  options_.again.advance();
  cuts_.pop_front();
  finish_cut(had);
  logic_->open(options_.again.is_over() ? first_ : options_.again.time());
  give_again();
}

void batch_generator_shell::take_new() {
  has_begun_ = true;
  first_new_block_ = logic_->next_block();
  if (!source_ && !drain_asked_)
    start_receiver();
  for (const auto t : std::exchange(cuts_, {}))
    cut_new(t);
  if (drain_asked_)
    drain(links_.life);
}

void batch_generator_shell::start_source() {
  pulls_.emplace(input_patience(options_.interval));
  limit_.emplace(options_.interval, options_.receiver.rate);
  pass_limit_on();
  source_.emplace(*away_);
  source_->open(options_.from.make_source, position_, options_.goes_back, [this](caf::error why) {
    if (why)
      fail(with_name(why));
  });
}

void batch_generator_shell::start_receiver() {
  making_receiver_ = true;
  away_->send([make = options_.from.make_receiver, on = options_.receiver.thread] { return make_hosted(make, on); },
              [this](auto made) { host(std::move(made)); });
}

void batch_generator_shell::host(expected<std::shared_ptr<receiver_base>> made) {
  if (!std::exchange(making_receiver_, false))
    return; // it is not needed any more
  if (!made)
    return fail(with_name(made.error()));
  hosted_ = *made;
  receiver_ = self_->home_system().spawn(receiver_behavior, std::move(*made), options_.receiver);
  told_ = receiver_;
  self_->monitor(receiver_);
  if (options_.roll)
    options_.roll->enter(receiver_, "the receiver of input '" + options_.name + "'");
  pass_limit_on();
  if (options_.monitor)
    credit_.emplace(self_->clock().now());
  self_->send(receiver_, start_atom::value, block_sink_actor{self_}, more_credit());
  watch_memory();
}

/// The same error, with the name of the input: a program may have many.
caf::error batch_generator_shell::with_name(const caf::error& why) const {
  return make_error(static_cast<ec>(why.code()), options_.name + ": " + describe(why));
}

/// How many bytes this input may admit in addition.
std::uint64_t batch_generator_shell::more_credit() {
  auto& memory = process_memory();
  options_.gate->note({memory.in_flight(), memory.waiting(), memory.take_peak()});
  memory.set_scarce(options_.gate->is_scarce());
  const auto result = options_.gate->grant(options_.place);
  if (const auto warning = options_.gate->take_warning())
    log_warning(*warning);
  return result;
}

void batch_generator_shell::pass_credit_on() {
  if (!receiver_)
    return;
  if (const auto bytes = more_credit(); bytes != 0)
    self_->send(receiver_, credit_atom::value, bytes);
  watch_credit();
  watch_memory();
}

void batch_generator_shell::watch_credit() {
  if (credit_)
    credit_->look(options_.gate->is_at_limit(options_.place), self_->clock().now());
}

void batch_generator_shell::report_credit() {
  if (!credit_)
    return;
  if (const auto x = credit_->take(self_->clock().now()))
    options_.monitor->waited_for_credit(options_.stream, x->waited, x->span);
}

void batch_generator_shell::watch_memory() {
  if (watches_memory_ || !options_.gate->is_held_back(options_.place))
    return;
  watches_memory_ = true;
  self_->delayed_send(self_, patience, memory_atom::value);
}

void batch_generator_shell::look_at_memory() {
  watches_memory_ = false;
  pass_credit_on();
}

void batch_generator_shell::add(batch block) {
  if (options_.is_logged)
    log(block);
  file(std::move(block));
  pass_credit_on();
}

/// Its number is that of the block that is filed next.
void batch_generator_shell::log(const batch& block) {
  const auto number = logic_->next_block();
  self_->request(links_.log, caf::infinite, block_atom::value, links_.life, options_.name, number, block)
      .then(
          [this, number](ready_atom) {
            if (told_)
              self_->send(told_, durable_atom::value, number - first_new_block_ + 1);
          },
          [this](const caf::error& why) {
            if (told_)
              self_->send(told_, durable_atom::value, why);
            fail(with_name(why));
          });
}

/// Sends a block on its way.
void batch_generator_shell::file(batch block) {
  options_.gate->admit(options_.place, block.bytes().size());
  block.count_as(memory_use::waiting);
  auto parcel = logic_->add(std::move(block));
  self_->send(targets_[parcel.to.value()], data_atom::value,
              edge_mark{links_.life, options_.edge.id, partition_id{0}, parcel.time}, std::move(parcel.content));
}

void batch_generator_shell::cut(const epoch& life, batch_time t) {
  if (life != links_.life)
    return;
  if (has_begun_)
    return cut_new(t);
  cuts_.push_back(t);
  give_again();
}

void batch_generator_shell::cut_new(batch_time t) {
  if (source_) {
    const bool is_passed_over = asked_ && asked_->is_paused && pulls_->is_idle();
    if (!is_passed_over && pulls_->cut(t))
      ask_source();
    else
      finish_cut(presence::some);
  } else if (receiver_ && (unflushed_ != 0 || !hosted_->is_quiet())) {
    // What the receiver holds back in a half-full block belongs to this batch as well.
    ++unflushed_;
    self_->send(receiver_, flush_atom::value, t);
  } else {
    finish_cut(presence::some);
  }
}

void batch_generator_shell::ask_source() {
  const auto t = pulls_->ask(self_->clock().now());
  if (!t)
    return;
  const auto somebody_listens = options_.listeners && !options_.listeners->is_empty();
  options_.gate->withdraw(options_.place);
  const auto room = std::min(limit_->room(), more_credit());
  source_->pull({*t, room, somebody_listens, links_.store != nullptr, options_.is_gated && !options_.is_logged},
                [this](source_answer from) { take(std::move(from)); });
  watch_source();
}

void batch_generator_shell::take(source_answer from) {
  const auto waited = pulls_->waited(self_->clock().now());
  const auto is_late = pulls_->answered() == pull_schedule::answer::late;
  if (is_late)
    log_warning(options_.name + ": its source has answered after " + to_string(waited)
                + "; what it gave belongs to the next batch");
  if (from.failure)
    return fail(with_name(from.failure));
  // Before its blocks are on their way to the log.
  if (options_.positioned && options_.is_logged && !from.position.empty())
    options_.positioned->add(options_.name);
  if (!from.blocks.empty())
    recipes_.push_back(std::move(from.recipe));
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  for (auto& block : from.blocks) {
    records += block.count();
    bytes += block.bytes().size();
    add(std::move(block));
  }
  limit_->took(records, bytes);
  options_.gate->withdraw(options_.place); // there may be some left, and others want it
  position_ = std::move(from.position);
  description_ += (description_.empty() || from.description.empty() ? "" : ", ") + from.description;
  errors_.insert(errors_.end(), from.errors.begin(), from.errors.end());
  if (!is_late)
    finish_cut(from.had);
  ask_source();
}

/// One alarm for many pulls: it is set again if the source is asked when it rings.
void batch_generator_shell::watch_source() {
  const auto deadline = pulls_->deadline();
  if (watches_ || !deadline)
    return;
  watches_ = true;
  const auto left = std::chrono::ceil<duration>(*deadline - self_->clock().now());
  self_->delayed_send(self_, std::max(left, duration{0}), late_atom::value);
}

void batch_generator_shell::look_for_late_source() {
  watches_ = false;
  const auto now = self_->clock().now();
  auto without = pulls_->give_up(now);
  if (without != 0)
    log_warning(options_.name + ": its source has not answered for " + to_string(pulls_->waited(now))
                + "; batches go on without its records until it does");
  for (; without != 0; --without)
    finish_cut(presence::some);
  watch_source();
}

void batch_generator_shell::flushed() {
  if (unflushed_ == 0)
    return;
  --unflushed_;
  finish_cut(presence::some);
}

void batch_generator_shell::finish_cut(presence had) {
  report_credit();
  const auto cut = logic_->cut();
  const auto somebody_listens = options_.listeners && !options_.listeners->is_empty();
  cut_report report{links_.life, options_.stream, cut.time, cut.records, cut.bytes, {}, {}};
  report.share = {cut.first_block, cut.end_block, options_.is_logged, had, std::exchange(recipes_, {}), {}};
  if (std::ranges::find(report.share.recipes, std::string{}) != report.share.recipes.end())
    report.share.recipes.clear(); // not all of it can be given again
  if (source_) {
    report.description = std::exchange(description_, {});
    report.errors = std::exchange(errors_, {});
    // A batch without records of the source says as well where it goes on. One that is never late says it each time.
    report.share.position = away_->are_done_here() && has_begun_ ? std::move(position_) : position_;
    if (cut.records != 0)
      report.share.had = had = presence::some; // late ones
  }
  // First, so that the coordinator has it before anybody can be done with the batch.
  if (options_.is_gated || somebody_listens || cut.records != 0 || !report.share.position.empty())
    self_->send(links_.coordinator, cut_atom::value, std::move(report));
  for (const auto& target : targets_)
    self_->send(target, end_atom::value, end_mark{{links_.life, options_.edge.id, partition_id{0}, cut.time}, had});
}

void batch_generator_shell::release(const epoch& life, batch_time t) {
  if (life != links_.life)
    return;
  const auto free = logic_->release(t);
  if (free.bytes != 0)
    options_.gate->release(options_.place, t, free.bytes);
  if (told_ && free.end_block > first_new_block_)
    self_->send(told_, commit_atom::value, free.end_block - first_new_block_);
  // The records of a source that may be late can belong to a later batch than it was asked for.
  if (source_ && options_.from.is_quick)
    source_->committed(t);
  pass_credit_on();
}

void batch_generator_shell::drain(const epoch& life) {
  if (life != links_.life)
    return;
  making_receiver_ = false;
  if (!has_begun_)
    drain_asked_ = true; // what has been received before this run is not lost by it
  else if (receiver_)
    self_->send(receiver_, stop_atom::value);
  else
    self_->send(links_.coordinator, drained_atom::value, links_.life, options_.stream);
}

void batch_generator_shell::set_rate(const epoch& life, std::uint64_t records_per_second) {
  if (life != links_.life)
    return;
  // A receiver that is made later, because its records of an earlier run come first, begins with it.
  options_.receiver.rate.initial_rate = static_cast<double>(records_per_second);
  if (limit_)
    limit_->update(static_cast<double>(records_per_second));
  else if (receiver_)
    self_->send(receiver_, rate_atom::value, records_per_second);
}

void batch_generator_shell::set_limit(const epoch& life, const input_limit& x) {
  if (life != links_.life)
    return;
  asked_ = x; // for a source or receiver that is made later, too
  pass_limit_on();
}

void batch_generator_shell::pass_limit_on() {
  if (!asked_)
    return;
  if (limit_) {
    limit_->set_max(asked_->max_rate);
    limit_->set_paused(asked_->is_paused);
  } else if (receiver_) {
    self_->send(receiver_, limit_atom::value, *asked_);
  }
}

void batch_generator_shell::receiver_changed(receiver_report what) {
  what.life = links_.life;
  self_->send(links_.coordinator, report_atom::value, std::move(what));
}

void batch_generator_shell::receiver_stopped(caf::error why) {
  receiver_ = nullptr;
  hosted_ = nullptr;
  // Flushes that crossed with the stop are not answered any more; there is nothing left to flush.
  while (unflushed_ != 0)
    flushed();
  if (why)
    fail(with_name(why));
  else
    self_->send(links_.coordinator, drained_atom::value, links_.life, options_.stream);
}

void batch_generator_shell::lost(const caf::down_msg& down) {
  if (down.source == options_.coordinator) {
    self_->quit();
  } else if (receiver_ && down.source == receiver_) {
    receiver_ = nullptr;
    hosted_ = nullptr;
    auto why = make_error(ec::receiver_stopped,
                          "the receiver of input '" + options_.name + "' has ended: " + describe(down.reason));
    receiver_changed({{}, options_.stream, receiver_event::stopped, describe(why)});
    fail(std::move(why));
  }
}

void batch_generator_shell::fail(caf::error why) {
  self_->send(links_.coordinator, failed_atom::value, links_.life, std::move(why));
}

generator_actor::behavior_type batch_generator_behavior(generator_actor::stateful_pointer<batch_generator_shell> self,
                                                        batch_generator_options options) {
  belong_to(self, options.coordinator);
  self->set_down_handler([self](const caf::down_msg& down) { self->state.lost(down); });
  self->state.open(std::move(options));
  return {
      [self](block_atom, batch& block) { self->state.add(std::move(block)); },
      [self](flushed_atom, batch_time) { self->state.flushed(); },
      [self](report_atom, receiver_report& what) { self->state.receiver_changed(std::move(what)); },
      [self](stopped_atom, caf::error& why) { self->state.receiver_stopped(std::move(why)); },
      [self](deploy_atom, wiring& links) {
        self->state.deploy(std::move(links));
        return ready_atom::value;
      },
      [self](start_atom, const epoch& life, batch_time first) { self->state.start(life, first); },
      [self](cut_atom, const epoch& life, batch_time t) { self->state.cut(life, t); },
      [self](release_atom, const epoch& life, batch_time t) { self->state.release(life, t); },
      [self](rate_atom, const epoch& life, std::uint64_t rate) { self->state.set_rate(life, rate); },
      [self](limit_atom, const epoch& life, const input_limit& x) { self->state.set_limit(life, x); },
      [self](drain_atom, const epoch& life) { self->state.drain(life); },
      [self](answer_atom) { self->state.answered(); },
      [self](late_atom) { self->state.look_for_late_source(); },
      [self](memory_atom) { self->state.look_at_memory(); },
  };
}

} // namespace sluice
