// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/log_actor.hpp>

#include <chrono>
#include <utility>

#include <caf/send.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/system/ownership.hpp>

namespace sluice {

namespace {

/// How long a release waits for something else to write, and until the next try where there was no room.
constexpr std::chrono::milliseconds patience{100};

void tell_of_stall(const error& why) {
  if (why)
    log_warning("the write-ahead log has no room: " + describe(why)
                + "; inputs are held back until there is some, and nothing is dropped");
  else
    log_info("the write-ahead log has room again, and goes on");
}

caf::error refusal() { return make_error(ec::invalid_argument, "another run of the program writes to the log"); }

} // namespace

void log_shell::open(log_options options) {
  life_ = options.life;
  back_.emplace(nullptr, [to = log_actor{self_}] { caf::anon_send(to, answer_atom::value); });
  auto thread = options.threads ? options.threads->start("the write-ahead log") : nullptr;
  writer_.emplace(std::move(options.log), std::move(thread), log_writer_options{.on_stall = tell_of_stall});
}

log_writer::callback log_shell::answering(caf::typed_response_promise<ready_atom> promise) {
  return back_->answering<error>([promise](const error& why) mutable {
    if (why)
      promise.deliver(caf::error{why});
    else
      promise.deliver(ready_atom::value);
  });
}

caf::result<ready_atom> log_shell::append(const epoch& life, logged_block block) {
  if (life != life_)
    return refusal();
  auto promise = self_->make_response_promise<ready_atom>();
  writer_->append(std::move(block), answering(promise));
  tick_later();
  return promise;
}

caf::result<ready_atom> log_shell::keep(const epoch& life, allocation what) {
  if (life != life_)
    return refusal();
  auto promise = self_->make_response_promise<ready_atom>();
  writer_->allocate(std::move(what), answering(promise));
  tick_later();
  return promise;
}

caf::result<batch> log_shell::load(const std::string& input, std::uint64_t number) {
  auto promise = self_->make_response_promise<batch>();
  using found = expected<batch>;
  const auto answer = back_->answering<std::shared_ptr<found>>([promise](const std::shared_ptr<found>& x) mutable {
    if (*x)
      promise.deliver(std::move(**x));
    else
      promise.deliver(caf::error{x->error()});
  });
  writer_->visit([answer, input, number](const block_log& log) {
    answer(std::make_shared<found>([&]() -> found {
      auto reader = log.blocks(input, number, number + 1);
      if (!reader)
        return reader.error();
      auto block = reader->next();
      if (!block)
        return block.error();
      return std::move(**block);
    }()));
  });
  return promise;
}

void log_shell::release(const epoch& life, batch_time t) {
  if (life != life_)
    return;
  writer_->release(t);
  tick_later();
}

void log_shell::tick_later() {
  if (!std::exchange(ticks_, true))
    self_->delayed_send(self_, patience, tick_atom::value);
}

void log_shell::tick() {
  ticks_ = false;
  writer_->tick();
  if (writer_->waiting_bytes() != 0)
    tick_later();
}

log_actor::behavior_type log_behavior(log_actor::stateful_pointer<log_shell> self, log_options options) {
  if (options.coordinator)
    belong_to(self, options.coordinator);
  self->state.open(std::move(options));
  return {
      [self](block_atom, const epoch& life, std::string& input, std::uint64_t number, batch& records) {
        return self->state.append(life, {std::move(input), number, std::move(records)});
      },
      [self](cut_atom, const epoch& life, allocation& what) { return self->state.keep(life, std::move(what)); },
      [self](load_atom, const std::string& input, std::uint64_t number) { return self->state.load(input, number); },
      [self](release_atom, const epoch& life, batch_time t) { self->state.release(life, t); },
      [self](answer_atom) { self->state.take_answers(); },
      [self](tick_atom) { self->state.tick(); },
  };
}

} // namespace sluice
