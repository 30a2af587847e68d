// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/log_writer.hpp>

#include <sluice/actors/base/log.hpp>

#include <cassert>
#include <mutex>
#include <utility>
#include <vector>

namespace sluice {

class log_writer::core : public std::enable_shared_from_this<core> {
public:
  core(std::shared_ptr<block_log> log, std::shared_ptr<side_thread> thread, log_writer_options options)
      : options_{std::move(options)}, log_{std::move(log)}, thread_{std::move(thread)}, queue_{options_.group_bytes} {}

  /// Lets `change` add to the queue; `done` is told at once if it is too late.
  template <class Change>
  void add(callback done, const Change& change) {
    std::unique_lock lock{mutex_};
    assert(!closed_);
    if (failure_) {
      lock.unlock();
      tell({std::move(done)}, failure_); // does not change any more
      return;
    }
    change(queue_, std::move(done));
    start(std::move(lock));
  }

  void tick() {
    std::unique_lock lock{mutex_};
    queue_.tick();
    start(std::move(lock));
  }

  std::size_t waiting_bytes() const {
    const std::lock_guard lock{mutex_};
    return queue_.waiting_bytes();
  }

  bool is_full() const { return waiting_bytes() >= options_.most_waiting; }

  void visit(std::function<void(const block_log&)> look) {
    run_on_thread([self = shared_from_this(), look = std::move(look)] { look(*self->log_); });
  }

  void close(std::function<void()> closed) {
    std::unique_lock lock{mutex_};
    const bool again = std::exchange(closed_, true);
    queue_.tick();
    start(std::move(lock));
    if (!again)
      run_on_thread([self = shared_from_this(), closed = std::move(closed)] { self->let_go(closed); });
  }

private:
  /// Starts writing, unless that goes on already or there is nothing to write.
  void start(std::unique_lock<std::mutex> lock) {
    if (writing_ || !queue_.has_work())
      return;
    writing_ = true;
    lock.unlock();
    run_on_thread([self = shared_from_this()] { self->write_all(); });
  }

  void run_on_thread(std::function<void()> work) const {
    if (thread_)
      thread_->post(std::move(work));
    else
      work();
  }

  void write_all() {
    while (const auto group = next())
      settle(log_->write(*group));
  }

  std::optional<log_group> next() {
    const std::lock_guard lock{mutex_};
    auto result = queue_.next();
    writing_ = result.has_value();
    return result;
  }

  void settle(const write_result& result) {
    std::unique_lock lock{mutex_};
    const bool was_stalled = queue_.is_stalled();
    if (result.had_no_room()) {
      queue_.had_no_room();
      lock.unlock();
      if (!was_stalled)
        stalled(result);
      return;
    }
    std::vector<callback> told;
    if (result.why) {
      failure_ = result.why;
      told = queue_.fail();
    } else {
      told = queue_.written();
    }
    const bool goes_on = was_stalled && !queue_.is_stalled() && !result.why;
    lock.unlock();
    if (goes_on)
      went_on();
    tell(told, result.why);
  }

  void stalled(const write_result& result) const {
    log_warning("receivers wait, and nothing is lost: the log in '" + log_->place().string()
                + "' has no room: " + result.missing_room);
    if (options_.on_stall)
      options_.on_stall(result.why);
  }

  void went_on() const {
    log_info("receivers go on: the log in '" + log_->place().string() + "' has room again");
    if (options_.on_stall)
      options_.on_stall({});
  }

  void let_go(const std::function<void()>& closed) {
    std::unique_lock lock{mutex_};
    const auto place = log_->place().string();
    const auto told = queue_.fail();
    lock.unlock();
    tell(told, make_error(ec::storage_failed, "the log in '" + place + "' was closed while it had no room"));
    log_.reset();
    if (closed)
      closed();
  }

  static void tell(const std::vector<callback>& all, const error& why) {
    for (const auto& done : all)
      if (done)
        done(why);
  }

  const log_writer_options options_;
  std::shared_ptr<block_log> log_; ///< used on the thread only
  const std::shared_ptr<side_thread> thread_;

  mutable std::mutex mutex_; ///< of all that follows
  log_queue queue_;
  error failure_; ///< of the first write that failed
  bool writing_ = false;
  bool closed_ = false;
};

log_writer::log_writer(std::shared_ptr<block_log> log, std::shared_ptr<side_thread> thread, log_writer_options options)
    : core_{std::make_shared<core>(std::move(log), std::move(thread), std::move(options))} {}

log_writer::~log_writer() { core_->close({}); }

void log_writer::append(logged_block block, callback done) {
  core_->add(std::move(done),
             [&block](log_queue& queue, callback told) { queue.append(std::move(block), std::move(told)); });
}

void log_writer::allocate(allocation what, callback done) {
  core_->add(std::move(done),
             [&what](log_queue& queue, callback told) { queue.allocate(std::move(what), std::move(told)); });
}

void log_writer::release(batch_time until, callback done) {
  core_->add(std::move(done), [until](log_queue& queue, callback told) { queue.release(until, std::move(told)); });
}

void log_writer::tick() { core_->tick(); }

bool log_writer::is_full() const { return core_->is_full(); }

std::size_t log_writer::waiting_bytes() const { return core_->waiting_bytes(); }

void log_writer::visit(std::function<void(const block_log&)> look) { core_->visit(std::move(look)); }

void log_writer::close(std::function<void()> closed) { core_->close(std::move(closed)); }

} // namespace sluice
