# SPDX-License-Identifier: BSD-3-Clause
sluice_test(system process LINK sluice_test_process)
