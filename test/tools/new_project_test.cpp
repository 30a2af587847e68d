// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/client/failure.hpp>
#include <sluice/tool/project/new_project.hpp>
#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>

using namespace sluice::tool;
using namespace sluice::test;

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream{path} << text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(new_project)

BOOST_AUTO_TEST_CASE(the_name_of_the_folder_becomes_the_programs) {
  BOOST_TEST(program_name("word_count2") == "word_count2");
  BOOST_TEST(program_name("word-count.v2") == "word_count_v2");
  for (const auto* const x : {"", "2nd", "-x", "test", "all", "sluice"})
    BOOST_CHECK_THROW(program_name(x), failure);
}

BOOST_AUTO_TEST_CASE(a_template_loses_our_licence_and_gets_its_names) {
  BOOST_TEST(filled_in("// SPDX-License-Identifier: BSD-3-Clause\n//\n// @PROGRAM@ of @SLUICE@ @PROGRAM@\n", "p", "/s")
             == "// p of /s p\n");
  BOOST_TEST(filled_in("# @PROGRAM@\n", "p", "/s") == "# p\n");
}

BOOST_AUTO_TEST_CASE(a_project_is_made_of_the_templates_beside_the_tool) {
  const temporary_directory in;
  write(in.path() / "share/sluice/new_program/main.cpp", "// SPDX-License-Identifier: BSD-3-Clause\nint main() {}\n");
  write(in.path() / "share/sluice/new_program/program.service", "ExecStart=@PROGRAM@ # @SLUICE@\n");
  const auto from = read_templates(in.path() / "bin/sluice");
  BOOST_TEST(make_project(in.path() / "made/my-count/", from) == "my_count");
  BOOST_TEST(content_of(in.path() / "made/my-count/main.cpp") == "int main() {}\n");
  BOOST_TEST(content_of(in.path() / "made/my-count/my_count.service")
             == "ExecStart=my_count # " + std::filesystem::canonical(in.path()).string() + "\n");
}

BOOST_AUTO_TEST_CASE(a_tool_of_a_build_folder_knows_its_source_tree) {
  const temporary_directory in;
  write(in.path() / "tools/new_program/a", "@SLUICE@");
  std::filesystem::create_directories(in.path() / "build/share/sluice");
  std::filesystem::create_symlink(in.path() / "tools/new_program", in.path() / "build/share/sluice/new_program");
  BOOST_TEST(read_templates(in.path() / "build/bin/sluice").sluice == std::filesystem::canonical(in.path()));
}

BOOST_AUTO_TEST_CASE(nothing_that_exists_is_changed) {
  const temporary_directory in;
  BOOST_CHECK_THROW(read_templates(in.path() / "bin/sluice"), failure);
  std::filesystem::create_directory(in.path() / "there");
  BOOST_CHECK_THROW(make_project(in.path() / "there", {{{"a", "b"}}, "/"}), failure);
  BOOST_TEST(std::filesystem::is_empty(in.path() / "there"));
  std::filesystem::create_symlink("nowhere", in.path() / "link");
  BOOST_CHECK_THROW(make_project(in.path() / "link", {{{"a", "b"}}, "/"}), failure);
}

BOOST_AUTO_TEST_SUITE_END()
