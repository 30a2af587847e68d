// SPDX-License-Identifier: BSD-3-Clause
//
// Makes blocks of the records that threads store. A block is cut when it is large enough, or on request. It is charged
// to the credit gate and handed on while the lock is held. So blocks leave in the order they were cut, and when a `cut`
// returns, all records stored before it have been handed on. A thread that stores waits for credit *before* its record
// goes in, without the lock: cutting never waits. With a limit of records per second it waits for that, too.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <ranges>
#include <string>

#include <sluice/actors/base/wall_clock.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/protocol/controls.hpp>
#include <sluice/receivers/rate/rate_limiter.hpp>
#include <sluice/receivers/receiver/credit_gate.hpp>

namespace sluice {

/// Blocks of about this size travel well, and no larger ones are cut unless told to.
inline constexpr std::size_t default_block_bytes = std::size_t{256} << 10;

/// Throws usage_error for a block size of 0, or one that leaves no room for a large record.
void check_block_bytes(std::size_t block_bytes);

/// What became of a record that was stored without waiting.
enum class intake {
  open,   ///< stored, and there is credit for more
  full,   ///< stored, but without credit, or faster than the limit of the rate: store no more for a while
  closed, ///< refused: the receiver has stopped
};

/// What is the same for blocks of every record type. Thread safe.
class block_cutter {
public:
  struct options {
    /// A block is cut when its columns are at least this large, or use up the credit there was when it was begun.
    std::size_t block_bytes = default_block_bytes;
    std::function<void(batch)> hand_on;  ///< gets every block; called under the lock, must not call back
    std::function<void()> finished = {}; ///< called once, under the lock, after the last block
    /// Gets the tags of `mark`, each with the number of its block; called under the lock, must not call back.
    std::function<void(std::uint64_t, std::string)> marked = {};
    rate_limits rate = {}; ///< how many records may be stored per second
    std::shared_ptr<const wall_clock> clock = std::make_shared<system_wall_clock>(); ///< of the rate
  };

  /// Throws as `check_block_bytes` does. `gate` outlives it.
  block_cutter(options opts, credit_gate& gate);
  block_cutter(const block_cutter&) = delete;
  block_cutter& operator=(const block_cutter&) = delete;
  virtual ~block_cutter();

  /// Makes a block of the records stored since the last one, if there are any.
  void cut();

  /// Puts a tag behind all records stored so far: on the block that will hold the last of them, or on the one that
  /// does. Of several tags for one block the last one counts. Never waits.
  void mark(std::string tag);

  /// There is more credit, so blocks may be larger.
  void note_credit();

  /// A new estimate of how many records may be stored per second. One that is not positive is ignored.
  void set_rate(double records_per_second);

  /// Another limit than it was made with. While it is paused, only records of those who cannot wait are stored.
  void set_limit(const input_limit& x);

  /// How long somebody should wait for the rate before the next record; 0 if it may be stored now.
  std::chrono::microseconds until_turn();

  /// Hands on a block from elsewhere, after all records stored before, when there is credit and the rate allows it.
  /// Returns its number, counted from 1; nothing if it has finished: the block was refused.
  std::optional<std::uint64_t> store_block(batch block);

  /// Takes no new records. Once the running calls have stored everything, cuts the last block and calls `finished`:
  /// before it returns if there are no such calls, else on the thread of the last one. Threads that wait for credit
  /// delay this, so lift the gate before.
  void finish();

protected:
  /// One call that stores, from its admission to its end. Holds the lock.
  class entry {
  public:
    explicit entry(block_cutter& owner);
    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;
    ~entry();

    bool admitted() const { return admitted_; }

    /// Waits until `records` may be stored: for credit, and for the rate.
    void wait_for_turn(std::uint64_t records = 1) {
      if (owner_.gate_.must_wait() || !owner_.limiter_.has_tokens()) [[unlikely]]
        wait_unlocked();
      owner_.limiter_.take(records);
    }

  private:
    void wait_unlocked();

    block_cutter& owner_;
    std::unique_lock<std::mutex> lock_;
    bool admitted_;
  };

  /// To be called under the lock with the size of what is collected, after each record.
  void cut_if_full(std::size_t size) {
    if (size >= enough_) [[unlikely]]
      cut_locked();
  }

  bool has_credit() const { return gate_.has_credit(); }

  /// A record is stored that does not wait for its turn. Returns whether the rate allows the next one.
  bool take_token() {
    limiter_.take();
    return limiter_.has_tokens() || may_store_now();
  }

  /// To be called under the lock. Cuts, and returns how many blocks have been handed on by now.
  std::uint64_t cut_and_count() {
    cut_locked();
    return blocks_;
  }

private:
  /// The records collected since the last call, if any. Called under the lock.
  virtual std::optional<batch> take() = 0;

  /// Looks at the clock.
  bool may_store_now();
  std::chrono::microseconds pause_for_rate() const;

  /// Whether `take` would give nothing. Called under the lock.
  virtual bool is_empty() const = 0;

  void cut_locked();
  void set_size_locked();
  void hand_on_locked(batch block);
  void close_locked();

  const options options_;
  credit_gate& gate_;
  std::mutex mutex_;
  rate_limiter limiter_;            // under the lock
  std::size_t enough_;              ///< bytes of the block at hand
  std::size_t storing_ = 0;         // calls in progress
  std::uint64_t blocks_ = 0;        // handed on
  std::optional<std::string> mark_; // of the block at hand
  bool finishing_ = false;
};

/// Collects records of type T. Throws std::length_error, as `batch_writer` does, for a record that is too large; then
/// those before it have been stored.
template <record T>
class block_builder final : public block_cutter {
public:
  using block_cutter::block_cutter;

  /// Stores one record when there is credit and the rate allows it. False if it has finished: the record was refused.
  bool store(const T& x) {
    entry e{*this};
    if (!e.admitted())
      return false;
    e.wait_for_turn();
    append(x);
    return true;
  }

  /// Stores all records of a range, in order and, as long as there is credit, under one lock. False if it has finished:
  /// none was stored.
  template <std::ranges::input_range R>
  bool store_all(R&& xs) {
    entry e{*this};
    if (!e.admitted())
      return false;
    for (auto&& x : xs) {
      e.wait_for_turn();
      append(x);
    }
    return true;
  }

  /// Stores as `store_all` does and cuts right behind the last record. Returns the number of blocks handed on by then,
  /// in which all of them are; nothing if it has finished.
  template <std::ranges::input_range R>
  std::optional<std::uint64_t> store_and_cut(R&& xs) {
    entry e{*this};
    if (!e.admitted())
      return std::nullopt;
    for (auto&& x : xs) {
      e.wait_for_turn();
      append(x);
    }
    return cut_and_count();
  }

  /// Stores one record without waiting, whether or not its turn has come.
  intake store_now(const T& x) {
    entry e{*this};
    if (!e.admitted())
      return intake::closed;
    append(x);
    const auto in_time = take_token();
    return in_time && has_credit() ? intake::open : intake::full;
  }

private:
  void append(const T& x) {
    writer_.append(x);
    cut_if_full(writer_.size());
  }

  std::optional<batch> take() override {
    if (writer_.count() == 0)
      return std::nullopt;
    return writer_.freeze();
  }

  bool is_empty() const override { return writer_.count() == 0; }

  batch_writer<T> writer_;
};

} // namespace sluice
