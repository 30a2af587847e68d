// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/os/errands.hpp>
#include <sluice/actors/protocol/messages.hpp>
#include <sluice/receivers/receiver/receiver.hpp>

namespace sluice {

/// The calls of a receiver's `on_start` and `on_stop`, and their effects. Both are errands: they run one after another
/// on the receiver's own thread, and nobody waits for them. Plain logic of the receiver actor. Not thread safe; the
/// receiver itself is.
///
///     idle --start--> running --restart--> ending --on_stop has returned--> waiting --resume--> running
///     any --stop--> stopping (on_stop has returned, or give_up) --> draining --drained--> stopped
class receiver_life {
public:
  struct callbacks {
    /// Hears of each start, of each error, and of each stop, with the error that ends the receiver for good, if any.
    std::function<void(receiver_event, std::string_view)> report;
    /// `resume` is to be called after that time.
    std::function<void(duration)> resume_after;
  };

  /// `away` outlives it. The functions of `blocks` are set here.
  receiver_life(std::shared_ptr<receiver_base> hosted, std::shared_ptr<receiver_host> host, stream_id id,
                block_cutter::options blocks, errands& away, callbacks then);
  /// The same with blocks of that size, and without a limit of the rate.
  receiver_life(std::shared_ptr<receiver_base> hosted, std::shared_ptr<receiver_host> host, stream_id id,
                std::size_t block_bytes, errands& away, callbacks then)
      : receiver_life{std::move(hosted),
                      std::move(host),
                      id,
                      block_cutter::options{.block_bytes = block_bytes, .hand_on = {}},
                      away,
                      std::move(then)} {}
  receiver_life(const receiver_life&) = delete;
  receiver_life& operator=(const receiver_life&) = delete;

  /// However the host ends, a running receiver is stopped, and it has no host afterwards.
  ~receiver_life();

  /// Whether the input has a log. Said before the start.
  void set_logged(bool is_logged) { hosted_->progress_.set_logged(is_logged); }

  void start(std::uint64_t credit);
  void restart(const std::string& why, duration delay);
  void resume();

  /// Ends the receiver for good; the first reason given counts. The host hears `drained` after the last block.
  void stop(error why);

  /// Waits no longer for `on_stop` if it has not returned: the stored records are passed on, as after its return.
  /// Returns whether it has not.
  bool give_up();

  /// The last block has been passed on. Returns the reason given to `stop`.
  error drained();

  void credit(std::uint64_t bytes);
  void set_rate(double records_per_second) { hosted_->blocks_->set_rate(records_per_second); }
  void set_limit(const input_limit& x) { hosted_->blocks_->set_limit(x); }

  /// All blocks up to that one are in the log; the log cannot take those that are not; all up to that one are
  /// committed. Those who wait go on, and the receiver is told of what it has marked.
  void durable(std::uint64_t block);
  void fail_log(error why);
  void committed(std::uint64_t block);

  /// Tells the receiver the news, unless it has not finished with the last ones: then afterwards.
  void tell();

  /// Whether the receiver waits to hear that something is committed.
  bool has_marks() const { return hosted_->progress_.has_marks(); }

  void cut() { hosted_->blocks_->cut(); }
  /// The receiver is quiet until somebody stores.
  void flush() {
    hosted_->gate_.quiet();
    cut();
  }
  void report_error(std::string_view what) const;

  /// Between `start` and `stop`.
  bool is_active() const { return phase_ == phase::running || phase_ == phase::ending || phase_ == phase::waiting; }

private:
  enum class phase { idle, running, ending, waiting, stopping, draining, stopped };

  void run();
  void started(const std::optional<std::string>& failure);
  void end_run();
  void ended(const std::optional<std::string>& failure);
  void drain();
  template <class Call, class Then>
  void call(Call function, Then then);

  std::shared_ptr<receiver_base> hosted_;
  errands& away_;
  callbacks then_;
  phase phase_ = phase::idle;
  duration delay_{0};         ///< of the restart that goes on
  bool start_failed_ = false; ///< the last on_start
  bool telling_ = false;      ///< news are on their way to the receiver
  error why_;
};

} // namespace sluice
