// SPDX-License-Identifier: BSD-3-Clause
#include "word_text.hpp"

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>
#include <unordered_set>
#include <vector>

#include "random.hpp"

namespace sluice::bench {

namespace {

constexpr std::uint32_t vocabulary_size = 50'000;

/// Short frequent words, longer rare ones.
std::size_t length_of(std::uint32_t rank, random_numbers& random) {
  if (rank < 50)
    return 2 + random.below(3);
  return rank < 1000 ? 3 + random.below(5) : 4 + random.below(11);
}

std::vector<std::string> make_vocabulary() {
  random_numbers random{42};
  std::vector<std::string> result;
  std::unordered_set<std::string> seen;
  while (result.size() < vocabulary_size) {
    std::string word(length_of(static_cast<std::uint32_t>(result.size()), random), ' ');
    for (auto& c : word)
      c = static_cast<char>('a' + random.below(26));
    if (seen.insert(word).second)
      result.push_back(word);
  }
  return result;
}

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw std::system_error{errno, std::generic_category(), path.string()};
}

/// Draws lines of 5 to 15 words.
class line_maker {
public:
  /// Appends the next line to `out`.
  void append(std::string& out) {
    for (auto left = 5 + random_.below(11); left != 0; --left) {
      out += vocabulary_[ranks_.draw(random_)];
      out += left == 1 ? '\n' : ' ';
    }
  }

private:
  std::vector<std::string> vocabulary_ = make_vocabulary();
  zipf ranks_{vocabulary_size};
  random_numbers random_{7};
};

} // namespace

std::vector<std::string> word_lines(std::size_t count) {
  line_maker maker;
  std::vector<std::string> result(count);
  for (auto& line : result) {
    maker.append(line);
    line.pop_back();
  }
  return result;
}

void write_word_text(const std::filesystem::path& path, std::size_t bytes) {
  constexpr std::size_t buffered = std::size_t{1} << 20;
  line_maker maker;
  std::ofstream out{path, std::ios::binary};
  std::string buffer;
  for (std::size_t written = 0; written + buffer.size() < bytes;) {
    maker.append(buffer);
    if (buffer.size() > buffered) {
      written += buffer.size();
      out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      buffer.clear();
    }
  }
  out.write(buffer.data(), static_cast<std::streamsize>(buffer.size()));
  if (!out.flush())
    fail(path);
}

} // namespace sluice::bench
