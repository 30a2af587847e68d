// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver_life.hpp>

#include <thread>
#include <utility>

#include <sluice/actors/user_code.hpp>

namespace sluice {

namespace {

/// "2 s" or "1500 ms".
std::string in_words(duration d) {
  return d.count() % 1000 == 0 ? std::to_string(d.count() / 1000) + " s" : to_string(d);
}

std::string again_after(const std::string& why, duration delay) {
  return why + (why.ends_with('?') ? " trying again in " : "; trying again in ") + in_words(delay);
}

} // namespace

receiver_life::receiver_life(std::shared_ptr<receiver_base> hosted, std::shared_ptr<receiver_host> host, stream_id id,
                             std::size_t block_bytes, reporter report)
    : hosted_{std::move(hosted)}, report_{std::move(report)} {
  hosted_->attach(std::move(host), id, block_bytes);
}

receiver_life::~receiver_life() {
  stop({});
  hosted_->detach();
}

std::optional<duration> receiver_life::start(std::uint64_t credit) {
  if (phase_ != phase::idle)
    return std::nullopt;
  this->credit(credit);
  return run();
}

void receiver_life::credit(std::uint64_t bytes) {
  hosted_->gate_.release(bytes);
  hosted_->blocks_->note_credit();
}

std::optional<duration> receiver_life::restart(const std::string& why, duration delay) {
  if (phase_ != phase::running)
    return std::nullopt;
  report_error(again_after(why, delay));
  end_run({});
  phase_ = phase::waiting;
  return delay;
}

std::optional<duration> receiver_life::resume() {
  if (phase_ != phase::waiting)
    return std::nullopt;
  return run();
}

void receiver_life::stop(caf::error why) {
  if (phase_ == phase::stopping || phase_ == phase::stopped)
    return;
  why_ = std::move(why);
  const auto message = why_ ? describe(why_) : std::string{};
  if (phase_ == phase::running)
    end_run(message);
  else if (why_)
    report_(receiver_event::stopped, message);
  phase_ = phase::stopping;
  hosted_->stopped_ = true;
  hosted_->gate_.lift();
  hosted_->blocks_->finish();
}

caf::error receiver_life::drained() {
  phase_ = phase::stopped;
  return why_;
}

void receiver_life::report_error(std::string_view what) const { report_(receiver_event::error, what); }

std::optional<duration> receiver_life::run() {
  phase_ = phase::running;
  hosted_->stopped_ = false;
  hosted_->started_ = true;
  report_(receiver_event::started, {});
  hosted_->gate_.exempt(std::this_thread::get_id());
  const auto failure = detail::failure_of([this] { hosted_->on_start(); });
  hosted_->gate_.exempt({});
  if (!failure)
    return std::nullopt;
  return restart("on_start() failed: " + *failure, default_restart_delay);
}

void receiver_life::end_run(const std::string& why) {
  hosted_->stopped_ = true;
  // A thread that waits for credit could not be joined: credit is given by the thread that calls on_stop.
  hosted_->gate_.lift();
  if (const auto failure = detail::failure_of([this] { hosted_->on_stop(); }))
    report_error("on_stop() failed: " + *failure);
  hosted_->gate_.lower();
  hosted_->started_ = false;
  report_(receiver_event::stopped, why);
}

} // namespace sluice
