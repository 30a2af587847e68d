// SPDX-License-Identifier: BSD-3-Clause
//
// Random datasets, and the same records in plain lists for naive computations.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/operators/dataset/rdd.hpp>

namespace sluice::test {

/// Records by partition.
template <class T>
using lists = std::vector<std::vector<T>>;

/// A dataset of these records, each partition cut into batches at random, some of them empty.
template <record T>
rdd<T> encode(const lists<owned_t<T>>& from, std::mt19937_64& random) {
  typename rdd<T>::partitions content;
  for (const auto& records : from) {
    auto& partition = content.emplace_back();
    batch_writer<T> out;
    for (const auto& x : records) {
      while (random() % 4 == 0)
        partition.push_back(random() % 4 == 0 ? batch{} : out.freeze());
      out.append(to_view<T>(x));
    }
    if (!records.empty() || random() % 2 == 0)
      partition.push_back(out.freeze());
  }
  return rdd<T>{std::move(content)};
}

/// What a dataset holds, by partition.
template <record T>
lists<owned_t<T>> lists_of(const rdd<T>& from) {
  lists<owned_t<T>> result;
  for (const auto& partition : from.content())
    result.push_back(rdd<T>{{partition}}.collect());
  return result;
}

/// All records, partition by partition.
template <class T>
std::vector<T> joined(const lists<T>& from) {
  std::vector<T> result;
  for (const auto& records : from)
    result.insert(result.end(), records.begin(), records.end());
  return result;
}

/// The same records as lists and as a dataset.
template <record T>
struct sample {
  lists<owned_t<T>> by_partition;
  rdd<T> data;

  std::vector<owned_t<T>> all() const { return joined(by_partition); }
};

/// Up to 40 records of `make(random)` a partition, none in every third.
template <record T, class Make>
sample<T> random_sample(std::mt19937_64& random, std::size_t partitions, Make make) {
  lists<owned_t<T>> by_partition(partitions);
  for (auto& records : by_partition)
    for (auto n = random() % 3 == 0 ? 0 : random() % 40; n != 0; --n)
      records.push_back(make(random));
  auto data = encode<T>(by_partition, random);
  return {std::move(by_partition), std::move(data)};
}

/// A text that occurs often, of up to 33 letters.
inline std::string random_text(std::mt19937_64& random) {
  const auto n = random() % 12;
  return std::string(n * 3, static_cast<char>('a' + n)) + (random() % 2 == 0 ? "" : "x");
}

inline int random_number(std::mt19937_64& random) { return static_cast<int>(random() % 21) - 10; }

using word = std::string_view;
using scored = std::pair<std::string_view, int>;
using owned_scored = std::pair<std::string, int>;

inline sample<word> random_words(std::mt19937_64& random, std::size_t partitions) {
  return random_sample<word>(random, partitions, random_text);
}

inline sample<scored> random_pairs(std::mt19937_64& random, std::size_t partitions) {
  return random_sample<scored>(random, partitions,
                               [](auto& r) { return owned_scored{random_text(r), random_number(r)}; });
}

inline sample<int> random_numbers(std::mt19937_64& random, std::size_t partitions) {
  return random_sample<int>(random, partitions, random_number);
}

/// Calls `run(random, partitions)` for many seeds, with 0 to 4 partitions.
template <class Run>
void with_random_shapes(Run run) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random{seed};
    run(random, seed % 5);
  }
}

} // namespace sluice::test
