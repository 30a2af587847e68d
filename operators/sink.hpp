// SPDX-License-Identifier: BSD-3-Clause
//
// How records move inside a stage: in chunks of about a thousand, from an operator's outlet into the next operator's
// sink, one virtual call a chunk. A chunk, and every view in it, lives until `push` returns; so an operator hands on
// all that it emitted before its own `push` returns, and keeps owned copies of what it wants to keep.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/actors/batch_io.hpp>
#include <sluice/actors/record.hpp>

namespace sluice {

/// Records a chunk holds at most: about 16 KiB of them, so that those of two operators lie in the L1 cache together.
template <record T>
inline constexpr std::size_t chunk_size = std::clamp<std::size_t>((std::size_t{16} << 10) / sizeof(T), 64, 1024);

/// The untyped side of `sink<T>`. Composition guarantees that both ends of a connection have the same T.
class any_sink {
public:
  virtual ~any_sink() = default;
};

/// Records that cost nothing but their reading when they are decoded, so it may be done more than once.
template <class T>
concept plain_record = record<T> && std::is_trivially_destructible_v<T>;

/// Records of a batch that have not been decoded yet: some of those that follow number `begin`. What a function does
/// not look at in them is then never read.
template <record T>
class encoded_chunk {
public:
  /// How many there are at most.
  static constexpr std::size_t max_size = 8192;

  /// @param places counted from `begin`, ascending; at least one
  encoded_chunk(const batch_reader<T>& from, std::size_t begin, std::span<const std::uint16_t> places)
      : from_{from}, begin_{begin}, places_{places},
        is_dense_{2 * places.size() > std::size_t{places.back()} - places.front()} {}

  std::size_t size() const { return places_.size(); }

  /// Those that come are fetched: of records that lie close to each other, those of the next chunk, too, as much is
  /// done between two chunks, in which processors forget that they are reading a column from front to back.
  [[gnu::always_inline]] T operator[](std::size_t i) const {
    if constexpr (flat_record<T>) {
      const auto next = is_dense_ ? places_[i] + far_ahead : places_[std::min(i + ahead, places_.size() - 1)];
      return from_.at(begin_ + places_[i], begin_ + next);
    } else {
      return from_[begin_ + places_[i]];
    }
  }

  /// Records of which none is left out: they cost a little less.
  class run {
  public:
    run(const batch_reader<T>& from, std::size_t begin, std::uint16_t first, std::size_t size)
        : from_{from}, begin_{begin + first}, first_{first}, size_{size} {}

    std::size_t size() const { return size_; }
    std::uint16_t place(std::size_t i) const { return static_cast<std::uint16_t>(first_ + i); }

    [[gnu::always_inline]] T operator[](std::size_t i) const {
      if constexpr (flat_record<T>)
        return from_.at(begin_ + i, begin_ + i + far_ahead);
      else
        return from_[begin_ + i];
    }

    /// The same without fetching others.
    [[gnu::always_inline]] T unfetched(std::size_t i) const { return from_[begin_ + i]; }

  private:
    const batch_reader<T>& from_;
    std::size_t begin_;
    std::uint16_t first_;
    std::size_t size_;
  };

  /// Calls `use` with the records as a run, if they are one, or as they are.
  template <class Use>
  void visit(Use use) const {
    if (places_.size() == std::size_t{places_.back()} - places_.front() + 1)
      use(run{from_, begin_, places_.front(), places_.size()});
    else
      use(*this);
  }

  /// Some of these records: those at `places`, of those that `place` returned.
  encoded_chunk only(std::span<const std::uint16_t> places) const { return {from_, begin_, places}; }
  std::uint16_t place(std::size_t i) const { return places_[i]; }

private:
  static constexpr std::size_t far_ahead = 512; ///< records of the batch
  static constexpr std::size_t ahead = 64;      ///< of these

  const batch_reader<T>& from_;
  std::size_t begin_;
  std::span<const std::uint16_t> places_;
  bool is_dense_;
};

/// Takes chunks of records.
template <record T>
class sink : public any_sink {
public:
  virtual void push(std::span<const T> chunk) = 0;

  /// Whether it would rather decode records itself: always the same answer. Never for records that are not plain.
  virtual bool is_decoding() const { return false; }

  /// Takes records as they are encoded. Requires `is_decoding`.
  virtual void decode(const encoded_chunk<T>& /*chunk*/) { assert(false); }

  /// Whether it only encodes what it takes, so that records may be written into their columns at once: always the same
  /// answer. Never for records that are not flat.
  virtual bool is_encoding() const { return false; }

  /// Room for one record at least, until the next call of anything else. Requires `is_encoding`.
  virtual record_room<T> room() {
    assert(false);
    return {};
  }

  /// Takes the first `n` of those that have been written there. Requires `is_encoding`.
  virtual void push_written(std::size_t /*n*/) { assert(false); }
};

/// Room for a number of records, side by side whatever their type: a std::vector<bool> would not do.
template <record T>
class record_buffer {
public:
  explicit record_buffer(std::size_t capacity)
      : slots_{std::make_unique_for_overwrite<slot[]>(capacity)}, capacity_{capacity} {}
  ~record_buffer() { clear(); }
  record_buffer(const record_buffer&) = delete;
  record_buffer& operator=(const record_buffer&) = delete;

  bool is_full() const { return size_ == capacity_; }

  /// Requires that it is not full.
  void push_back(T x) {
    assert(!is_full());
    std::construct_at(data() + size_, std::move(x));
    ++size_;
  }

  /// How many records more it can take.
  std::size_t room() const { return capacity_ - size_; }

  /// Adds make(0) … make(n - 1). Requires room for them.
  template <class Make>
  void append_each(std::size_t n, Make make) {
    assert(n <= room());
    auto* const to = data() + size_;
    if constexpr (std::is_trivially_destructible_v<T>) {
      for (std::size_t i = 0; i < n; ++i)
        std::construct_at(to + i, make(i));
      size_ += n;
    } else {
      for (std::size_t i = 0; i < n; ++i, ++size_)
        std::construct_at(to + i, make(i));
    }
  }

  std::span<const T> records() { return {data(), size_}; }

  void clear() {
    std::destroy_n(data(), size_);
    size_ = 0;
  }

private:
  struct alignas(T) slot {
    std::byte room[sizeof(T)];
  };

  T* data() { return reinterpret_cast<T*>(slots_.get()); }

  std::unique_ptr<slot[]> slots_;
  std::size_t capacity_;
  std::size_t size_ = 0;
};

/// Where an operator's results go: the sinks of all that consume it.
template <record T>
class outlet {
public:
  explicit outlet(std::span<any_sink* const> consumers) {
    for (const bool decoding : {true, false}) {
      for (auto* consumer : consumers)
        if (auto* const to = static_cast<sink<T>*>(consumer); to->is_decoding() == decoding)
          consumers_.push_back(to);
      if (decoding)
        decoding_ = consumers_.size();
    }
  }

  void push(std::span<const T> chunk) const {
    for (auto* consumer : consumers_)
      consumer->push(chunk);
  }

  /// Hands on records as they are encoded; they are decoded here for those consumers that do not do it.
  void push(const encoded_chunk<T>& chunk) {
    const std::span all{consumers_};
    for (auto* consumer : all.first(decoding_))
      consumer->decode(chunk);
    const auto others = all.subspan(decoding_);
    if (others.empty())
      return;
    if (!decoded_)
      decoded_.emplace(chunk_size<T>);
    for (std::size_t begin = 0; begin < chunk.size(); begin += chunk_size<T>) {
      decoded_->clear();
      decoded_->append_each(std::min(chunk_size<T>, chunk.size() - begin),
                            [&](std::size_t i) { return chunk[begin + i]; });
      for (auto* consumer : others)
        consumer->push(decoded_->records());
    }
  }

  /// The consumer, if there is one alone and it encodes.
  sink<T>* encoder() const {
    return consumers_.size() == 1 && consumers_.front()->is_encoding() ? consumers_.front() : nullptr;
  }

private:
  std::vector<sink<T>*> consumers_; ///< those that decode come first
  std::size_t decoding_ = 0;
  std::optional<record_buffer<T>> decoded_;
};

/// A chunk that lies in the columns of the consumer who will encode it.
template <flat_record T>
class column_chunk {
public:
  /// @param to if null, it must not be used.
  explicit column_chunk(sink<T>* to) : to_{to} {}

  bool is_used() const { return to_ != nullptr; }

  void push_back(const T& x) {
    keep_room();
    room_.cells.put(size_++, x);
  }

  /// Adds make(0) … make(n - 1).
  template <class Make>
  void append_each(std::size_t n, Make make) {
    append_some(n, [&](std::size_t i, auto put) { put(make(i)); });
  }

  /// Calls `make(i, put)` for i from 0 to n - 1, which adds a record with `put(x)`, or none.
  template <class Make>
  void append_some(std::size_t n, Make make) {
    for (std::size_t done = 0; done < n;) {
      keep_room();
      const auto some = std::min(n - done, room_.size - size_);
      auto cells = room_.cells.from(size_);
      std::size_t count = 0;
      for (std::size_t i = 0; i < some; ++i)
        make(done + i, [&](const T& x) { cells.put(count++, x); });
      size_ += count;
      done += some;
    }
  }

  void flush() {
    if (size_ != 0)
      to_->push_written(size_);
    clear();
  }

  void clear() {
    size_ = 0;
    room_.size = 0;
  }

private:
  void keep_room() {
    if (size_ == room_.size) [[unlikely]] {
      flush();
      room_ = to_->room();
    }
  }

  sink<T>* to_;
  record_room<T> room_;
  std::size_t size_ = 0;
};

/// Collects single records into chunks for an outlet.
template <record T>
class emitter {
public:
  explicit emitter(std::span<any_sink* const> consumers) : out_{consumers} {}

  void operator()(T x) {
    if constexpr (flat_record<T>)
      if (columns_.is_used()) {
        columns_.push_back(x);
        return;
      }
    chunk_.push_back(std::move(x));
    if (chunk_.is_full()) [[unlikely]]
      flush();
  }

  /// Emits make(0) … make(n - 1): faster than one by one.
  template <class Make>
  void emit_each(std::size_t n, Make make) {
    if constexpr (flat_record<T>)
      if (columns_.is_used()) {
        columns_.append_each(n, make);
        return;
      }
    for (std::size_t done = 0; done < n;) {
      const auto some = std::min(n - done, chunk_.room());
      chunk_.append_each(some, [&](std::size_t i) -> decltype(auto) { return make(done + i); });
      done += some;
      if (chunk_.is_full())
        flush();
    }
  }

  /// Calls `make(i, put)` for i from 0 to n - 1, which emits a record with `put(x)`, or none: faster than one by one.
  template <class Make>
  void emit_some(std::size_t n, Make make) {
    if constexpr (flat_record<T>)
      if (columns_.is_used()) {
        columns_.append_some(n, make);
        return;
      }
    for (std::size_t i = 0; i < n; ++i)
      make(i, [this](T x) { (*this)(std::move(x)); });
  }

  /// Hands on a chunk as it is, before what is collected after it.
  void push(std::span<const T> chunk) {
    flush();
    out_.push(chunk);
  }

  void push(const encoded_chunk<T>& chunk) {
    flush();
    out_.push(chunk);
  }

  /// Hands on what has been collected.
  void flush() {
    if constexpr (flat_record<T>)
      columns_.flush();
    if (chunk_.records().empty())
      return;
    const scope cleared{*this};
    out_.push(chunk_.records());
  }

  /// Forgets what is left of the chunk at its end: of use where a function may throw between two records.
  class scope {
  public:
    explicit scope(emitter& of) : of_{of} {}
    ~scope() { of_.forget(); }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

  private:
    emitter& of_;
  };

private:
  struct no_columns {};
  static auto columns_of(const outlet<T>& out) {
    if constexpr (flat_record<T>)
      return column_chunk<T>{out.encoder()};
    else
      return no_columns{};
  }

  void forget() {
    chunk_.clear();
    if constexpr (flat_record<T>)
      columns_.clear();
  }

  outlet<T> out_;
  record_buffer<T> chunk_{chunk_size<T>};
  [[no_unique_address]] decltype(columns_of(std::declval<const outlet<T>&>())) columns_ = columns_of(out_);
};

} // namespace sluice
