// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/scheduler/scheduler.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <caf/detail/set_thread_name.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/execution_unit.hpp>
#include <caf/logger.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <sluice/actors/os/blocking_section.hpp>
#include <sluice/actors/scheduler/alarm_list.hpp>
#include <sluice/actors/scheduler/cpu_seat.hpp>
#include <sluice/actors/scheduler/job_queue.hpp>
#include <sluice/actors/scheduler/this_thread_cpu.hpp>

namespace sluice {

namespace {

using jobs = job_queue<caf::resumable>;

/// Sees to messages that are to be sent later, through the workers. Timeouts of requests, which are rare, and whatever
/// else there is are left to CAF's own clock, which has a thread.
class worker_clock final : public caf::actor_clock {
public:
  /// @param other whom to leave the rest to
  worker_clock(jobs& workers, caf::actor_clock& other) : workers_{workers}, other_{other} {}

  void schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) override {
    if (messages_.add(t, {std::move(receiver), std::move(content)}))
      workers_.alarm_set();
  }

  void schedule_message(time_point t, caf::group to, caf::strong_actor_ptr sender, caf::message content) override {
    other_.schedule_message(t, std::move(to), std::move(sender), std::move(content));
  }

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override {
    other_.set_ordinary_timeout(t, self, type, id);
  }
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override {
    other_.set_request_timeout(t, self, id);
  }
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override {
    other_.set_multi_timeout(t, self, type, id);
  }
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override {
    other_.cancel_ordinary_timeout(self, type);
  }
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override {
    other_.cancel_request_timeout(self, id);
  }
  void cancel_timeouts(caf::abstract_actor* self) override { other_.cancel_timeouts(self); }

  void cancel_all() override {
    drop_messages();
    other_.cancel_all();
  }

  void drop_messages() { messages_.take_all(); }

  /// When the first message is due.
  time_point next() const { return messages_.next(); }

  /// Sends what is due, as if a job on that worker did.
  void ring(time_point now, caf::execution_unit& worker) {
    for (auto& x : messages_.take_due(now))
      x.receiver->enqueue(std::move(x.content), &worker);
  }

private:
  struct message {
    caf::strong_actor_ptr receiver;
    caf::mailbox_element_ptr content;
  };

  jobs& workers_;
  caf::actor_clock& other_;
  alarm_list<message> messages_;
};

/// A thread of that name and of that system.
template <class Run>
std::thread start_thread(caf::actor_system& system, const char* name, Run run) {
  return std::thread{[&system, name, run] {
    caf::detail::set_thread_name(name);
    system.thread_started();
    run();
    system.thread_terminates();
  }};
}

/// A thread that runs actors, which are jobs when they have messages.
///
/// CAF's own worker would look up and note in CAF's log whose turn it is, a third of what a message costs; we have a
/// log of our own, and leave a worker without CAF's.
class worker final : public caf::execution_unit, public blocking_section::host {
public:
  /// @param start_spare starts another worker, and returns whether it could
  worker(caf::actor_system& system, std::size_t messages_a_turn, jobs& queue, worker_clock& clock, cpu_seats& seats,
         turn_board::place& turn, std::function<bool()> start_spare)
      : execution_unit{&system}, messages_a_turn_{messages_a_turn}, queue_{queue}, clock_{clock}, seats_{seats},
        turn_{turn}, start_spare_{std::move(start_spare)} {}

  void start() {
    thread_ = start_thread(system(), "sluice.worker", [this] { run(); });
  }

  void join() { thread_.join(); }

  /// An actor that runs here has sent another its first message.
  void exec_later(caf::resumable* job) override {
    if (is_blocked_) [[unlikely]]
      queue_.push(job);
    else
      queue_.push(slot_, job);
  }

  void begins_to_block() override {
    seat_.leave(seats_);
    is_blocked_ = true;
    is_replaced_ = queue_.block(slot_, start_spare_);
  }

  void has_blocked() override {
    if (is_replaced_)
      queue_.unblock();
    is_blocked_ = false;
  }

  // What the queue of jobs asks of a worker.
  jobs::time_point next_alarm() const { return clock_.next(); }
  void ring(jobs::time_point now) { clock_.ring(now, *this); }
  void worked_long() { seat_.take(seats_, this_thread_cpu{}); }
  void falls_asleep() {
    turn_.store(nullptr, std::memory_order_relaxed);
    seat_.leave(seats_);
    caf::logger::set_current_actor_system(nullptr); // whoever has spawned an actor has got CAF's log
  }

private:
  void run() {
    blocking_section::this_thread_is(this);
    while (auto* job = queue_.pop(slot_, *this)) {
      turn_.store(job, std::memory_order_relaxed);
      if (job->resume(this, messages_a_turn_) == caf::resumable::resume_later)
        queue_.push_again(job);
      else
        job->intrusive_ptr_release_impl();
    }
    turn_.store(nullptr, std::memory_order_relaxed);
    seat_.leave(seats_);
  }

  std::size_t messages_a_turn_;
  jobs& queue_;
  worker_clock& clock_;
  cpu_seats& seats_;
  turn_board::place& turn_;
  std::function<bool()> start_spare_;
  bool is_blocked_ = false;  // in the middle of a job
  bool is_replaced_ = false; // meanwhile
  jobs::worker_slot slot_{queue_};
  cpu_seat seat_;
  std::thread thread_;
};

class job_scheduler final : public caf::scheduler::abstract_coordinator {
public:
  job_scheduler(caf::actor_system& system, std::shared_ptr<turn_board> turns)
      : abstract_coordinator{system}, turns_{std::move(turns)} {}

  void enqueue(caf::resumable* job) override { queue_.push(job); }
  worker_clock& clock() noexcept override { return clock_; }

protected:
  void start() override {
    for (std::size_t i = 0; i < num_workers(); ++i)
      add_worker();
    timeouts_thread_ = start_thread(system(), "sluice.clock", [this] { timeouts_.run_dispatch_loop(); });
    abstract_coordinator::start();
  }

  void stop() override {
    queue_.close();
    for (std::size_t i = 0; auto* x = worker_at(i); ++i)
      x->join(); // who has started a spare one stands before it
    stop_actors();
    while (auto* job = queue_.try_pop())
      cleanup_and_release(job);
    timeouts_.cancel_dispatch_loop();
    timeouts_thread_.join();
    clock_.drop_messages();
  }

private:
  void add_worker() {
    const std::lock_guard lock{workers_mutex_};
    const auto start_spare = [this] {
      try {
        add_worker();
        return true;
      } catch (const std::system_error&) {
        return false; // no more threads
      }
    };
    auto added =
        std::make_unique<worker>(system(), max_throughput(), queue_, clock_, seats_, turns_->add_place(), start_spare);
    added->start();
    workers_.push_back(std::move(added));
  }

  worker* worker_at(std::size_t i) {
    const std::lock_guard lock{workers_mutex_};
    return i < workers_.size() ? workers_[i].get() : nullptr;
  }

  std::shared_ptr<turn_board> turns_;
  jobs queue_;
  caf::detail::thread_safe_actor_clock timeouts_;
  worker_clock clock_{queue_, timeouts_};
  cpu_seats seats_{std::thread::hardware_concurrency()};
  std::mutex workers_mutex_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::thread timeouts_thread_;
};

} // namespace

void use_job_queue(caf::actor_system_config& config, std::shared_ptr<turn_board> turns) {
  config.module_factories.push_back(
      [turns = std::move(turns)](caf::actor_system& system) -> caf::actor_system::module* {
        return std::make_unique<job_scheduler>(system, turns).release();
      });
}

} // namespace sluice
