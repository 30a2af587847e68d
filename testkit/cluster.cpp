// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/testkit/cluster.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/system/config.hpp>
#include <sluice/actors/system/roll_call.hpp>

#include <caf/send.hpp>

#include <stdexcept>

namespace sluice::testkit {

namespace {

constexpr std::uint32_t cores = 2;
constexpr std::uint16_t port = 4711;

/// The virtual time, which stands for the time of day.
class simulated_clock final : public wall_clock {
public:
  explicit simulated_clock(const simulation& source) : source_{source} {}

  std::chrono::microseconds now() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(source_.now().time_since_epoch());
  }

private:
  const simulation& source_;
};

/// What it opens; throws if it cannot.
kept_run opened(const checkpoint_source& from) {
  auto result = from();
  if (!result)
    throw std::runtime_error{describe(result.error())};
  return std::move(*result);
}

cluster::compose_program in_context(duration interval, const cluster::compose_streams& compose) {
  return [interval, compose] {
    streaming_context context{interval};
    compose(context);
    return context.compose();
  };
}

} // namespace

std::shared_ptr<checkpoint_log> simulated_disk::open() {
  auto result = checkpoint_log::open(log_, snapshots_);
  if (!result)
    throw std::runtime_error{describe(result.error())};
  return std::make_shared<checkpoint_log>(std::move(*result));
}

std::shared_ptr<block_log> simulated_disk::open_blocks() {
  auto result = block_log::open(blocks_);
  if (!result)
    throw std::runtime_error{describe(result.error())};
  return std::make_shared<block_log>(std::move(*result));
}

cluster::cluster(std::size_t workers, std::uint64_t seed) : simulation_{seed}, worker_count_{workers} {}

cluster::~cluster() { last_words_.emplace(log_); }

void cluster::start_workers(const compose_program& compose, std::uint64_t build) {
  for (std::size_t i = workers_.size(); i < worker_count_; ++i) {
    worker w{nullptr, std::make_shared<job_registry>(), {}};
    auto config = std::make_unique<system_config>(1, true);
    offer_operators(*config, w.jobs);
    w.node = &simulation_.add_node("worker" + std::to_string(i), std::move(config));
    const auto compose_like_driver = [compose](const std::vector<std::string>&) { return compose(); };
    w.actor = w.node->system().spawn(node_behavior, node_options{compose_like_driver, build, cores, w.jobs});
    if (auto published = simulation_.publish(*w.node, w.actor, port); !published)
      throw std::runtime_error{describe(published.error())};
    workers_.push_back(std::move(w));
  }
}

void cluster::start(duration interval, const compose_streams& compose, runtime_options how,
                    std::shared_ptr<checkpoint_log> checkpoint, std::optional<disagreement> workers) {
  start_workers(in_context(interval, workers ? workers->compose : compose), workers ? workers->build : 1);
  start_driver(in_context(interval, compose)(), listeners_, std::move(how), std::move(checkpoint));
}

void cluster::start(const compose_program& compose, runtime_options how, std::shared_ptr<checkpoint_log> checkpoint) {
  start(compose(), compose, listeners_, std::move(how), std::move(checkpoint));
}

void cluster::start(composition program, const compose_program& compose_on_workers,
                    std::shared_ptr<listener_list> listeners, runtime_options how,
                    std::shared_ptr<checkpoint_log> checkpoint) {
  start_workers(compose_on_workers, 1);
  start_driver(std::move(program), std::move(listeners), std::move(how), std::move(checkpoint));
}

bool cluster::start_partly(std::uint64_t steps, duration interval, const compose_streams& compose, runtime_options how,
                           std::shared_ptr<checkpoint_log> checkpoint) {
  const log_capture captured{log_};
  start_workers(in_context(interval, compose), 1);
  spawn_driver(in_context(interval, compose)(), listeners_, std::move(how), std::move(checkpoint));
  return simulation_.run_steps(steps);
}

void cluster::start_driver(composition program, std::shared_ptr<listener_list> listeners, runtime_options how,
                           std::shared_ptr<checkpoint_log> checkpoint) {
  const log_capture captured{log_};
  spawn_driver(std::move(program), std::move(listeners), std::move(how), std::move(checkpoint));
  simulation_.run_until_idle();
}

void cluster::spawn_driver(composition program, std::shared_ptr<listener_list> listeners, runtime_options how,
                           std::shared_ptr<checkpoint_log> checkpoint) {
  driver_ = &simulation_.add_node("driver" + std::to_string(lives_), std::make_unique<system_config>(1, true));
  started_ = stopped_ = has_begun_ = false;
  reason_.clear();
  for (const auto& w : workers_)
    how.nodes.push_back({w.node->name(), port});
  launch_options what;
  what.program = std::make_shared<const composition>(std::move(program));
  make_broadcasts(*what.program);
  what.how = std::move(how);
  what.local_threads = cores;
  what.clock = std::make_shared<const simulated_clock>(simulation_);
  what.standard_output = output_.get();
  what.life = {++lives_, lives_ * 7919};
  if (kept_in_) {
    what.keep_in(opened(kept_in_));
    if (what.program->restart)
      what.reopen_with(kept_in_);
    what.roll = std::make_shared<roll_call>();
  } else {
    what.keep_in(std::move(checkpoint));
    if (log_disk_ != nullptr)
      what.log_in(log_disk_->open_blocks());
  }
  what.build = 1;
  what.listeners = std::move(listeners);
  what.input_threads = input_threads_;
  what.controls = controls_;
  what.on_started = [this] { started_ = has_begun_ = true; };
  what.on_stopped = [this](const caf::error& why) {
    stopped_ = true;
    reason_ = why ? describe(why) : "";
  };
  spawn_coordinator(std::move(what));
}

void cluster::spawn_coordinator(launch_options what) {
  started_ = stopped_ = false;
  reason_.clear();
  next_.reset();
  if (what.reopen) {
    next_ = what;
    next_->log = nullptr; // the actors are their only owners
    next_->blocks = nullptr;
  }
  const auto roll = what.roll;
  coordinator_ = driver_->system().spawn(coordinator_behavior, std::move(what));
  if (roll)
    roll->enter(coordinator_, "the coordinator");
}

void cluster::end_epoch() {
  const log_capture captured{log_};
  coordinator_ = nullptr;
  while (!next_->roll->present().empty() && !is_halted())
    if (!simulation_.run_steps(1) && !is_halted())
      throw std::runtime_error{"when the epoch ends, this does not: " + next_->roll->present().front()};
}

void cluster::restart() {
  const log_capture captured{log_};
  auto what = *next_;
  if (const auto err = what.follow_failure(opened(what.reopen), 0))
    throw std::runtime_error{describe(err)};
  lives_ = what.life.number;
  spawn_coordinator(std::move(what));
  simulation_.run_until_idle();
}

std::size_t cluster::living_actors() const {
  std::size_t result = 0;
  if (driver_ != nullptr && driver_->is_alive())
    result += driver_->system().registry().running();
  for (const auto& w : workers_)
    if (w.node->is_alive())
      result += w.node->system().registry().running() - 1;
  return result;
}

void cluster::limit_input(stream_id input, const asked_limit& x) {
  const log_capture captured{log_};
  controls_->change_limit(input, [&x](asked_limit& now) { now = x; });
  if (coordinator_)
    caf::anon_send(coordinator_, limit_atom::value);
  simulation_.run_until_idle();
}

void cluster::stop(stop_mode mode) {
  const log_capture captured{log_};
  caf::anon_send(coordinator_, stop_atom::value, mode == stop_mode::graceful);
  simulation_.run_until_idle();
}

void cluster::kill_driver() {
  const log_capture captured{log_};
  coordinator_ = nullptr;
  next_.reset();
  simulation_.kill(*driver_);
  started_ = false;
}

} // namespace sluice::testkit
