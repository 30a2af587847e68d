// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sluice/actors/record/record_text.hpp>

namespace sluice {

/// Keeps the text of some records that pass, for somebody who looks at a running program: up to `most` between two
/// reports. So it costs nothing more once it is full.
class record_tail {
public:
  static constexpr std::size_t most = 20;
  static constexpr std::size_t most_of_a_chunk = 5;
  static constexpr std::size_t most_bytes = 1000; ///< of a record; the rest is cut off

  /// How many of `n` records that come now are to be shown: the last ones of them.
  std::size_t room(std::size_t n) const;

  void add(std::string text);

  /// The last of a chunk.
  template <record T>
  void look_at(std::span<const T> chunk) {
    for (const auto& x : chunk.last(room(chunk.size()))) {
      std::string text;
      format_record(text, x);
      add(std::move(text));
    }
  }

  std::vector<std::string> take() { return std::exchange(texts_, {}); }

private:
  std::vector<std::string> texts_;
};

} // namespace sluice
