# SPDX-License-Identifier: BSD-3-Clause
sluice_test(system process LINK sluice_test_process)
sluice_test(system socket_receiver LINK sluice::receivers sluice_test_process)
