// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <sluice/actors/batch/record_chunks.hpp>
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
    for (auto* consumer : consumers_) {
      const metered now{consumer->meter(), chunk.size()};
      consumer->push(chunk);
    }
  }

  /// Hands on records as they are encoded; they are decoded here for those consumers that do not do it.
  void push(const encoded_chunk<T>& chunk) {
    const std::span all{consumers_};
    for (auto* consumer : all.first(decoding_)) {
      const metered now{consumer->meter(), chunk.size()};
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
      for (auto* consumer : others) {
        const metered now{consumer->meter(), decoded_->records().size()};
        consumer->push(decoded_->records());
      }
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

} // namespace sluice
