// SPDX-License-Identifier: BSD-3-Clause
#include <functional>

#include <sluice/testkit/harness.hpp>

using namespace sluice;

int main() {
  const auto compose = [](testkit::composing& c) {
    const auto words = c.input<std::string_view>("lines").flat_map(split(' '));
    c.output(words.map([](std::string_view w) { return std::pair{w, 1}; }).reduce_by_key(std::plus<>{}), "counts");
  };
  testkit::harness run{compose, {.partitions = 2}};
  run.feed<std::string_view>("lines", {"to be or", "not to be"});
  run.advance();
  return run.output<std::pair<std::string_view, int>>("counts", 1)->size() == 4 ? 0 : 1;
}
