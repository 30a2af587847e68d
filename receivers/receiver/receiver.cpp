// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/receiver/receiver.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/user_code.hpp>

namespace sluice {

receiver_base::~receiver_base() = default;

template <class Tell>
bool receiver_base::tell_host(Tell tell) {
  const std::lock_guard lock{host_mutex_};
  if (!host_)
    return false;
  tell(*host_);
  return true;
}

void receiver_base::restart(std::string message, duration delay) {
  if (!stopped_.exchange(true))
    tell_host([&](receiver_host& to) { to.restart(std::move(message), std::max(delay, duration::zero())); });
}

void receiver_base::stop(std::string message, ec code) {
  stopped_ = true;
  tell_host([&](receiver_host& to) { to.stop(make_error(code, std::move(message))); });
}

void receiver_base::report_error(std::string message) {
  if (!tell_host([&](receiver_host& to) { to.report(message); }))
    log_warning(message);
}

void receiver_base::report_info(std::string message) {
  if (!tell_host([&](receiver_host& to) { to.note(message); }))
    log_info(message);
}

void receiver_base::mark(std::string tag) { blocks().mark(std::move(tag)); }

void receiver_base::flush() { blocks().cut(); }

void receiver_base::hear(const receiver_news& news) {
  const auto tell = [this](const char* function, auto call) {
    if (const auto failure = detail::failure_of(call))
      report_error(std::string{function} + " failed: " + *failure);
  };
  if (news.durable)
    tell("on_durable()", [&] { on_durable(*news.durable); });
  if (news.log_error)
    tell("on_log_error()", [&] { on_log_error(news.log_error); });
  if (news.committed)
    tell("on_committed()", [&] { on_committed(*news.committed); });
}

error receiver_base::refusal() const {
  if (gate_.is_exempt())
    return make_error(ec::invalid_argument,
                      "nothing was stored: this thread has to hear first of what is in the log; call "
                      "store_durably() on another one");
  return progress_.refusal();
}

block_cutter& receiver_base::blocks() const {
  if (!blocks_)
    throw usage_error("store() of a receiver that has not been started; call it from the threads on_start() begins");
  return *blocks_;
}

void receiver_base::refuse() {
  if (!refused_.exchange(true))
    report_error("records stored after the receiver has stopped are dropped; join the threads that call store() in "
                 "on_stop()");
}

void receiver_base::attach(std::shared_ptr<receiver_host> host, sluice::stream_id id, block_cutter::options blocks) {
  assert(!blocks_);
  id_ = id;
  host_ = std::move(host);
  blocks.hand_on = [this](batch x) { tell_host([&](receiver_host& to) { to.block(std::move(x)); }); };
  blocks.finished = [this] { tell_host([](receiver_host& to) { to.drained(); }); };
  blocks.marked = [this](std::uint64_t block, std::string tag) {
    if (progress_.mark(block, std::move(tag)))
      tell_host([](receiver_host& to) { to.marked(); });
  };
  blocks_ = make_blocks(std::move(blocks), gate_);
}

void receiver_base::detach() {
  std::shared_ptr<receiver_host> gone;
  std::lock_guard lock{host_mutex_};
  gone.swap(host_);
}

caf::actor_system& receiver_base::system() const {
  const std::lock_guard lock{host_mutex_};
  if (!host_)
    throw runtime_failure{"the program that this receiver belongs to has ended"};
  return host_->system();
}

} // namespace sluice
