// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/testkit/receiver_harness.hpp>

#include <stdexcept>

namespace sluice::testkit {

/// Notes the wishes of the receiver, on whatever thread they come.
class receiver_harness::note_taker final : public receiver_host {
public:
  struct wishes {
    bool has_marks = false;
    std::vector<std::string> reports = {};
    std::optional<std::pair<std::string, duration>> restart = {};
    std::optional<error> stop = {};
  };

  void block(batch x) override {
    const std::lock_guard lock{mutex_};
    blocks_.push_back(std::move(x));
    changed_.notify_all();
  }
  void drained() override {
    const std::lock_guard lock{mutex_};
    is_drained_ = true;
  }
  void marked() override {
    const std::lock_guard lock{mutex_};
    wishes_.has_marks = true;
  }
  void report(std::string what) override {
    const std::lock_guard lock{mutex_};
    wishes_.reports.push_back(std::move(what));
  }
  void note(std::string) override {}
  void restart(std::string why, duration delay) override {
    const std::lock_guard lock{mutex_};
    wishes_.restart.emplace(std::move(why), delay);
  }
  void stop(error why) override {
    const std::lock_guard lock{mutex_};
    wishes_.stop = std::move(why);
  }
  caf::actor_system& system() override { throw std::logic_error("a receiver_harness has no actor system"); }

  wishes take_wishes() {
    const std::lock_guard lock{mutex_};
    return std::exchange(wishes_, {});
  }
  std::vector<batch> blocks() const {
    const std::lock_guard lock{mutex_};
    return blocks_;
  }
  bool wait_for_blocks(std::uint64_t count, std::chrono::milliseconds timeout) const {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, timeout, [&] { return blocks_.size() >= count; });
  }
  bool is_drained() const {
    const std::lock_guard lock{mutex_};
    return is_drained_;
  }

private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<batch> blocks_;
  wishes wishes_;
  bool is_drained_ = false;
};

namespace {

block_cutter::options blocks_of(const receiver_harness_options& how) {
  return {.block_bytes = how.block_bytes, .hand_on = {}, .rate = how.rate, .clock = how.clock};
}

} // namespace

receiver_harness::receiver_harness(std::shared_ptr<receiver_base> hosted, receiver_harness_options options)
    : options_{std::move(options)}, host_{std::make_shared<note_taker>()},
      life_{std::move(hosted),
            host_,
            stream_id{0},
            blocks_of(options_),
            here_,
            {[this](receiver_event what, std::string_view x) {
               if (what == receiver_event::error)
                 reports_.emplace_back(x);
             },
             [](duration) {}}} {
  life_.set_logged(options_.is_logged);
}

receiver_harness::~receiver_harness() = default;

void receiver_harness::start() { life_.start(options_.credit); }

void receiver_harness::stop() {
  settle();
  life_.stop({});
}

void receiver_harness::credit(std::uint64_t bytes) {
  settle();
  life_.credit(bytes);
}

void receiver_harness::set_rate(double records_per_second) {
  settle();
  life_.set_rate(records_per_second);
}

void receiver_harness::flush() {
  settle();
  life_.flush();
}

void receiver_harness::durable(std::uint64_t block) {
  settle();
  life_.durable(block);
}

void receiver_harness::fail_log(error why) {
  settle();
  life_.fail_log(std::move(why));
}

void receiver_harness::committed(std::uint64_t block) {
  settle();
  life_.committed(block);
}

void receiver_harness::settle() {
  auto wishes = host_->take_wishes();
  for (const auto& what : wishes.reports)
    life_.report_error(what);
  if (wishes.restart) {
    life_.restart(wishes.restart->first, wishes.restart->second);
    life_.resume();
  }
  if (wishes.stop)
    life_.stop(*wishes.stop);
  if (wishes.has_marks)
    life_.tell();
}

std::uint64_t receiver_harness::blocks() const { return taken().size(); }

bool receiver_harness::wait_for_blocks(std::uint64_t count, std::chrono::milliseconds timeout) const {
  return host_->wait_for_blocks(count, timeout);
}

bool receiver_harness::is_drained() const { return host_->is_drained(); }

std::vector<batch> receiver_harness::taken() const { return host_->blocks(); }

} // namespace sluice::testkit
