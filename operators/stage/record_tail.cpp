// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/stage/record_tail.hpp>

#include <algorithm>

namespace sluice {

std::size_t record_tail::room(std::size_t n) const {
  return std::min({n, most_of_a_chunk, most - std::min(most, texts_.size())});
}

void record_tail::add(std::string text) {
  if (text.size() > most_bytes) {
    text.resize(most_bytes);
    text += "…";
  }
  texts_.push_back(std::move(text));
}

} // namespace sluice
