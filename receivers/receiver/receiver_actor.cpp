// SPDX-License-Identifier: BSD-3-Clause
//
// Why order holds: a block is put into this actor's mailbox under the block generator's lock. `flush` cuts, which puts
// what was stored before into the mailbox, and only then sends the mark that becomes `flushed`; `drained` is sent under
// the lock too, after the last block. The mailbox is FIFO and so is the way from here to the sink.
#include <sluice/receivers/receiver/receiver_actor.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <caf/send.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/system/ownership.hpp>

namespace sluice {

namespace {

/// How long a stop waits for `on_stop` where the program has ended already.
constexpr duration patience_without_sink{500};

/// A receiver's wishes, as messages to its actor.
class mailbox_host : public receiver_host {
public:
  mailbox_host(receiver_actor to, std::string input) : to_{std::move(to)}, input_{std::move(input)} {}

  void block(batch x) override { caf::anon_send(to_, block_atom::value, std::move(x)); }
  void drained() override { caf::anon_send(to_, drained_atom::value); }
  void marked() override { caf::anon_send(to_, commit_atom::value); }
  void report(std::string what) override { caf::anon_send(to_, report_atom::value, std::move(what)); }
  void note(std::string what) override { log_info(input_ + ": " + what); }
  void restart(std::string why, duration delay) override {
    caf::anon_send(to_, restart_atom::value, std::move(why), std::int64_t{delay.count()});
  }
  void stop(error why) override { caf::anon_send(to_, stopped_atom::value, std::move(why)); }
  caf::actor_system& system() override { return to_->home_system(); }

private:
  receiver_actor to_;
  std::string input_;
};

std::function<void(std::string_view)> log_of(std::string input) {
  return [input = std::move(input)](std::string_view what) { log_warning(input + ": " + std::string{what}); };
}

} // namespace

void check(const receiver_options& options) {
  if (options.block_interval <= duration::zero())
    throw usage_error("the block interval must be positive, not " + to_string(options.block_interval));
  check_block_bytes(options.block_bytes);
}

void receiver_shell::host(std::shared_ptr<receiver_base> hosted, receiver_options opts) {
  check(opts);
  block_interval = opts.block_interval;
  patience = opts.patience;
  name_for_log = opts.name.empty() ? "input stream " + to_string(opts.stream) : opts.name;
  auto say = opts.report ? std::move(opts.report) : log_of(name_for_log);
  auto report = [this, say = std::move(say), stream = opts.stream](receiver_event what, std::string_view message) {
    if (what == receiver_event::error)
      say(message);
    tell_sink(report_atom::value, receiver_report{{}, stream, what, std::string{message}});
  };
  const auto resume_after = [this](duration delay) { self->delayed_send(self, delay, start_atom::value); };
  away.emplace(std::move(opts.thread), [to = receiver_actor{self}] { caf::anon_send(to, answer_atom::value); });
  block_cutter::options blocks{.block_bytes = opts.block_bytes, .hand_on = {}, .rate = opts.rate};
  if (opts.clock)
    blocks.clock = std::move(opts.clock);
  life.emplace(std::move(hosted), std::make_shared<mailbox_host>(self, name_for_log), opts.stream, std::move(blocks),
               *away, receiver_life::callbacks{std::move(report), resume_after});
  life->set_logged(opts.is_logged);
}

void receiver_shell::start(const block_sink_actor& to, std::uint64_t credit) {
  if (sink)
    return;
  sink = to;
  self->monitor(sink);
  self->delayed_send(self, block_interval, tick_atom::value);
  life->start(credit);
}

void receiver_shell::tick() {
  if (!life->is_active())
    return;
  life->cut();
  self->delayed_send(self, block_interval, tick_atom::value);
}

void receiver_shell::flush(batch_time t) {
  life->flush();
  self->send(self, flushed_atom::value, t);
}

void receiver_shell::stop(caf::error why) {
  life->stop(why);
  if (!std::exchange(is_stopping, true))
    watch_stop(patience);
}

void receiver_shell::look_whether_stopped() {
  if (is_finished)
    return;
  if (!life->give_up())
    return finish(); // a thread is in the middle of a `store`
  log_warning(name_for_log + ": on_stop() of its receiver, or what it waits for, has not returned for "
              + to_string(patience) + "; it is left behind");
  watch_stop(patience);
}

void receiver_shell::finish() {
  tell_sink(stopped_atom::value, life->drained());
  is_finished = true;
  leave_if_done();
}

void receiver_shell::commit(std::uint64_t blocks) {
  life->committed(blocks);
  leave_if_done();
}

void receiver_shell::leave_if_done() {
  if (is_finished && !(sink && life->has_marks()))
    self->quit();
}

void receiver_shell::lose_sink() {
  sink = nullptr;
  if (is_finished)
    return leave_if_done();
  is_stopping = true;
  life->stop({});
  watch_stop(std::min(patience, patience_without_sink));
}

void receiver_shell::watch_stop(duration limit) {
  if (!away->are_done_here())
    self->delayed_send(self, limit, late_atom::value);
}

receiver_actor::behavior_type receiver_behavior(receiver_actor::stateful_pointer<receiver_shell> self,
                                                std::shared_ptr<receiver_base> hosted, receiver_options options) {
  // It is started in the same step in which it is spawned, and its batch generator is its owner from then on.
  self->set_exception_handler([](std::exception_ptr& thrown) { return error_of(thrown); });
  self->state.host(std::move(hosted), std::move(options));
  self->set_down_handler([self](const caf::down_msg&) { self->state.lose_sink(); });
  return {
      [self](start_atom, const block_sink_actor& to, std::uint64_t credit) { self->state.start(to, credit); },
      [self](credit_atom, std::uint64_t bytes) { self->state.life->credit(bytes); },
      [self](rate_atom, std::uint64_t rate) { self->state.life->set_rate(static_cast<double>(rate)); },
      [self](limit_atom, const input_limit& x) { self->state.life->set_limit(x); },
      [self](flush_atom, batch_time t) { self->state.flush(t); },
      [self](flushed_atom, batch_time t) { self->state.tell_sink(flushed_atom::value, t); },
      [self](durable_atom, std::uint64_t blocks) { self->state.life->durable(blocks); },
      [self](durable_atom, const caf::error& why) { self->state.life->fail_log(why); },
      [self](commit_atom, std::uint64_t blocks) { self->state.commit(blocks); },
      [self](commit_atom) {
        self->state.life->tell();
        self->state.leave_if_done();
      },
      [self](stop_atom) { self->state.stop({}); },
      [self](tick_atom) { self->state.tick(); },
      [self](block_atom, const batch& x) { self->state.tell_sink(block_atom::value, x); },
      [self](drained_atom) { self->state.finish(); },
      [self](restart_atom, const std::string& why, std::int64_t ms) { self->state.life->restart(why, duration{ms}); },
      [self](start_atom) { self->state.life->resume(); },
      [self](report_atom, const std::string& what) { self->state.life->report_error(what); },
      [self](stopped_atom, const caf::error& why) { self->state.stop(why); },
      [self](answer_atom) {
        self->state.away->take_answers();
        self->state.leave_if_done();
      },
      [self](late_atom) { self->state.look_whether_stopped(); },
  };
}

} // namespace sluice
