// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/batch_generator_actor.hpp>

#include <sluice/actors/errors.hpp>
#include <sluice/actors/ownership.hpp>
#include <sluice/actors/user_code.hpp>

#include <utility>

namespace sluice {

void batch_generator_state::open(batch_generator_options options) {
  options_ = std::move(options);
  logic_.emplace(options_.interval, options_.edge.targets);
}

void batch_generator_state::deploy(wiring links) {
  links_ = std::move(links);
  targets_ = links_.routes.front().targets;
}

void batch_generator_state::start(const epoch& life, batch_time first) {
  if (life != links_.life)
    return;
  logic_->start(first);
  if (auto err = options_.from.make_source ? start_source() : start_receiver())
    fail(std::move(err));
}

caf::error batch_generator_state::start_receiver() {
  std::shared_ptr<receiver_base> receiver;
  if (const auto failure = detail::failure_of([&] { receiver = options_.from.make_receiver(); }))
    return make_error(ec::user_code_failed, options_.name + ": its receiver cannot be made: " + *failure);
  hosted_ = receiver;
  receiver_ = self_->home_system().spawn(receiver_behavior, std::move(receiver), options_.receiver);
  self_->monitor(receiver_);
  if (options_.roll)
    options_.roll->enter(receiver_, "the receiver of input '" + options_.name + "'");
  self_->send(receiver_, start_atom::value, block_sink_actor{self_}, options_.budget);
  return {};
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

void batch_generator_state::add(batch block) {
  auto parcel = logic_->add(std::move(block));
  self_->send(targets_[parcel.to.value()], data_atom::value,
              edge_mark{links_.life, options_.edge.id, partition_id{0}, parcel.time}, std::move(parcel.content));
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
  auto blocks = source_->pull(t, options_.budget);
  if (!blocks)
    return fail(std::move(blocks.error()));
  if (!*blocks)
    return finish_cut(dataset::none);
  for (auto& block : **blocks)
    add(std::move(block));
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
  const auto bytes = logic_->release(t);
  if (receiver_ && bytes != 0)
    self_->send(receiver_, credit_atom::value, bytes);
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

void batch_generator_state::fail(caf::error why) {
  self_->send(links_.coordinator, failed_atom::value, links_.life, std::move(why));
}

generator_actor::behavior_type batch_generator_behavior(generator_actor::stateful_pointer<batch_generator_state> self,
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
      [self](drain_atom, const epoch& life) { self->state.drain(life); },
  };
}

} // namespace sluice
