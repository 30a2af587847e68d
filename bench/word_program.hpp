// SPDX-License-Identifier: BSD-3-Clause
//
// The word count on Sluice, written as a user would: what is the same wherever the lines come from.
#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
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

/// The next `lines_of_a_batch` lines; fewer at the end, none behind it.
inline std::vector<std::string> next_lines(std::istream& text) {
  std::vector<std::string> result;
  for (std::string line; result.size() < lines_of_a_batch && std::getline(text, line);)
    result.push_back(line);
  return result;
}

/// The lines of a text file, `lines_of_a_batch` a batch. Read batch by batch, so that only the queue has all of them in
/// memory. Throws std::system_error if it cannot be read.
inline std::shared_ptr<record_queue<std::string_view>> queue_of_lines(const std::filesystem::path& path) {
  auto result = std::make_shared<record_queue<std::string_view>>();
  std::ifstream file{path};
  while (file.peek() != std::char_traits<char>::eof())
    result->push(next_lines(file));
  if (!file.eof())
    throw std::system_error{errno, std::generic_category(), path.string()};
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
