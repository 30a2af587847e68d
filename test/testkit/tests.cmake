# SPDX-License-Identifier: BSD-3-Clause
sluice_test(testkit composing LINK sluice::testkit)
sluice_test(testkit log LINK sluice::testkit)
sluice_test(testkit runner LINK sluice::testkit)
