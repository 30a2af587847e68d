// SPDX-License-Identifier: BSD-3-Clause
//
// The word count on Sluice, written as a user would: what is the same wherever the lines come from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <sluice/sluice.hpp>

#include "digest.hpp"
#include "micro_batches.hpp"

namespace sluice::bench {

using counted_words = rdd<std::pair<std::string_view, int>>;

/// How often each word of a batch occurs, for `use`.
template <class F>
void count_words(const dstream<std::string_view>& words, F use) {
  auto counts = words.map([](std::string_view w) { return std::pair{w, 1}; }).reduce_by_key(std::plus<>{});
  counts.foreach_rdd(use);
}

/// The lines of a text, `lines_of_a_batch` a batch.
inline std::shared_ptr<record_queue<std::string_view>> queue_of_lines(std::string_view text) {
  auto result = std::make_shared<record_queue<std::string_view>>();
  for (auto rest : micro_batches(text)) {
    std::vector<std::string> lines;
    while (!rest.empty()) {
      lines.emplace_back(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(std::min(lines.back().size() + 1, rest.size()));
    }
    result->push(lines);
  }
  return result;
}

/// A use of the counts: adds those of every batch to `result`, which outlives it, and calls `done()` after `batches`.
template <class Done>
auto digest_batches(word_digest& result, std::size_t batches, Done done) {
  return [&result, batches, done, batch = std::uint64_t{0}](const counted_words& counts) mutable {
    if (counts.is_empty())
      return;
    counts.for_each([&](const std::pair<std::string_view, int>& x) {
      result.add(x.first, static_cast<std::uint64_t>(x.second), batch);
    });
    if (++batch == batches)
      done();
  };
}

/// How often each word occurred in all batches so far.
class word_totals {
public:
  void add(const counted_words& counts) {
    counts.for_each([this](const std::pair<std::string_view, int>& x) {
      const auto known = totals_.find(x.first);
      (known != totals_.end() ? known : totals_.emplace(x.first, 0).first)->second +=
          static_cast<std::uint64_t>(x.second);
    });
  }

  word_digest digest() const {
    word_digest result;
    for (const auto& [word, count] : totals_)
      result.add(word, count);
    return result;
  }

private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view x) const { return hash_bytes(x); }
  };

  std::unordered_map<std::string, std::uint64_t, hash, std::equal_to<>> totals_;
};

} // namespace sluice::bench
