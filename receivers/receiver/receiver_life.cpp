// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver/receiver_life.hpp>

#include <thread>
#include <utility>

#include <sluice/actors/base/user_code.hpp>

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
                             block_cutter::options blocks, errands& away, callbacks then)
    : hosted_{std::move(hosted)}, away_{away}, then_{std::move(then)} {
  hosted_->attach(std::move(host), id, std::move(blocks));
}

receiver_life::~receiver_life() {
  stop({});
  hosted_->detach();
}

void receiver_life::start(std::uint64_t credit) {
  if (phase_ != phase::idle)
    return;
  this->credit(credit);
  run();
}

void receiver_life::credit(std::uint64_t bytes) {
  hosted_->gate_.release(bytes);
  hosted_->blocks_->note_credit();
}

void receiver_life::durable(std::uint64_t block) {
  hosted_->progress_.durable(block);
  tell();
}

void receiver_life::fail_log(error why) {
  hosted_->progress_.fail(std::move(why));
  tell();
}

void receiver_life::committed(std::uint64_t block) {
  hosted_->progress_.committed(block);
  tell();
}

void receiver_life::tell() {
  if (telling_)
    return;
  auto news = hosted_->progress_.take_news();
  if (!news)
    return;
  telling_ = true;
  call([news = std::move(news)](receiver_base& to) { to.hear(news); },
       [this](const std::optional<std::string>&) {
         telling_ = false;
         tell();
       });
}

void receiver_life::restart(const std::string& why, duration delay) {
  if (phase_ != phase::running)
    return;
  report_error(again_after(why, delay));
  phase_ = phase::ending;
  delay_ = delay;
  end_run();
}

void receiver_life::resume() {
  if (phase_ == phase::waiting)
    run();
}

void receiver_life::stop(error why) {
  if (phase_ >= phase::stopping)
    return;
  why_ = std::move(why);
  switch (std::exchange(phase_, phase::stopping)) {
    case phase::running: return end_run();
    case phase::ending: return; // on_stop is called already
    default:
      if (why_)
        then_.report(receiver_event::stopped, describe(why_));
      drain();
  }
}

bool receiver_life::give_up() {
  if (phase_ != phase::stopping)
    return false;
  then_.report(receiver_event::stopped, why_ ? describe(why_) : "");
  drain();
  return true;
}

error receiver_life::drained() {
  phase_ = phase::stopped;
  return why_;
}

void receiver_life::report_error(std::string_view what) const { then_.report(receiver_event::error, what); }

void receiver_life::run() {
  phase_ = phase::running;
  hosted_->stopped_ = false;
  hosted_->started_ = true;
  then_.report(receiver_event::started, {});
  hosted_->progress_.resume();
  call([](receiver_base& it) { it.on_start(); },
       [this](const std::optional<std::string>& failure) { started(failure); });
}

/// Calls a function of the receiver, on its thread.
template <class Call, class Then>
void receiver_life::call(Call function, Then then) {
  // A host that gives credit on this same thread cannot do so while the function waits for it.
  auto work = [hosted = hosted_, exempt = away_.are_done_here(), function = std::move(function)] {
    if (exempt)
      hosted->gate_.exempt(std::this_thread::get_id());
    auto failure = detail::failure_of([&] { function(*hosted); });
    hosted->gate_.exempt({});
    return failure;
  };
  away_.send(std::move(work), std::move(then));
}

void receiver_life::started(const std::optional<std::string>& failure) {
  start_failed_ = failure.has_value();
  if (!failure)
    return;
  const auto why = "on_start() failed: " + *failure;
  if (phase_ == phase::running)
    restart(why, default_restart_delay);
  else
    report_error(why);
}

void receiver_life::end_run() {
  hosted_->stopped_ = true;
  // A thread that waits for credit, or for the log, could not be joined.
  hosted_->gate_.lift();
  hosted_->progress_.interrupt();
  const auto work = [hosted = hosted_] {
    auto failure = detail::failure_of([&] { hosted->on_stop(); });
    hosted->started_ = false;
    return failure;
  };
  away_.send(work, [this](const std::optional<std::string>& failure) { ended(failure); });
}

void receiver_life::ended(const std::optional<std::string>& failure) {
  // Where on_start has failed, there may have been nothing to end.
  if (failure && !start_failed_)
    report_error("on_stop() failed: " + *failure);
  if (phase_ != phase::ending && phase_ != phase::stopping)
    return; // nobody has waited for it
  then_.report(receiver_event::stopped, why_ ? describe(why_) : "");
  if (phase_ == phase::stopping)
    return drain();
  hosted_->gate_.lower();
  phase_ = phase::waiting;
  then_.resume_after(delay_);
}

void receiver_life::drain() {
  phase_ = phase::draining;
  hosted_->stopped_ = true;
  hosted_->gate_.lift();
  hosted_->progress_.interrupt();
  hosted_->blocks_->finish();
}

} // namespace sluice
