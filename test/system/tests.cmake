# SPDX-License-Identifier: BSD-3-Clause
sluice_test(system process LINK sluice_test_process)
sluice_test(system socket_receiver LINK sluice::receivers sluice_test_process)
sluice_test(system socket_acknowledgement LINK sluice::testkit)

# The programs under test: the examples, and some that do what the examples do not.
set(test_programs folder_totals many_keys misbehaving queue_totals watched)
foreach(program ${test_programs})
  add_executable(${program} system/programs/${program}.cpp)
  target_link_libraries(${program} PRIVATE sluice::sluice)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/programs)
endforeach()
target_sources(watched PRIVATE system/programs/broken_machine.cpp system/programs/watched_causes.cpp)

function(sluice_program_test name)
  sluice_test(system ${name} LINK sluice_test_process ${ARGN})
  target_compile_definitions(system_${name}_test PRIVATE
    SLUICE_EXAMPLES="$<TARGET_FILE_DIR:network_word_count>" SLUICE_PROGRAMS="$<TARGET_FILE_DIR:misbehaving>")
  get_property(examples GLOBAL PROPERTY sluice_examples)
  add_dependencies(system_${name}_test ${test_programs} ${examples})
endfunction()

sluice_program_test(word_count TIMEOUT 180)
sluice_program_test(recovery TIMEOUT 180)
sluice_program_test(file_recovery TIMEOUT 180)
sluice_program_test(queue_recovery TIMEOUT 180)
if(TARGET sluice::sqlite)
  sluice_test(system exact_outputs LINK sluice_test_process sluice::sqlite TIMEOUT 180)
  target_compile_definitions(system_exact_outputs_test PRIVATE
    SLUICE_EXAMPLES="$<TARGET_FILE_DIR:network_word_count>" SLUICE_PROGRAMS="$<TARGET_FILE_DIR:misbehaving>")
  add_executable(exact_outputs system/programs/exact_outputs.cpp)
  target_link_libraries(exact_outputs PRIVATE sluice::sluice sluice::sqlite)
  set_target_properties(exact_outputs PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/test/programs)
  add_dependencies(system_exact_outputs_test exact_outputs)
endif()
sluice_program_test(versions TIMEOUT 180)
sluice_program_test(web TIMEOUT 240)
target_link_libraries(system_web_test PRIVATE nlohmann_json::nlohmann_json)
sluice_program_test(reasons TIMEOUT 900)
target_link_libraries(system_reasons_test PRIVATE nlohmann_json::nlohmann_json)
sluice_program_test(nodes TIMEOUT 240)
sluice_program_test(deaths TIMEOUT 240)
sluice_program_test(supervise TIMEOUT 120)
sluice_program_test(memory TIMEOUT 240)
target_compile_definitions(system_memory_test PRIVATE SLUICE_BENCHES="$<TARGET_FILE_DIR:bench_memory_budget>")
add_dependencies(system_memory_test bench_memory_budget)
sluice_program_test(misuse TIMEOUT 240)
sluice_program_test(examples TIMEOUT 120)
sluice_program_test(tool TIMEOUT 120)
target_link_libraries(system_tool_test PRIVATE nlohmann_json::nlohmann_json)
target_compile_definitions(system_tool_test PRIVATE SLUICE_TOOL="$<TARGET_FILE:sluice_tool>")
add_dependencies(system_tool_test sluice_tool)
sluice_test(system composition LINK sluice::runtime sluice_test_process)
sluice_test(system inputs LINK sluice::runtime sluice_test_process)
sluice_test(system blocking LINK sluice::runtime sluice_test_process)
sluice_test(system clock LINK sluice::runtime sluice_test_process)
sluice_test(system scheduler LINK sluice::runtime sluice_test_process)
sluice_test(system restart LINK sluice::runtime sluice_test_process)
sluice_test(system restart_log LINK sluice::runtime sluice_test_process)
sluice_test(system savepoint LINK sluice::runtime sluice_test_process)
sluice_test(system streaming_context LINK sluice::runtime sluice_test_process)
sluice_test(system interruption LINK sluice::runtime)
sluice_test(system last_resort LINK sluice::runtime)
sluice_test(system streaming_listener LINK sluice::runtime)

# What is installed works for a project that knows nothing of this one.
set(install_flags $<$<BOOL:${SLUICE_SANITIZE}>:-fsanitize=address,undefined$<SEMICOLON>-D_GLIBCXX_ASSERTIONS>
  $<$<BOOL:${SLUICE_COVERAGE}>:--coverage>)
add_test(NAME system/install COMMAND ${CMAKE_COMMAND}
  -DROOT=${PROJECT_SOURCE_DIR} -DBUILD=${PROJECT_BINARY_DIR}
  -DFOLDER=${PROJECT_BINARY_DIR}/test/install -DCOMPILER=${CMAKE_CXX_COMPILER}
  "-DFLAGS=$<JOIN:${install_flags}, >"
  -P ${CMAKE_CURRENT_SOURCE_DIR}/system/install_test.cmake)
math(EXPR install_timeout "300 * ${SLUICE_TEST_TIMEOUT_FACTOR}")
set_tests_properties(system/install PROPERTIES LABELS system TIMEOUT ${install_timeout})

# All programs of a bench come to the same result, and say what they found.
add_test(NAME system/bench COMMAND ${CMAKE_COMMAND} -DBENCH=$<TARGET_FILE:sluice_bench>
  -DJSON=${PROJECT_BINARY_DIR}/test/bench.json -P ${CMAKE_CURRENT_SOURCE_DIR}/system/bench_test.cmake)
math(EXPR bench_timeout "180 * ${SLUICE_TEST_TIMEOUT_FACTOR}")
set_tests_properties(system/bench PROPERTIES LABELS system TIMEOUT ${bench_timeout})
