# SPDX-License-Identifier: BSD-3-Clause
sluice_test(runtime simulation LINK sluice_test_simulation)
