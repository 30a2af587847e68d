# SPDX-License-Identifier: BSD-3-Clause
# Whole programs need the planner, which is the runtime's.
sluice_test(operators word_count LINK sluice::runtime)
