// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include <boost/test/unit_test.hpp>

#include <sluice/testkit/harness.hpp>
#include <sluice/testkit/mini_cluster.hpp>

namespace sluice::test {

/// The scenario on the harness with 1, 2 and 3 partitions, and on the simulated cluster with 0, 1 and 2 workers.
inline void on_every_runner(const testkit::runner::compose_function& compose,
                            const std::function<void(testkit::runner&)>& scenario) {
  for (const auto partitions : {1U, 2U, 3U})
    for (const auto seed : {0U, 7U}) {
      BOOST_TEST_CONTEXT("harness, " << partitions << " partitions, seed " << seed) {
        testkit::harness run{compose, {.partitions = partitions, .seed = seed}};
        scenario(run);
      }
    }
  for (const auto workers : {0U, 1U, 2U})
    BOOST_TEST_CONTEXT("cluster, " << workers << " workers") {
      testkit::mini_cluster run{compose, workers, {.partitions = 2, .seed = workers}};
      scenario(run);
    }
}

} // namespace sluice::test
