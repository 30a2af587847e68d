// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <thread>
#include <vector>

namespace sluice::bench {

/// Calls work(0) ... work(threads - 1) at once.
template <class F>
void run_on(std::size_t threads, F work) {
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i)
    others.emplace_back([work, i] { work(i); });
  work(0);
}

/// The share of `me` where `all` is shared evenly among so many.
template <class T>
std::span<const T> share_of(std::span<const T> all, std::size_t me, std::size_t many) {
  const auto begin = all.size() * me / many;
  return all.subspan(begin, all.size() * (me + 1) / many - begin);
}

} // namespace sluice::bench
