// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/operators/stage/record_tail.hpp>
#include <sluice/operators/stage/sink.hpp>

namespace sluice {

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
      push(chunk, *consumer);
  }

  /// Hands on records as they are encoded; they are decoded here for those consumers that do not do it.
  void push(const encoded_chunk<T>& chunk) {
    const std::span all{consumers_};
    for (auto* consumer : all.first(decoding_)) {
      const metered now{consumer->meter(), chunk.size()};
      if (now.is_looked_at()) [[unlikely]]
        show(chunk, *consumer->meter()->tail);
      consumer->decode(chunk);
    }
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
        push(decoded_->records(), *consumer);
    }
  }

  /// The consumer, if there is one alone and it encodes.
  sink<T>* encoder() const {
    return consumers_.size() == 1 && consumers_.front()->is_encoding() ? consumers_.front() : nullptr;
  }

private:
  static void push(std::span<const T> chunk, sink<T>& to) {
    const metered now{to.meter(), chunk.size()};
    if (now.is_looked_at()) [[unlikely]]
      to.meter()->tail->look_at(chunk);
    to.push(chunk);
  }

  static void show(const encoded_chunk<T>& chunk, record_tail& in) {
    const auto n = in.room(chunk.size());
    for (auto i = chunk.size() - n; i < chunk.size(); ++i) {
      const T record = chunk[i];
      in.look_at(std::span{&record, 1});
    }
  }

  std::vector<sink<T>*> consumers_; ///< those that decode come first
  std::size_t decoding_ = 0;
  std::optional<record_buffer<T>> decoded_;
};

} // namespace sluice
