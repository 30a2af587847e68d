// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/project/templates.hpp>

#include <fstream>
#include <iterator>
#include <system_error>

#include <sluice/tool/client/failure.hpp>

namespace sluice::tool {

namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::string result{std::istreambuf_iterator<char>{file}, {}};
  if (!file)
    throw failure{exit_code::trouble, "the template " + path.string() + " cannot be read"};
  return result;
}

} // namespace

project_templates read_templates(const fs::path& executable) {
  const auto prefix = executable.parent_path().parent_path();
  const auto named = prefix / "share/sluice/new_program";
  std::error_code missing;
  // In a build folder it is a link to tools/new_program of the source tree.
  const auto folder = fs::canonical(named, missing);
  if (missing)
    throw failure{exit_code::trouble, "there are no templates at " + named.string()
                                          + "; install Sluice with its tool, or use ./dev new of its source tree"};
  project_templates result;
  result.sluice = folder.filename() == named.filename() && folder.parent_path().filename() == "tools"
                      ? folder.parent_path().parent_path()
                      : fs::weakly_canonical(prefix);
  for (const auto& x : fs::directory_iterator{folder})
    result.files.emplace(x.path().filename().string(), content_of(x.path()));
  return result;
}

} // namespace sluice::tool
