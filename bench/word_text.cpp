// SPDX-License-Identifier: BSD-3-Clause
#include "word_text.hpp"

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>
#include <unordered_set>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "word_digest.hpp"

namespace sluice::bench {

namespace {

constexpr std::uint32_t vocabulary_size = 50'000;

/// xorshift64*.
class random_numbers {
public:
  explicit random_numbers(std::uint64_t seed) : state_{mix(seed) | 1} {}

  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1D;
  }

  /// Less than n.
  std::uint32_t below(std::uint32_t n) {
    __extension__ using wide = unsigned __int128;
    return static_cast<std::uint32_t>(static_cast<wide>(next()) * n >> 64);
  }

private:
  std::uint64_t state_;
};

/// Walker's alias table for ranks that are drawn in proportion to 1 / (rank + 1). Made with + - * / only, so that it is
/// the same on every machine.
class zipf {
public:
  explicit zipf(std::uint32_t n) : own_(n, std::uint64_t{1} << 32), other_(n) {
    double sum = 0;
    for (std::uint32_t i = 0; i < n; ++i)
      sum += 1.0 / (i + 1);
    std::vector<double> share(n);
    std::vector<std::uint32_t> small;
    std::vector<std::uint32_t> large;
    for (std::uint32_t i = 0; i < n; ++i) {
      share[i] = (1.0 / (i + 1)) / sum * n;
      other_[i] = i;
      (share[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const auto s = small.back();
      const auto l = large.back();
      small.pop_back();
      own_[s] = static_cast<std::uint64_t>(share[s] * 4294967296.0);
      other_[s] = l;
      share[l] -= 1 - share[s];
      if (share[l] < 1) {
        large.pop_back();
        small.push_back(l);
      }
    }
  }

  std::uint32_t draw(random_numbers& random) const {
    const auto x = random.next();
    const auto i = static_cast<std::uint32_t>((x >> 32) * own_.size() >> 32);
    return (x & 0xFFFFFFFF) < own_[i] ? i : other_[i];
  }

private:
  std::vector<std::uint64_t> own_;
  std::vector<std::uint32_t> other_;
};

/// Short frequent words, longer rare ones.
std::uint32_t length_of(std::uint32_t rank, random_numbers& random) {
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

} // namespace

void write_word_text(const std::filesystem::path& path, std::size_t bytes) {
  constexpr std::size_t buffered = std::size_t{1} << 20;
  const auto vocabulary = make_vocabulary();
  const zipf ranks{vocabulary_size};
  random_numbers random{7};
  std::ofstream out{path, std::ios::binary};
  std::string buffer;
  for (std::size_t written = 0; written + buffer.size() < bytes;) {
    for (auto left = 5 + random.below(11); left != 0; --left) {
      buffer += vocabulary[ranks.draw(random)];
      buffer += left == 1 ? '\n' : ' ';
    }
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

mapped_text::mapped_text(const std::filesystem::path& path) : size_{std::filesystem::file_size(path)} {
  const auto file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    fail(path);
  // Anonymous memory below the file, so that the page behind the file's last one is there.
  const auto room = size_ + readable_after;
  auto* const space = mmap(nullptr, room, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (space == MAP_FAILED
      || mmap(space, size_, PROT_READ, MAP_PRIVATE | MAP_POPULATE | MAP_FIXED, file, 0) == MAP_FAILED)
    fail(path);
  close(file);
  data_ = static_cast<char*>(space);
  constexpr std::size_t page = 4096;
  for (std::size_t i = 0; i < size_; i += page)
    static_cast<void>(*static_cast<const volatile char*>(data_ + i));
}

mapped_text::~mapped_text() { munmap(data_, size_ + readable_after); }

} // namespace sluice::bench
