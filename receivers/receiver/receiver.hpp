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
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/receivers/receiver/block_builder.hpp>
#include <sluice/receivers/receiver/block_progress.hpp>
#include <sluice/receivers/receiver/receiver_host.hpp>

namespace sluice {

/// The time before a failed receiver is started again.
inline constexpr duration default_restart_delay = std::chrono::seconds{2};

/// The part of receivers that does not depend on the record type. All public functions are thread safe and, except
/// `store` and `store_durably`, return at once.
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

  /// Puts a tag behind all records that this thread has stored so far. `on_durable` and `on_committed` get it when all
  /// of them are in the log, or committed. It covers what other threads have stored by then, too. Of tags that are set
  /// shortly after each other only the last one may be told, so a tag says all: a position, a count, the last message
  /// id.
  void mark(std::string tag);

  /// Hands the stored records on at once, as a block, instead of after the block interval.
  void flush();

  /// Whether this input has a log, so that `store_durably` and `on_durable` work. Known from `on_start` on.
  bool is_logged() const { return progress_.is_logged(); }

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

  /// All records up to the newest mark with this tag are in the log: a crash does not lose them any more. Never called
  /// without a log. The three functions below are called on the thread of `on_start`, between other calls, in the order
  /// of the marks. They may be called after `on_stop`, also after the last one. An exception is reported.
  virtual void on_durable(std::string_view /*tag*/) {}

  /// The log cannot take records behind the last `on_durable`, and says why. They are not lost: `on_durable` follows
  /// when it can take them.
  virtual void on_log_error(const error& /*why*/) {}

  /// All records up to the newest mark with this tag belong to committed batches, so a source that keeps a cursor may
  /// move it. With or without a log; without a checkpoint directory a batch is committed when it is done.
  virtual void on_committed(std::string_view /*tag*/) {}

  /// For receivers made of actors. Call it only in `on_start`. Throws runtime_failure when the program has ended.
  caf::actor_system& system() const;

  /// The blocks that `store` fills; throws usage_error if there is no host yet.
  block_cutter& blocks() const;

  /// Tells the user, once, that records are stored after the end.
  void refuse();

  /// Why nothing can be stored durably at present, if nothing can.
  error refusal() const;

  /// Calls `store()`, which returns the number of a block if it stores, and waits until that block is in the log.
  template <class Store>
  error wait_for_log(Store store) {
    if (auto why = refusal())
      return why;
    const auto since = progress_.interruptions();
    const std::optional<std::uint64_t> block = store();
    return block ? progress_.wait(*block, since) : progress_.refusal();
  }

private:
  friend class receiver_life;

  virtual std::unique_ptr<block_cutter> make_blocks(block_cutter::options opts, credit_gate& gate) = 0;

  /// The functions of `blocks` are set here.
  void attach(std::shared_ptr<receiver_host> host, sluice::stream_id id, block_cutter::options blocks);
  void detach();
  void hear(const receiver_news& news);

  /// False if there is none. While it is told something it is not detached: nobody reaches it after that.
  template <class Tell>
  bool tell_host(Tell tell);

  std::atomic<bool> started_ = false;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> refused_ = false;
  sluice::stream_id id_;
  credit_gate gate_;
  block_progress progress_;
  std::unique_ptr<block_cutter> blocks_;
  mutable std::mutex host_mutex_;
  std::shared_ptr<receiver_host> host_; // null before it is hosted and after
};

/// Base of every receiver of records of type T.
template <record T>
class receiver : public receiver_base {
public:
  using record_type = T;

  /// Stores one record. Waits while there is no credit, so a slow stream slows its source, and while its input is at
  /// the limit of its rate. Nobody waits once is_stopped(). Views are copied. Throws std::length_error for a record
  /// that is too large (about 4 MiB). Records stored after the last return of `on_stop` are dropped and reported.
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

  /// Stores one record, and returns when it is in the log, so that its source may be told that it has arrived. An error
  /// says that it must not be told: there is no log, the log cannot take the record, or the receiver has stopped
  /// meanwhile. If the error does not begin with "nothing was stored", the record may still count. Waits and throws as
  /// `store` does. Threads that call it at once share one write to the disk.
  error store_durably(const T& x) { return store_durably(std::span<const T>{&x, 1}); }

  /// The same for many records, or all that this thread has stored before if there are none.
  template <std::ranges::input_range R>
    requires std::convertible_to<std::ranges::range_reference_t<R>, T> && (!std::convertible_to<R, T>)
  error store_durably(R&& records) {
    auto& to = generator();
    return this->wait_for_log([&] { return to.store_and_cut(records); });
  }

  /// The same for a whole batch, as `store_block` takes it.
  error store_block_durably(batch records) {
    check_type(records);
    auto& to = blocks();
    return this->wait_for_log([&] {
      return records.count() != 0 ? to.store_block(std::move(records))
                                  : generator().store_and_cut(std::span<const T>{});
    });
  }

  /// Stores a whole batch as it is: nothing is decoded. Waits as `store` does. Throws std::invalid_argument for a batch
  /// of another type.
  void store_block(batch records) {
    check_type(records);
    if (records.count() != 0 && !blocks().store_block(std::move(records)))
      refuse();
  }

  /// Stores one record without waiting, and says whether there is credit for more, and the rate allows it. For code
  /// that must not block and has another way to slow its source.
  intake store_now(const T& x) { return generator().store_now(x); }

private:
  static void check_type(const batch& records) {
    if (const auto reader = batch_reader<T>::open(records); !reader)
      throw std::invalid_argument(describe(reader.error()));
  }

  block_builder<T>& generator() const { return static_cast<block_builder<T>&>(blocks()); }

  std::unique_ptr<block_cutter> make_blocks(block_cutter::options opts, credit_gate& gate) final {
    return std::make_unique<block_builder<T>>(std::move(opts), gate);
  }
};

} // namespace sluice
