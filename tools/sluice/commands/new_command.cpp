// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <memory>
#include <ostream>

#include <CLI/CLI.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/project/new_project.hpp>
#include <sluice/tool/text/printable.hpp>

namespace sluice::tool {

void add_new_command(command_set& to) {
  const auto folder = std::make_shared<std::string>();
  auto& syntax = to.add("new", "Make a project to start from: streams, a test of them, CMake and a systemd unit",
                        "sluice new word-count", [&to, folder] {
                          const auto name = make_project(*folder, read_templates(to.where().executable));
                          const auto shown = printable(*folder);
                          to.where().out << shown << " is ready. Build it, test it, run it:\n  cmake -S " << shown
                                         << " -B " << shown
                                         << "/build -G Ninja -DCMAKE_BUILD_TYPE=Release && cmake --build " << shown
                                         << "/build\n  ctest --test-dir " << shown << "/build\n  " << shown << "/build/"
                                         << name << " localhost 9999        # with  nc -lk 9999  in another "
                                         << "terminal\n";
                          return exit_code::well;
                        });
  syntax.add_option("NAME", *folder, "The folder of the project, whose name becomes the program's")
      ->type_name("")
      ->required();
}

} // namespace sluice::tool
