// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/project/new_project.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include <sluice/tool/client/failure.hpp>
#include <sluice/tool/text/printable.hpp>

namespace sluice::tool {

namespace {

namespace fs = std::filesystem;

/// Targets that CMake or the project itself has.
constexpr std::array<std::string_view, 9> taken{"all",  "clean",  "help",         "install",   "package",
                                                "test", "sluice", "streams_test", "edit_cache"};

bool is_letter(char x) { return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z'); }

bool is_in_name(char x) { return is_letter(x) || (x >= '0' && x <= '9') || x == '_'; }

void replace_all(std::string& in, std::string_view what, std::string_view by) {
  for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + by.size()))
    in.replace(at, what.size(), by);
}

/// The first line, if it begins with one of these.
void drop_first_line(std::string& of, bool (*is_dropped)(std::string_view)) {
  const auto end = of.find('\n');
  if (end != std::string::npos && is_dropped(std::string_view{of}.substr(0, end)))
    of.erase(0, end + 1);
}

} // namespace

std::string program_name(const std::string& folder) {
  auto result = folder;
  std::ranges::replace_if(result, [](char x) { return !is_in_name(x); }, '_');
  if (result.empty() || !is_letter(result[0]))
    throw failure{exit_code::usage, "the name of the folder becomes the program's: it must begin with a letter"};
  if (std::ranges::find(taken, result) != taken.end())
    throw failure{exit_code::usage, "a program cannot be called " + result + ": CMake has a target of this name"};
  return result;
}

std::string filled_in(std::string_view text, const std::string& program, const std::string& sluice) {
  std::string result{text};
  drop_first_line(result,
                  [](std::string_view x) { return x.find("SPDX-License-Identifier") != std::string_view::npos; });
  drop_first_line(result, [](std::string_view x) { return x == "//"; });
  replace_all(result, "@PROGRAM@", program);
  replace_all(result, "@SLUICE@", sluice);
  return result;
}

std::string make_project(const fs::path& folder, const project_templates& from) {
  // Without a '/' at the end, which would hide the last name.
  const auto whole = fs::absolute(folder / "").lexically_normal().parent_path();
  const auto shown = printable(whole.string());
  const auto name = program_name(whole.filename().string());
  if (fs::exists(fs::symlink_status(whole)))
    throw failure{exit_code::trouble, shown + " exists already; nothing was changed"};
  std::error_code refused;
  fs::create_directories(whole, refused);
  if (refused)
    throw failure{exit_code::trouble, shown + " cannot be made: " + refused.message()};
  for (const auto& [file, text] : from.files) {
    const auto path = whole / (file == "program.service" ? name + ".service" : file);
    std::ofstream to{path, std::ios::binary};
    to << filled_in(text, name, from.sluice.string()) << std::flush;
    if (!to)
      throw failure{exit_code::trouble, printable(path.string()) + " cannot be written"};
  }
  return name;
}

} // namespace sluice::tool
