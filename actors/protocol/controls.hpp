// SPDX-License-Identifier: BSD-3-Clause
//
// What people may ask of a running program, as it travels to the actors that do it.
#pragma once

#include <string>
#include <vector>

#include <sluice/actors/base/ids.hpp>

namespace sluice {

/// How much an input may give now.
struct input_limit {
  double max_rate = 0; ///< records per second; 0: no limit
  bool is_paused = false;

  friend bool operator==(const input_limit&, const input_limit&) = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, input_limit& x) {
    return f(x.max_rate, x.is_paused);
  }
};

/// Records that pass from one operator to another are to be shown.
struct tail_request {
  epoch life;
  node_index from;
  node_index to;      ///< which takes them; `from` itself: what it takes
  std::string schema; ///< of the records
  bool is_on = true;  ///< otherwise they are shown no longer

  template <class Inspector>
  friend auto inspect(Inspector& f, tail_request& x) {
    return f(x.life, x.from, x.to, x.schema, x.is_on);
  }
};

/// Some of the records that have passed lately.
struct tail_sample {
  node_index from;
  node_index to;
  bool was_encoded = false; ///< they came over an edge; the half that sends them may have shown them before
  std::vector<std::string> texts;

  template <class Inspector>
  friend auto inspect(Inspector& f, tail_sample& x) {
    return f(x.from, x.to, x.was_encoded, x.texts);
  }
};

} // namespace sluice
