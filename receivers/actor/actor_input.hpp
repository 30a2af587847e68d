// SPDX-License-Identifier: BSD-3-Clause
//
// A CAF actor of the user as a receiver. It stores records that other actors send to it, from this process or others.
// The user bounds its mailbox: `store` never blocks the actor, but tells it when there is no more credit.
#pragma once

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/result.hpp>
#include <caf/send.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/system/ownership.hpp>
#include <sluice/receivers/actor/answering_actor.hpp>
#include <sluice/receivers/receiver/input.hpp>
#include <sluice/receivers/receiver/receiver.hpp>

namespace sluice {

template <record T>
class actor_receiver;

/// Stores records for the user's actor. Cheap to copy. Thread safe.
template <record T>
class actor_store {
public:
  explicit actor_store(std::shared_ptr<actor_receiver<T>> to) : to_{std::move(to)} {}

  /// Stores one record, without waiting. If it returns `intake::full`, the actor should slow down its senders: nothing
  /// else bounds the stored records then. Throws std::length_error for a record that is too large.
  intake operator()(const T& x) const { return to_->store_now(x); }

  /// Stores one record, and answers the message that `self` handles now when the record is in the log. To be returned
  /// by the handler. The sender gets an empty answer, or an error: there is no log, the log cannot take the record, or
  /// the receiver stops. As for `receiver<T>::store_durably`, the record may still count then. While the input is at
  /// the limit of its rate, answers wait for it. Senders that wait for their answers are bounded by both; so the actor
  /// need not look at the credit. Throws as above.
  ///
  ///     return {[self, store](const std::string& line) { return store.durably(self, line); }};
  caf::result<void> durably(caf::event_based_actor* self, const T& x) const;

  /// Tells the user of something that went wrong, and goes on.
  void report_error(std::string message) const { to_->report_error(std::move(message)); }

  /// Gives up for good: the context stops with that error. (An actor that just ends is spawned again.)
  void stop(std::string message) const { to_->stop(std::move(message)); }

private:
  std::shared_ptr<actor_receiver<T>> to_;
};

/// Makes the behavior of the user's actor. Runs on each node that hosts the receiver, and again for each restart.
template <record T>
using actor_input_function = std::function<caf::behavior(caf::event_based_actor*, actor_store<T>)>;

struct actor_input_options {
  /// Called with each actor that was spawned, to give its handle to others or to publish it at a port.
  std::function<void(const caf::actor&)> on_spawn = {};
  /// From the actor's death to the next one's birth.
  duration restart_delay = default_restart_delay;
  /// Records per second at most; 0: no limit.
  double max_rate = 0;
};

/// Spawns the user's actor, ends it, and spawns another if it dies.
template <record T>
class actor_receiver : public receiver<T> {
public:
  actor_receiver(actor_input_function<T> body, actor_input_options options)
      : body_{std::move(body)}, options_{std::move(options)} {}

  struct counted_record {
    std::uint64_t number;           ///< among those that were stored in this way
    std::chrono::microseconds wait; ///< until the rate allows the next one
  };

  /// Stores one record, without waiting.
  expected<counted_record> store_counted(const T& x) {
    if (auto why = this->refusal())
      return why;
    const std::lock_guard lock{counting_};
    const auto taken = this->store_now(x);
    if (taken == intake::closed)
      return make_error(ec::receiver_stopped, "nothing was stored: the receiver has stopped");
    this->mark(std::to_string(++counted_));
    const auto wait = taken == intake::open ? std::chrono::microseconds{0} : this->blocks().until_turn();
    return counted_record{counted_, wait};
  }

  /// Answers when such records are in the log; null if there is no log.
  durable_answer_actor answering() const {
    const std::lock_guard lock{counting_};
    return answering_;
  }

protected:
  void on_start() override {
    const auto self = std::static_pointer_cast<actor_receiver>(this->shared_from_this());
    if (this->is_logged())
      start_answering();
    actor_ = this->system().spawn(
        [body = body_](caf::event_based_actor* actor, const actor_store<T>& store) {
          actor->set_exception_handler([](std::exception_ptr& thrown) { return error_of(thrown); });
          return body(actor, store);
        },
        actor_store<T>{self});
    const auto life = ++lives_;
    actor_->attach_functor([weak = std::weak_ptr{self}, life](const caf::error& why) {
      if (const auto alive = weak.lock())
        alive->died(life, why);
    });
    if (options_.on_spawn)
      options_.on_spawn(actor_);
  }

  void on_stop() override {
    if (const auto answering = take_answering())
      caf::anon_send(answering, stop_atom::value);
    if (!actor_)
      return; // on_start has failed before there was one
    ++lives_;
    caf::anon_send_exit(std::exchange(actor_, nullptr), caf::exit_reason::user_shutdown);
  }

  void on_durable(std::string_view mark) override {
    std::uint64_t record = 0;
    std::from_chars(mark.data(), mark.data() + mark.size(), record);
    if (const auto to = answering())
      caf::anon_send(to, durable_atom::value, record);
  }

  void on_log_error(const error& why) override {
    if (const auto to = answering())
      caf::anon_send(to, failed_atom::value, caf::error{why});
  }

private:
  void start_answering() {
    const auto flush = [weak = std::weak_ptr{this->shared_from_this()}] {
      if (const auto alive = weak.lock())
        alive->flush();
    };
    auto made = this->system().spawn(answering_behavior, std::function<void()>{flush});
    const std::lock_guard lock{counting_};
    answering_ = std::move(made);
  }

  durable_answer_actor take_answering() {
    const std::lock_guard lock{counting_};
    return std::exchange(answering_, nullptr);
  }

  /// Called when an actor ends, also by us, on any thread.
  void died(std::uint64_t life, const error& why) {
    if (life == lives_)
      this->restart("the receiving actor has ended (" + (why ? describe(why) : "normally") + ")",
                    options_.restart_delay);
  }

  actor_input_function<T> body_;
  actor_input_options options_;
  caf::actor actor_;
  std::atomic<std::uint64_t> lives_ = 0; // odd while an actor of ours should live
  mutable std::mutex counting_;
  std::uint64_t counted_ = 0; // stored by `store_counted`
  durable_answer_actor answering_;
};

template <record T>
caf::result<void> actor_store<T>::durably(caf::event_based_actor* self, const T& x) const {
  const auto record = to_->store_counted(x);
  if (!record)
    return caf::error{record.error()};
  const auto to = to_->answering();
  if (!to)
    return caf::error{stopped_while_waiting()};
  return self->delegate(to, add_atom::value, record->number, std::int64_t{record->wait.count()});
}

/// The records that an actor of the user stores. Messages that are still in its mailbox when the stream stops have not
/// been received. Throws usage_error without a function.
template <record T>
input<T> actor_input(actor_input_function<T> body, actor_input_options options = {}) {
  if (!body)
    throw usage_error("actor_stream: there must be a function that makes the actor's behavior");
  return {.kind = "actor_stream",
          .description = "actor",
          .make_receiver = [body, options] { return std::make_shared<actor_receiver<T>>(body, options); },
          .max_rate = options.max_rate};
}

} // namespace sluice
