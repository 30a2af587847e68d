# SPDX-License-Identifier: BSD-3-Clause
# Installs the build into FOLDER, makes a new program there as `./dev new` does, builds it against what was installed,
# and runs it and its test.
# cmake -DROOT=... -DBUILD=... -DFOLDER=... -DCOMPILER=... -DFLAGS=... -P install_test.cmake
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}: ${result}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${FOLDER}/prefix)
run(${ROOT}/dev new ${FOLDER}/my-program)
run(${CMAKE_COMMAND} -S ${FOLDER}/my-program -B ${FOLDER}/build -G Ninja -DCMAKE_PREFIX_PATH=${FOLDER}/prefix
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_FLAGS=${FLAGS})
file(READ ${FOLDER}/build/CMakeCache.txt cache)
if(NOT cache MATCHES "Sluice_DIR:PATH=${FOLDER}/prefix/")
  message(FATAL_ERROR "the program was built against something else than what was installed")
endif()
run(${CMAKE_COMMAND} --build ${FOLDER}/build)
# With all optimisations it compiles without a warning, though nobody asked for any.
run(${CMAKE_COMMAND} -S ${FOLDER}/my-program -B ${FOLDER}/optimised -G Ninja -DCMAKE_PREFIX_PATH=${FOLDER}/prefix
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS=-Werror)
run(${CMAKE_COMMAND} --build ${FOLDER}/optimised --target CMakeFiles/my_program.dir/main.cpp.o)
run(${CMAKE_CTEST_COMMAND} --test-dir ${FOLDER}/build --no-tests=error)
run(${FOLDER}/build/my_program --help)
# The tool that was installed makes a project that finds what it was installed with.
run(${FOLDER}/prefix/bin/sluice new ${FOLDER}/of-tool)
run(${CMAKE_COMMAND} -S ${FOLDER}/of-tool -B ${FOLDER}/of-tool/build -G Ninja -DCMAKE_CXX_COMPILER=${COMPILER})
file(READ ${FOLDER}/of-tool/build/CMakeCache.txt cache)
if(NOT cache MATCHES "Sluice_DIR:PATH=${FOLDER}/prefix/")
  message(FATAL_ERROR "the project of sluice new was built against something else than what was installed")
endif()
