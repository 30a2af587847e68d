// SPDX-License-Identifier: BSD-3-Clause
//
// A receiver brings records from somewhere outside. Derive from `receiver<T>`, start your own threads in `on_start`,
// call `store` from them, end them in `on_stop`. docs/receivers.md shows one in 15 lines and says what is guaranteed.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <mutex>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/receivers/receiver/block_builder.hpp>
#include <sluice/receivers/receiver/receiver_host.hpp>

namespace sluice {

/// How long a receiver that failed waits before it is started again.
inline constexpr duration default_restart_delay = std::chrono::seconds{2};

/// What is the same for receivers of every record type. All public functions are thread safe and, but for `store`,
/// return at once.
class receiver_base : public std::enable_shared_from_this<receiver_base> {
public:
  receiver_base() = default;
  receiver_base(const receiver_base&) = delete;
  receiver_base& operator=(const receiver_base&) = delete;
  virtual ~receiver_base();

  /// Reports the message, calls `on_stop`, waits, and calls `on_start` again. The first call of a run counts.
  void restart(std::string message, duration delay = default_restart_delay);

  /// Gives up for good: the context stops with that error, after what was stored has been passed on.
  void stop(std::string message, ec code = ec::receiver_stopped);

  /// Tells the user of something that went wrong, and goes on.
  void report_error(std::string message);

  /// Tells the user, by the log, of something worth knowing that is no error.
  void report_info(std::string message);

  /// Whether `on_start` has been called, and its `on_stop` has not yet returned.
  bool is_started() const { return started_; }

  /// Whether this run is to end: true as soon as anybody asked for it, before `on_stop` is called. Threads that store
  /// end when they see it.
  bool is_stopped() const { return stopped_; }

  /// Whether nothing has been stored since the batch generator last asked for what had been.
  bool is_quiet() const { return gate_.is_quiet(); }

  /// The input stream that this receiver feeds. Known from `on_start` on.
  sluice::stream_id stream_id() const { return id_; }

protected:
  /// Starts receiving: starts threads that call `store`, and returns. If it throws, it is called again after
  /// `default_restart_delay`. This and `on_stop` are called one at a time on a thread of the receiver's own, so they
  /// hold up nobody else; but `on_stop` is not called before `on_start` has returned.
  virtual void on_start() = 0;

  /// Ends what `on_start` began, and joins its threads; is_stopped() is true by then, and nobody waits in `store`.
  /// Called exactly once for each `on_start`, also for one that threw, which may have begun nothing. At the end of the
  /// program nobody waits longer for it than a batch interval (at least half a second): then it is left behind, and
  /// what is stored meanwhile is dropped.
  virtual void on_stop() = 0;

  /// For receivers made of actors. Only to be called in `on_start`. Throws runtime_failure when the program has ended.
  caf::actor_system& system() const;

  /// What `store` fills; throws usage_error where there is no host yet.
  block_cutter& blocks() const;

  /// Tells the user, once, that somebody stores after the end.
  void refuse();

private:
  friend class receiver_life;

  virtual std::unique_ptr<block_cutter> make_blocks(block_cutter::options opts, credit_gate& gate) = 0;

  void attach(std::shared_ptr<receiver_host> host, sluice::stream_id id, std::size_t block_bytes);
  void detach();

  /// False if there is none. While it is told something it is not detached: nobody reaches it after that.
  template <class Tell>
  bool tell_host(Tell tell);

  std::atomic<bool> started_ = false;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> refused_ = false;
  sluice::stream_id id_;
  credit_gate gate_;
  std::unique_ptr<block_cutter> blocks_;
  mutable std::mutex host_mutex_;
  std::shared_ptr<receiver_host> host_; // null before it is hosted and after
};

/// Base of every receiver of records of type T.
template <record T>
class receiver : public receiver_base {
public:
  using record_type = T;

  /// Stores one record. Waits while there is no credit, which is how a stream that cannot keep up slows its source;
  /// nobody waits once is_stopped(). Views are copied. Throws std::length_error for a record that is too large (about
  /// 4 MiB). What is stored after `on_stop` has returned for the last time is dropped and reported.
  void store(const T& x) {
    if (!generator().store(x))
      refuse();
  }

  /// Stores many, in order. Much cheaper than one by one: one lock for all. If it throws, those before are stored.
  template <std::ranges::input_range R>
    requires std::convertible_to<std::ranges::range_reference_t<R>, T> && (!std::convertible_to<R, T>)
  void store(R&& records) {
    if (!generator().store_all(records))
      refuse();
  }

  /// Stores records that are a batch already, as it is: nothing is decoded. Waits as `store` does. Throws
  /// std::invalid_argument for a batch of another type.
  void store_block(batch records) {
    if (const auto reader = batch_reader<T>::open(records); !reader)
      throw std::invalid_argument(describe(reader.error()));
    if (records.count() != 0 && !blocks().store_block(std::move(records)))
      refuse();
  }

  /// Stores one record without waiting, and says whether there is credit for more. For code that must not block and
  /// has another way to slow its source.
  intake store_now(const T& x) { return generator().store_now(x); }

private:
  block_builder<T>& generator() const { return static_cast<block_builder<T>&>(blocks()); }

  std::unique_ptr<block_cutter> make_blocks(block_cutter::options opts, credit_gate& gate) final {
    return std::make_unique<block_builder<T>>(std::move(opts), gate);
  }
};

} // namespace sluice
