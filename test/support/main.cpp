// SPDX-License-Identifier: BSD-3-Clause
// The one main() of all test suites: Boost.Test, linked.
#define BOOST_TEST_MODULE sluice
#include <boost/test/unit_test.hpp>
