// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/batch_generator_actor.hpp>

#include <sluice/actors/errors.hpp>
#include <sluice/actors/log.hpp>
#include <sluice/actors/memory_meter.hpp>
#include <sluice/actors/user_code.hpp>

#include <chrono>
#include <utility>

namespace sluice {

namespace {

/// How long an input that is held back waits until it looks whether there is memory.
constexpr std::chrono::milliseconds patience{1};

} // namespace

void batch_generator_state::open(batch_generator_options options) {
  options_ = std::move(options);
  logic_.emplace(options_.interval, options_.edge.targets);
}

void batch_generator_state::deploy(wiring links) {
  links_ = std::move(links);
  targets_ = links_.routes.front().targets;
  self_->monitor<caf::message_priority::high>(links_.coordinator); // its end overtakes blocks
}

void batch_generator_state::start(const epoch& life, batch_time first) {
  if (life != links_.life)
    return;
  logic_->start(first);
  if (options_.from.make_source) {
    if (auto err = start_source())
      fail(std::move(err));
    return;
  }
  auto receiver = options_.from.make_receiver();
  hosted_ = receiver;
  receiver_ = self_->home_system().spawn(receiver_behavior, std::move(receiver), options_.receiver);
  self_->monitor(receiver_);
  self_->send(receiver_, start_atom::value, block_sink_actor{self_}, more_credit());
  watch_memory();
}

caf::error batch_generator_state::start_source() {
  if (const auto failure = detail::failure_of([this] { source_ = options_.from.make_source(); }))
    return make_error(ec::user_code_failed, "an input cannot be started: " + *failure);
  // It may be long; it is not kept longer than needed.
  const auto position = std::exchange(options_.position, {});
  if (position.empty())
    return {};
  if (const auto why = source_->resume(position))
    return with_name(why);
  return {};
}

/// The same, by which a program of many inputs says which.
caf::error batch_generator_state::with_name(const caf::error& why) const {
  return make_error(static_cast<ec>(why.code()), options_.name + ": " + describe(why));
}

/// How many bytes this input may admit in addition.
std::uint64_t batch_generator_state::more_credit() {
  auto& memory = process_memory();
  options_.gate->note({memory.in_flight(), memory.waiting(), memory.take_peak()});
  memory.set_scarce(options_.gate->is_scarce());
  const auto result = options_.gate->grant(options_.place);
  if (const auto warning = options_.gate->take_warning())
    log_warning(*warning);
  return result;
}

void batch_generator_state::pass_credit_on() {
  if (!receiver_)
    return;
  if (const auto bytes = more_credit(); bytes != 0)
    self_->send(receiver_, credit_atom::value, bytes);
  watch_memory();
}

void batch_generator_state::watch_memory() {
  if (watches_memory_ || !options_.gate->is_held_back(options_.place))
    return;
  watches_memory_ = true;
  self_->delayed_send(self_, patience, memory_atom::value);
}

void batch_generator_state::look_at_memory() {
  watches_memory_ = false;
  pass_credit_on();
}

void batch_generator_state::add(batch block) {
  options_.gate->admit(options_.place, block.bytes().size());
  block.count_as(memory_use::waiting);
  auto parcel = logic_->add(std::move(block));
  self_->send(targets_[parcel.to.value()], data_atom::value,
              edge_mark{links_.life, options_.edge.id, partition_id{0}, parcel.time}, std::move(parcel.content));
  pass_credit_on();
}

void batch_generator_state::cut(const epoch& life, batch_time t) {
  if (life != links_.life)
    return;
  if (source_) {
    pull(t);
  } else if (receiver_ && (unflushed_ != 0 || !hosted_->is_quiet())) {
    // What the receiver holds back in a half-full block belongs to this batch as well.
    ++unflushed_;
    self_->send(receiver_, flush_atom::value, t);
  } else {
    finish_cut(dataset::some);
  }
}

void batch_generator_state::pull(batch_time t) {
  options_.gate->withdraw(options_.place);
  auto blocks = source_->pull(t, more_credit());
  if (!blocks)
    return fail(std::move(blocks.error()));
  if (!*blocks)
    return finish_cut(dataset::none);
  for (auto& block : **blocks)
    add(std::move(block));
  options_.gate->withdraw(options_.place); // there may be some left, and others want it
  finish_cut(dataset::some);
}

void batch_generator_state::flushed() {
  if (unflushed_ == 0)
    return;
  --unflushed_;
  finish_cut(dataset::some);
}

void batch_generator_state::finish_cut(dataset had) {
  const auto cut = logic_->cut();
  const auto somebody_listens = options_.listeners && !options_.listeners->is_empty();
  cut_report report{links_.life, options_.stream, cut.time, cut.records, cut.bytes, {}, {}};
  if (source_ && somebody_listens)
    report.description = source_->description();
  if (source_)
    report.errors = source_->take_errors();
  if (source_ && links_.store) {
    auto position = source_->position();
    if (!position)
      return fail(with_name(position.error()));
    report.position = std::move(*position);
  }
  // First, so that the coordinator has it before anybody can be done with the batch.
  if (somebody_listens || cut.records != 0 || !report.position.empty())
    self_->send(links_.coordinator, cut_atom::value, std::move(report));
  for (const auto& target : targets_)
    self_->send(target, end_atom::value, end_mark{{links_.life, options_.edge.id, partition_id{0}, cut.time}, had});
}

void batch_generator_state::release(const epoch& life, batch_time t) {
  if (life != links_.life)
    return;
  if (const auto bytes = logic_->release(t); bytes != 0)
    options_.gate->release(options_.place, t, bytes);
  pass_credit_on();
}

void batch_generator_state::drain(const epoch& life) {
  if (life != links_.life)
    return;
  if (receiver_)
    self_->send(receiver_, stop_atom::value);
  else
    self_->send(links_.coordinator, drained_atom::value, links_.life, options_.stream);
}

void batch_generator_state::receiver_changed(receiver_report what) {
  what.life = links_.life;
  self_->send(links_.coordinator, report_atom::value, std::move(what));
}

void batch_generator_state::receiver_stopped(caf::error why) {
  receiver_ = nullptr;
  hosted_ = nullptr;
  // Flushes that crossed with the stop are not answered any more; there is nothing left to flush.
  while (unflushed_ != 0)
    flushed();
  if (why)
    fail(std::move(why));
  else
    self_->send(links_.coordinator, drained_atom::value, links_.life, options_.stream);
}

void batch_generator_state::lost(const caf::down_msg& down) {
  if (down.source == links_.coordinator) {
    self_->quit(); // whoever deployed this generator outlives it; without it nobody would ever stop it
  } else if (receiver_ && down.source == receiver_) {
    receiver_ = nullptr;
    hosted_ = nullptr;
    auto why = make_error(ec::receiver_stopped, "the receiver of input stream " + to_string(options_.stream)
                                                    + " has ended without a word: " + describe(down.reason));
    receiver_changed({{}, options_.stream, receiver_event::stopped, describe(why)});
    fail(std::move(why));
  }
}

void batch_generator_state::fail(caf::error why) {
  self_->send(links_.coordinator, failed_atom::value, links_.life, std::move(why));
}

generator_actor::behavior_type batch_generator_behavior(generator_actor::stateful_pointer<batch_generator_state> self,
                                                        batch_generator_options options) {
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
      [self](drain_atom, const epoch& life) { self->state.drain(life); },
      [self](memory_atom) { self->state.look_at_memory(); },
  };
}

} // namespace sluice
