// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The shape of random text.
struct text_shape {
  std::uint32_t words_per_line = 10; ///< on average: each line has half as many to half as many again, at least one
  std::uint32_t keys = 50'000;       ///< distinct words, 1 to 10,000,000; frequent ones are short
  double skew = 1.0;                 ///< Zipf's exponent: word i is drawn in proportion to 1 / (i + 1)^skew; 0 = evenly
  std::uint64_t seed = 1;
};

/// Throws usage_error for a shape that cannot be.
void check(const text_shape& shape);

/// Random numbers, the same for a seed everywhere (xorshift64*).
class random_bits {
public:
  explicit random_bits(std::uint64_t seed);

  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1D;
  }

  /// Less than n.
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32); }

private:
  std::uint64_t state_;
};

/// Makes lines of words, the same for the same seed, hundreds of megabytes per second. Each word is one draw from an
/// alias table (Walker 1977) and one copy of fixed size.
class random_text {
public:
  /// Throws as `check` does.
  explicit random_text(const text_shape& shape);

  /// The next lines: at most `most`, and no more than make about 64 KiB. The views live until the next call.
  std::span<const std::string_view> lines(std::uint64_t most);

  /// The vocabulary, most frequent first.
  std::vector<std::string> words() const;

private:
  static constexpr std::size_t longest_word = 15;
  struct word {
    std::array<char, longest_word> text;
    std::uint8_t size;
  };
  /// With chance `own` / 2^32 the word itself, else the other.
  struct choice {
    std::uint64_t own;
    std::uint32_t other;
  };

  void make_words(random_bits& random);
  void make_table(double skew);
  const word& draw();

  std::uint32_t fewest_;
  std::uint32_t spread_;
  std::vector<word> words_;
  std::vector<choice> table_;
  random_bits random_;
  std::vector<char> text_;
  std::vector<std::string_view> lines_;
};

} // namespace sluice
