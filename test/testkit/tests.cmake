# SPDX-License-Identifier: BSD-3-Clause
sluice_test(testkit runner LINK sluice::testkit)
