# SPDX-License-Identifier: BSD-3-Clause
# Installs the build into FOLDER and moves what was installed, makes a new program there as `./dev new` does, builds it
# against that, and runs it and its test. Then a program is built with pkg-config alone.
# cmake -DROOT=... -DBUILD=... -DFOLDER=... -DCOMPILER=... -DFLAGS=... -P install_test.cmake
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGV}: ${result}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${FOLDER})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${FOLDER}/elsewhere)
file(RENAME ${FOLDER}/elsewhere ${FOLDER}/prefix)
# Nothing tells where it was built or installed, but for the debug information of libraries and of the tool.
file(GLOB_RECURSE files ${FOLDER}/prefix/*)
list(FILTER files EXCLUDE REGEX "\\.a$|/bin/sluice$")
foreach(file ${files})
  file(STRINGS ${file} paths REGEX "${ROOT}|${BUILD}|${FOLDER}")
  if(paths)
    message(FATAL_ERROR "${file} has a path of this machine: ${paths}")
  endif()
endforeach()
foreach(file man/man1/sluice.1.gz bash-completion/completions/sluice zsh/vendor-completions/_sluice
        fish/vendor_completions.d/sluice.fish)
  if(NOT EXISTS ${FOLDER}/prefix/share/${file})
    message(FATAL_ERROR "${file} is not installed")
  endif()
endforeach()
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

# A program that is built with pkg-config alone, in one call of the compiler.
set(ENV{PKG_CONFIG_PATH} ${FOLDER}/prefix/lib/pkgconfig)
function(ask_pkg_config out)
  execute_process(COMMAND pkg-config ${ARGN} OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(answer UNIX_COMMAND "${answer}")
  set(${out} ${answer} PARENT_SCOPE)
endfunction()
ask_pkg_config(version --modversion sluice)
string(REPLACE "." ";" parts ${version})
list(GET parts 0 major)
list(GET parts 1 minor)
list(GET parts 2 patch)
file(READ ${FOLDER}/my-program/main.cpp text)
file(WRITE ${FOLDER}/my-program/versioned.cpp "#include <sluice/version.hpp>
static_assert(SLUICE_VERSION_MAJOR == ${major} && SLUICE_VERSION_MINOR == ${minor} && SLUICE_VERSION_PATCH == ${patch});
${text}")
separate_arguments(flags UNIX_COMMAND "${FLAGS}")
ask_pkg_config(options --cflags --libs sluice)
run(${COMPILER} -std=c++20 ${flags} ${FOLDER}/my-program/versioned.cpp ${options} -o ${FOLDER}/by-pkg-config)
run(${FOLDER}/by-pkg-config --help)
# The test kit, and what it needs, are a module of their own.
ask_pkg_config(options --cflags --libs sluice-testkit)
run(${COMPILER} -std=c++20 ${flags} ${FOLDER}/my-program/streams_test.cpp ${options} -o ${FOLDER}/test-by-pkg-config)
run(${FOLDER}/test-by-pkg-config)
