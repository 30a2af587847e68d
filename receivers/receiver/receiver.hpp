// SPDX-License-Identifier: BSD-3-Clause
//
// A receiver brings records from outside. Derive from `receiver<T>`, start your own threads in `on_start`, call `store`
// from them, end them in `on_stop`. docs/receivers.md shows one in 15 lines, and states the guarantees.
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

/// The time before a failed receiver is started again.
inline constexpr duration default_restart_delay = std::chrono::seconds{2};

/// The part of receivers that does not depend on the record type. All public functions are thread safe and, except
/// `store`, return at once.
class receiver_base : public std::enable_shared_from_this<receiver_base> {
public:
  receiver_base() = default;
  receiver_base(const receiver_base&) = delete;
  receiver_base& operator=(const receiver_base&) = delete;
  virtual ~receiver_base();

  /// Reports the message, calls `on_stop`, waits, and calls `on_start` again. The first call of a run counts.
  void restart(std::string message, duration delay = default_restart_delay);

  /// Gives up for good: stored records are passed on, then the context stops with this error.
  void stop(std::string message, ec code = ec::receiver_stopped);

  /// Tells the user about an error, and goes on.
  void report_error(std::string message);

  /// Tells the user, through the log, something worth knowing that is no error.
  void report_info(std::string message);

  /// Whether `on_start` has been called, and its `on_stop` has not yet returned.
  bool is_started() const { return started_; }

  /// Whether this run is to end. True from the moment of a stop or a restart, before `on_stop` is called. Threads that
  /// store end when they see it.
  bool is_stopped() const { return stopped_; }

  /// Whether nothing has been stored since the batch generator last asked for the stored records.
  bool is_quiet() const { return gate_.is_quiet(); }

  /// The input stream that this receiver feeds. Known from `on_start` on.
  sluice::stream_id stream_id() const { return id_; }

protected:
  /// Starts threads that call `store`, and returns. If it throws, it is called again after `default_restart_delay`. The
  /// receiver has a thread of its own, which calls this and `on_stop` one at a time, so they hold up nobody else.
  /// `on_stop` is not called before `on_start` has returned.
  virtual void on_start() = 0;

  /// Ends and joins the threads that `on_start` began. By then is_stopped() is true and nobody waits in `store`. Called
  /// exactly once for each `on_start`, even if that threw and began nothing. At the end of the program nobody waits for
  /// it longer than a batch interval (at least half a second). Then it is left behind, and records stored meanwhile are
  /// dropped.
  virtual void on_stop() = 0;

  /// For receivers made of actors. Call it only in `on_start`. Throws runtime_failure when the program has ended.
  caf::actor_system& system() const;

  /// The blocks that `store` fills; throws usage_error if there is no host yet.
  block_cutter& blocks() const;

  /// Tells the user, once, that records are stored after the end.
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

  /// Stores one record. Waits while there is no credit; so a slow stream slows its source. Nobody waits once
  /// is_stopped(). Views are copied. Throws std::length_error for a record that is too large (about 4 MiB). Records
  /// stored after the last return of `on_stop` are dropped and reported.
  void store(const T& x) {
    if (!generator().store(x))
      refuse();
  }

  /// Stores many records, in order, under one lock; much cheaper than one by one. If it throws, the records before are
  /// stored.
  template <std::ranges::input_range R>
    requires std::convertible_to<std::ranges::range_reference_t<R>, T> && (!std::convertible_to<R, T>)
  void store(R&& records) {
    if (!generator().store_all(records))
      refuse();
  }

  /// Stores a whole batch as it is: nothing is decoded. Waits as `store` does. Throws std::invalid_argument for a batch
  /// of another type.
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
