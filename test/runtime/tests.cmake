# SPDX-License-Identifier: BSD-3-Clause
sluice_test(runtime simulation LINK sluice_test_simulation)
sluice_test(runtime cluster LINK sluice_test_cluster)
sluice_test(runtime batch_generator LINK sluice::runtime)
sluice_test(runtime checkpoint_check LINK sluice::runtime)
sluice_test(runtime coordinator LINK sluice::runtime)
sluice_test(runtime explain LINK sluice::runtime)
sluice_test(runtime node_address LINK sluice::runtime)
sluice_test(runtime planner LINK sluice::runtime)
