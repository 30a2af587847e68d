// SPDX-License-Identifier: BSD-3-Clause
//
// The sending halves of edges between stages: they encode records into one batch a target partition and let it go when
// it is large enough to be worth a message, or at the end of the batch.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/operators/shuffle/sending_router.hpp>
#include <sluice/operators/stage/per_batch.hpp>
#include <sluice/operators/stage/stage_operator.hpp>

namespace sluice {

/// A batch for another stage is sent once its columns have this size.
inline constexpr std::size_t send_bytes = usual_batch_bytes;

/// The same where there are many partitions: what all of a stage hold back for all of another must not fill the memory.
/// @param targets partitions of the other stage; this one is taken to have as many.
constexpr std::size_t send_bytes_for(std::size_t targets) {
  constexpr std::size_t of_all = std::size_t{16} << 20;
  constexpr std::size_t least = std::size_t{4} << 10;
  return std::clamp(of_all / (targets * targets), least, send_bytes);
}

namespace detail {

/// Writes one batch a target, and turns them into parcels.
template <record T>
class parcel_writer {
public:
  explicit parcel_writer(const sender_context& context)
      : edge_{context.edge}, effects_{context.effects}, enough_{send_bytes_for(context.targets)},
        lanes_(context.targets) {}

  /// Writes to one target alone, which is the first to its callers.
  parcel_writer(const sender_context& context, std::uint32_t only)
      : edge_{context.edge}, effects_{context.effects}, enough_{send_bytes}, first_{only}, lanes_(1) {}

  std::uint32_t targets() const { return static_cast<std::uint32_t>(lanes_.size()); }

  void open(batch_time t) {
    if (time_ != t)
      send_all();
    time_ = t;
  }

  void append(std::uint32_t target, const T& x) {
    lanes_[target].writer.append(x);
    send_if_full(target);
  }

  /// The same, faster for some, of a record whose views last until `settle` is called.
  void append_lasting(std::uint32_t target, const T& x) {
    if constexpr (can_wait) {
      auto& waiting = lanes_[target].waiting;
      if (waiting.size() == waiting.capacity()) [[unlikely]]
        make_room(target);
      waiting.push_back(x);
    } else {
      append(target, x);
    }
  }

  void append_all(std::uint32_t target, std::span<const T> chunk) {
    write_waiting(target);
    write(target, chunk);
  }

  /// Where records for this target may be written instead.
  record_room<T> room(std::uint32_t target)
    requires flat_record<T>
  {
    return lanes_[target].writer.room();
  }

  /// Appends the first `n` of those that have been written there.
  void append_written(std::uint32_t target, std::size_t n)
    requires flat_record<T>
  {
    lanes_[target].writer.append_written(n);
    send_if_full(target);
  }

  /// Writes what still refers to something outside.
  void settle() {
    for (std::uint32_t target = 0; target < targets(); ++target)
      write_waiting(target);
  }

  void send_all() {
    for (std::uint32_t target = 0; target < targets(); ++target) {
      write_waiting(target);
      if (lanes_[target].writer.count() != 0)
        send(target);
    }
  }

  /// Forgets what has not been sent.
  void clear() {
    for (auto& x : lanes_) {
      x.waiting.clear();
      x.writer.clear();
    }
  }

private:
  static constexpr bool can_wait = simple_record<T> && !flat_record<T> && std::is_trivially_destructible_v<T>;

  struct lane {
    batch_writer<T> writer;
    std::vector<T> waiting; ///< records are written faster if there are some
  };

  void make_room(std::uint32_t target) {
    constexpr std::size_t many_targets = 64;
    lanes_[target].waiting.reserve(targets() < many_targets ? 64 : 8);
    write_waiting(target);
  }

  void write_waiting(std::uint32_t target) {
    if constexpr (can_wait) {
      auto& waiting = lanes_[target].waiting;
      if (waiting.empty())
        return;
      write(target, waiting);
      waiting.clear();
    }
  }

  void write(std::uint32_t target, std::span<const T> some) {
    if constexpr (simple_record<T> && !flat_record<T>) {
      if (lanes_[target].writer.append_together(some, enough_)) {
        send_if_full(target);
        return;
      }
    }
    for (const auto& x : some) // they may be large: each is a chance to send
      append(target, x);
  }

  void send_if_full(std::uint32_t target) {
    if (lanes_[target].writer.size() >= enough_) [[unlikely]]
      send(target);
  }

  void send(std::uint32_t target) {
    effects_->parcels.push_back({edge_, partition_id{first_ + target}, *time_, lanes_[target].writer.freeze()});
  }

  edge_id edge_;
  stage_effects* effects_;
  std::size_t enough_; ///< bytes of a batch that is worth a message
  std::uint32_t first_ = 0;
  std::vector<lane> lanes_;
  std::optional<batch_time> time_;
};

} // namespace detail

/// Sends each record to the one partition that goes with this one, at most `limit` of them a batch.
template <record T>
class forward_sender : public stage_operator, public sink<T> {
public:
  explicit forward_sender(const sender_context& context, std::size_t limit = std::numeric_limits<std::size_t>::max())
      : out_{context, context.from.value() % context.targets}, limit_{limit} {}

  any_sink* input() override { return this; }

  void push(std::span<const T> chunk) override { out_.append_all(0, chunk.first(take(chunk.size()))); }

  bool is_encoding() const override { return flat_record<T>; }

  record_room<T> room() override {
    if constexpr (flat_record<T>)
      return out_.room(0);
    else
      return {};
  }

  void push_written(std::size_t n) override {
    if constexpr (flat_record<T>)
      out_.append_written(0, take(n));
  }

  void open(batch_time t) override {
    out_.open(t);
    sent_.open(t);
  }

  void close(batch_time, stage_effects&) override {
    out_.send_all();
    sent_.close();
  }

  void skip(batch_time, presence, stage_effects&) override {
    out_.clear();
    sent_.close();
  }

private:
  struct counter {
    std::size_t count = 0;
    void clear() { count = 0; }
  };

  /// How many of `n` more records are sent.
  std::size_t take(std::size_t n) {
    auto& sent = sent_.current().count;
    const auto result = std::min(n, limit_ - sent);
    sent += result;
    return result;
  }

  detail::parcel_writer<T> out_;
  std::size_t limit_;
  per_batch<counter> sent_;
};

/// Sends records to all partitions in turn.
template <record T>
class rebalance_sender : public stage_operator, public sink<T> {
public:
  explicit rebalance_sender(const sender_context& context)
      : out_{context}, next_{context.from.value() % context.targets} {}

  any_sink* input() override { return this; }

  void push(std::span<const T> chunk) override {
    for (const auto& x : chunk) {
      out_.append(next_, x);
      next_ = (next_ + 1) % out_.targets();
    }
  }

  void open(batch_time t) override { out_.open(t); }
  void close(batch_time, stage_effects&) override { out_.send_all(); }
  void skip(batch_time, presence, stage_effects&) override { out_.clear(); }

private:
  detail::parcel_writer<T> out_;
  std::uint32_t next_;
};

/// Sends each pair to the partition its key belongs to.
template <pair_record T, class By = hash_partitioner>
class hash_sender : public stage_operator, public sink<T> {
public:
  explicit hash_sender(const sender_context& context, const By& by = {}) : route_{by, context}, out_{context} {}

  any_sink* input() override { return this; }

  void push(std::span<const T> chunk) override {
    for (const auto& x : chunk)
      out_.append(route_(x.first, out_.targets()), x);
  }

  void open(batch_time t) override { out_.open(t); }
  void close(batch_time, stage_effects&) override { out_.send_all(); }
  void skip(batch_time, presence, stage_effects&) override { out_.clear(); }

private:
  [[no_unique_address]] detail::sending_router<By> route_;
  detail::parcel_writer<T> out_;
};

namespace detail {

/// Makes the sending half for pairs that go on as they are.
template <pair_record T, class By>
auto make_key_sender(const By& by) {
  return [by](const sender_context& context) { return std::make_unique<hash_sender<T, By>>(context, by); };
}

} // namespace detail

} // namespace sluice
