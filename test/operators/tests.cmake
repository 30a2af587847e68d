# SPDX-License-Identifier: BSD-3-Clause
sluice_test(operators added_sums LINK sluice::operators)
sluice_test(operators end_tracker LINK sluice::operators)
sluice_test(operators fields LINK sluice::operators)
sluice_test(operators keyed_table LINK sluice::operators)
sluice_test(operators per_batch LINK sluice::operators)
sluice_test(operators rdd LINK sluice::operators)
sluice_test(operators rdd_files LINK sluice::operators)
sluice_test(operators rdd_results LINK sluice::operators)
sluice_test(operators rdd_wide LINK sluice::operators)
sluice_test(operators sink LINK sluice::operators)
sluice_test(operators split LINK sluice::operators)
sluice_test(operators topology LINK sluice::operators)
sluice_test(operators inverse_windows LINK sluice::operators)
sluice_test(operators two_stacks LINK sluice::operators)

# Whole programs need the planner, which is the runtime's.
sluice_test(operators apply LINK sluice::runtime)
sluice_test(operators cogroup LINK sluice::runtime)
sluice_test(operators dataset LINK sluice::runtime)
sluice_test(operators error_policy LINK sluice::runtime)
sluice_test(operators window LINK sluice::runtime)
sluice_test(operators word_count LINK sluice::runtime)
sluice_test(operators many_streams LINK sluice::runtime)
sluice_test(operators narrow LINK sluice::runtime)
sluice_test(operators operator_failure LINK sluice::runtime)
sluice_test(operators output LINK sluice::runtime)
sluice_test(operators output_id LINK sluice::runtime)
sluice_test(operators partitioner LINK sluice::runtime)
sluice_test(operators union LINK sluice::runtime)
sluice_test(operators reduce_by_key LINK sluice::runtime)
sluice_test(operators map_with_state LINK sluice::runtime)
sluice_test(operators state_table LINK sluice::runtime)
sluice_test(operators state_writing LINK sluice::runtime TIMEOUT 120)
sluice_test(operators update_state_by_key LINK sluice::runtime)
sluice_test(operators stage LINK sluice::runtime)
sluice_test(operators stage_meter LINK sluice::runtime)

sluice_test(operators random_topologies LINK sluice::runtime TIMEOUT 120)
target_sources(operators_random_topologies_test PRIVATE
  operators/naive_streams.cpp
  operators/random_program.cpp
  operators/row_streams_datasets.cpp
  operators/row_streams_pairs.cpp
  operators/row_streams_plain.cpp
  operators/row_streams_windows.cpp)
sluice_test(operators kept_datasets LINK sluice::runtime)
sluice_test(operators record_text LINK sluice::operators)
sluice_test(operators order LINK sluice::runtime)
sluice_test(operators statistics LINK sluice::runtime)
