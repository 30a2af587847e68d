// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/scheduler.hpp>

#include <cstdint>
#include <memory>
#include <thread>
#include <utility>

#include <caf/policy/unprofiled.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <sluice/actors/alarm_list.hpp>
#include <sluice/actors/cpu_seat.hpp>
#include <sluice/actors/job_queue.hpp>
#include <sluice/actors/this_thread_cpu.hpp>

namespace sluice {

namespace {

using jobs = job_queue<caf::resumable>;

/// Sees to messages that are to be sent later, through the workers. Timeouts of requests, which are rare, and whatever
/// else there is are left to CAF's own clock, which has a thread.
class worker_clock final : public caf::detail::thread_safe_actor_clock {
public:
  explicit worker_clock(jobs& workers) : workers_{workers} {}

  /// Whom to leave the rest to; before anything is set.
  void leave_rest_to(caf::actor_clock& other) { other_ = &other; }

  void schedule_message(time_point t, caf::strong_actor_ptr receiver, caf::mailbox_element_ptr content) override {
    if (messages_.add(t, {std::move(receiver), std::move(content)}))
      workers_.alarm_set();
  }

  void schedule_message(time_point t, caf::group to, caf::strong_actor_ptr sender, caf::message content) override {
    other_->schedule_message(t, std::move(to), std::move(sender), std::move(content));
  }

  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override {
    other_->set_ordinary_timeout(t, self, type, id);
  }
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override {
    other_->set_request_timeout(t, self, id);
  }
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override {
    other_->set_multi_timeout(t, self, type, id);
  }
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override {
    other_->cancel_ordinary_timeout(self, type);
  }
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override {
    other_->cancel_request_timeout(self, id);
  }
  void cancel_timeouts(caf::abstract_actor* self) override { other_->cancel_timeouts(self); }

  void cancel_all() override {
    drop_messages();
    other_->cancel_all();
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
  caf::actor_clock* other_ = nullptr;
  alarm_list<message> messages_;
};

/// How CAF's workers get their jobs, which are actors that have messages.
class handing_over : public caf::policy::unprofiled {
public:
  struct coordinator_data : jobs {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) : clock{*this} {}
    worker_clock clock;
    cpu_seats seats{std::thread::hardware_concurrency()};
  };

  /// CAF makes one and copies it for each worker.
  struct worker_data : jobs::lane {
    explicit worker_data(caf::scheduler::abstract_coordinator*) {}
    worker_data(const worker_data&) : lane{} {}
    cpu_seat seat;
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* self, caf::resumable* job) {
    self->data().push(job);
  }

  template <class Worker>
  void external_enqueue(Worker* self, caf::resumable* job) {
    self->parent()->data().push(job);
  }

  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job) {
    self->parent()->data().push(self->data(), job);
  }

  template <class Worker>
  void resume_job_later(Worker* self, caf::resumable* job) {
    self->parent()->data().push_again(job);
  }

  template <class Worker>
  caf::resumable* dequeue(Worker* self) {
    auto& shared = self->parent()->data();
    worker_thread thread{shared, *self, self->data().seat};
    return shared.pop(self->data(), thread);
  }

  template <class Worker>
  void before_shutdown(Worker* self) {
    self->data().seat.leave(self->parent()->data().seats);
    self->parent()->data().leave(self->data());
  }

  template <class Worker, class F>
  void foreach_resumable(Worker*, F) {
    // A worker that has shut down has left its lane.
  }

  template <class Coordinator, class F>
  void foreach_central_resumable(Coordinator* self, F f) {
    while (auto* job = self->data().try_pop())
      f(job);
  }

private:
  /// What the queue of jobs asks of a worker.
  struct worker_thread {
    coordinator_data& shared;
    caf::execution_unit& worker;
    cpu_seat& seat;

    jobs::time_point next_alarm() const { return shared.clock.next(); }
    void ring(jobs::time_point now) { shared.clock.ring(now, worker); }
    void worked_long() { seat.take(shared.seats, this_thread_cpu{}); }
    void falls_asleep() { seat.leave(shared.seats); }
  };
};

class job_scheduler final : public caf::scheduler::coordinator<handing_over> {
public:
  explicit job_scheduler(caf::actor_system& system) : coordinator{system} {
    clock().leave_rest_to(coordinator::clock());
  }

  worker_clock& clock() noexcept override { return data().clock; }

protected:
  void stop() override {
    coordinator::stop();
    clock().drop_messages();
  }
};

} // namespace

void use_job_queue(caf::actor_system_config& config) {
  config.module_factories.push_back([](caf::actor_system& system) -> caf::actor_system::module* {
    return std::make_unique<job_scheduler>(system).release();
  });
}

} // namespace sluice
