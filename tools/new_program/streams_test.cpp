// SPDX-License-Identifier: BSD-3-Clause
//
// Runs the streams without a server, a thread or a sleep. Any test framework will do.
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>

#include <sluice/testkit/harness.hpp>

#include "streams.hpp"

int main() {
  sluice::testkit::harness run{[](sluice::testkit::composing& program) {
    program.output(count_words(program.input<std::string_view>("lines")), "counts");
  }};
  run.feed<std::string_view>("lines", {"to be or", "not to be"});
  run.advance();

  const auto first = run.output<std::pair<std::string_view, std::int64_t>>("counts", 1); // of the first batch
  std::map<std::string, std::int64_t> counts;
  for (const auto& [word, count] : *first)
    counts[word] = count;
  const std::map<std::string, std::int64_t> expected{{"be", 2}, {"not", 1}, {"or", 1}, {"to", 2}};
  if (counts != expected)
    std::puts("the words were not counted right");
  return counts == expected ? 0 : 1;
}
