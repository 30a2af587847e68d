# SPDX-License-Identifier: BSD-3-Clause
sluice_test(runtime simulation LINK sluice_test_simulation)
sluice_test(runtime cluster LINK sluice_test_cluster)
