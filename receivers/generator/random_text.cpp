// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/generator/random_text.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_set>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10;
constexpr std::uint32_t most_keys = 10'000'000;
constexpr std::uint32_t most_words_per_line = 10'000;
constexpr double certain = 4294967296.0; // 2^32

/// Frequent words are short, as in any language.
std::uint32_t length_of(std::uint32_t rank, random_bits& random) {
  if (rank < 50)
    return 2 + random.below(3);
  if (rank < 1000)
    return 3 + random.below(5);
  return 4 + random.below(11);
}

/// 1 / (rank + 1)^skew; without std::pow, which differs between machines, where it can be.
double weight(std::uint32_t rank, double skew) {
  const auto n = rank + 1.0;
  if (skew == 1.0)
    return 1.0 / n;
  return skew == 0.0 ? 1.0 : std::pow(n, -skew);
}

} // namespace

void check(const text_shape& shape) {
  const std::string function = "generator_stream: ";
  if (shape.keys == 0 || shape.keys > most_keys)
    throw usage_error(function + "keys must be 1 to " + std::to_string(most_keys) + ", not "
                      + std::to_string(shape.keys));
  if (shape.words_per_line == 0 || shape.words_per_line > most_words_per_line)
    throw usage_error(function + "words_per_line must be 1 to " + std::to_string(most_words_per_line) + ", not "
                      + std::to_string(shape.words_per_line));
  if (!(shape.skew >= 0 && shape.skew <= 10))
    throw usage_error(function + "skew must be 0 to 10 (1 is like natural text), not " + std::to_string(shape.skew));
}

random_bits::random_bits(std::uint64_t seed) {
  // SplitMix64's mixing: neighbouring seeds start far apart, and the state is not zero.
  auto x = seed + 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  x ^= x >> 31;
  state_ = x == 0 ? 1 : x;
}

random_text::random_text(const text_shape& shape) : random_{shape.seed} {
  check(shape);
  fewest_ = std::max(shape.words_per_line / 2, 1U);
  spread_ = 2 * (shape.words_per_line - fewest_) + 1;
  words_.resize(shape.keys);
  make_words(random_);
  make_table(shape.skew);
  // The last line may start just below the chunk's end, and every copy of a word is `longest_word` bytes.
  text_.resize(chunk_bytes + (fewest_ + spread_) * (longest_word + 1) + longest_word);
}

void random_text::make_words(random_bits& random) {
  std::unordered_set<std::string_view> seen;
  seen.reserve(words_.size());
  for (std::uint32_t i = 0; i < words_.size(); ++i) {
    auto& word = words_[i];
    do {
      word.size = static_cast<std::uint8_t>(length_of(i, random));
      for (std::size_t k = 0; k < word.size; ++k)
        word.text[k] = static_cast<char>('a' + random.below(26));
    } while (!seen.emplace(word.text.data(), word.size).second);
  }
}

void random_text::make_table(double skew) {
  const auto n = static_cast<std::uint32_t>(words_.size());
  std::vector<double> share(n);
  double sum = 0;
  for (std::uint32_t i = 0; i < n; ++i)
    sum += share[i] = weight(i, skew);
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  table_.resize(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    share[i] *= n / sum;
    table_[i] = {std::uint64_t{1} << 32, i};
    (share[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const auto s = small.back();
    const auto l = large.back();
    small.pop_back();
    table_[s] = {static_cast<std::uint64_t>(share[s] * certain), l};
    share[l] -= 1 - share[s];
    if (share[l] < 1) {
      large.pop_back();
      small.push_back(l);
    }
  }
}

const random_text::word& random_text::draw() {
  const auto x = random_.next();
  const auto i = static_cast<std::uint32_t>(((x >> 32) * words_.size()) >> 32);
  return words_[(x & 0xFFFFFFFF) < table_[i].own ? i : table_[i].other];
}

std::span<const std::string_view> random_text::lines(std::uint64_t most) {
  lines_.clear();
  auto* const begin = text_.data();
  auto* to = begin;
  while (lines_.size() < most && static_cast<std::size_t>(to - begin) < chunk_bytes) {
    auto* const line = to;
    for (auto left = fewest_ + random_.below(spread_); left != 0; --left) {
      const auto& word = draw();
      std::memcpy(to, word.text.data(), longest_word);
      to += word.size;
      *to++ = ' ';
    }
    lines_.emplace_back(line, static_cast<std::size_t>(to - line - 1)); // without the last blank
  }
  return lines_;
}

std::vector<std::string> random_text::words() const {
  std::vector<std::string> result;
  result.reserve(words_.size());
  for (const auto& word : words_)
    result.emplace_back(word.text.data(), word.size);
  return result;
}

} // namespace sluice
