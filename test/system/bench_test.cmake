# SPDX-License-Identifier: BSD-3-Clause
# All programs of a bench come to the same result, on little data here; and what was found is in the JSON, of benches
# that print a table of their own as well. BENCH: the runner. JSON: a file to write.
set(benches word_count word_count_batches word_count_lambda keyed_window nexmark_q1 nexmark_q2 nexmark_q5 nexmark_q8
  socket two_processes scaling window_cost)
execute_process(COMMAND ${BENCH} ${benches} --rounds 1 --threads 2 --bytes 1000000 --events 1500000
  --nexmark-events 2500000 --scaling-events 150000 --json ${JSON} COMMAND_ERROR_IS_FATAL ANY)

# Benches of crashes, commits and the log, which fail if a record is lost or counted twice. What they need is there now.
get_filename_component(programs ${BENCH} DIRECTORY)
get_filename_component(data ${programs}/../../bench-data ABSOLUTE)
execute_process(COMMAND ${programs}/bench_recovery_time --runs 2 --keys 20000 COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${programs}/bench_commit_cadence ${data}/events-1500000 --seconds 1 --pairs 1 --batch 100000
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${programs}/bench_committed_visible --rounds 1 --seconds 0.5 --rate 20000
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${programs}/bench_word_count_logged ${data}/text-1000000 --rounds 1 COMMAND_ERROR_IS_FATAL ANY)

file(READ ${JSON} all)
string(JSON count LENGTH "${all}")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON bench GET "${all}" ${i} bench)
  list(REMOVE_ITEM benches ${bench})
  if(bench STREQUAL window_cost)
    string(JSON figures GET "${all}" ${i} figures)
  endif()
endforeach()
if(benches)
  message(FATAL_ERROR "not in the JSON: ${benches}")
endif()

set(targets 0)
string(JSON count LENGTH "${figures}")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON value GET "${figures}" ${i} value)
  if(NOT value GREATER 0)
    message(FATAL_ERROR "figure ${i} of window_cost is ${value}")
  endif()
  string(JSON met ERROR_VARIABLE has_no_target GET "${figures}" ${i} met)
  if(NOT has_no_target)
    math(EXPR targets "${targets} + 1")
  endif()
endforeach()
if(NOT targets EQUAL 4)
  message(FATAL_ERROR "window_cost has ${targets} figures with a target, not 4: ${figures}")
endif()
