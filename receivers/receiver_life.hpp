// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sluice/actors/messages.hpp>
#include <sluice/receivers/receiver.hpp>

namespace sluice {

/// When a receiver's `on_start` and `on_stop` are called, and what they may do. Plain logic of the receiver actor:
/// where a function returns a duration, `resume` is to be called after it. Not thread safe; the receiver itself is.
///
///     idle --start--> running <--resume-- waiting        any --stop--> stopping --drained--> stopped
///                     running --restart-> waiting
class receiver_life {
public:
  /// Hears of each start, of each error, and of each stop, with the error that ends the receiver for good, if any.
  using reporter = std::function<void(receiver_event, std::string_view)>;

  receiver_life(std::shared_ptr<receiver_base> hosted, std::shared_ptr<receiver_host> host, stream_id id,
                std::size_t block_bytes, reporter report);
  receiver_life(const receiver_life&) = delete;
  receiver_life& operator=(const receiver_life&) = delete;

  /// However the host ends, a running receiver is stopped, and it has no host afterwards.
  ~receiver_life();

  std::optional<duration> start(std::uint64_t credit);
  std::optional<duration> restart(const std::string& why, duration delay);
  std::optional<duration> resume();

  /// Ends the receiver for good; the first reason given counts. The host hears `drained` after the last block.
  void stop(caf::error why);

  /// The last block has been passed on. Returns the reason given to `stop`.
  caf::error drained();

  void credit(std::uint64_t bytes);
  void cut() { hosted_->blocks_->cut(); }
  /// The receiver is quiet until somebody stores.
  void flush() {
    hosted_->gate_.quiet();
    cut();
  }
  void report_error(std::string_view what) const;

  /// Between `start` and `stop`.
  bool is_active() const { return phase_ == phase::running || phase_ == phase::waiting; }

private:
  enum class phase { idle, running, waiting, stopping, stopped };

  std::optional<duration> run();
  void end_run(const std::string& why);

  std::shared_ptr<receiver_base> hosted_;
  reporter report_;
  phase phase_ = phase::idle;
  caf::error why_;
};

} // namespace sluice
