// SPDX-License-Identifier: BSD-3-Clause
#include "tool_run.hpp"

#include <sluice/tool/commands/completion.hpp>
#include <sluice/tool/commands/manual_page.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice::tool;
using namespace sluice::test;

namespace {

command_syntax sample() {
  const option_syntax format{{"-f", "--format"}, "text|dot", false, "It's the [format]: a\\b"};
  const option_syntax file{{"--token-file"}, "FILE", false, "A file"};
  const option_syntax wait{{"--wait"}, "TIME", true, "Wait"};
  const command_syntax draw{"draw", "Draws a plan", "Example:\n  tool draw", {format, file, wait}, {}, {}};
  const command_syntax set{"set", "Sets a level", "", {}, {{{"LEVEL"}, "low|high", false, "How loud"}}, {}};
  return {"tool", "A tool.", "", {{{"--version"}, "", false, "The version"}}, {}, {draw, set}};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(completion)

BOOST_AUTO_TEST_CASE(bash_completes_commands_options_and_values) {
  const auto text = bash_completion(sample());
  BOOST_TEST(has(text, "      draw | set) command=$word; break ;;\n"), text);
  BOOST_TEST(has(text, "    draw/--format) COMPREPLY=($(compgen -W 'text dot' -- \"$current\")); return ;;\n"), text);
  BOOST_TEST(has(text, "    draw/--token-file) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n"), text);
  BOOST_TEST(!has(text, "draw/--wait"), text);
  BOOST_TEST(has(text, "    '') words='draw set --version' ;;\n"), text);
  BOOST_TEST(has(text, "    draw) words='-f --format --token-file --wait' ;;\n"), text);
  BOOST_TEST(has(text, "    set) words='low high' ;;\n"), text);
  BOOST_TEST(text.ends_with("complete -F _tool tool\n"), text);
}

BOOST_AUTO_TEST_CASE(zsh_and_fish_get_the_same) {
  const auto zsh = zsh_completion(sample());
  BOOST_TEST(zsh.starts_with("#compdef tool\n"));
  BOOST_TEST(has(zsh, "'draw'':''Draws a plan'"), zsh);
  BOOST_TEST(has(zsh, R"('--format[''It'\''s the \[format\]\: a\\b'']'':''value'':''(text dot)')"), zsh);
  const auto fish = fish_completion(sample());
  BOOST_TEST(has(fish, "complete -c tool -n __fish_use_subcommand -a draw -d 'Draws a plan'\n"), fish);
  BOOST_TEST(has(fish, "complete -c tool -n '__fish_seen_subcommand_from draw' -s f -l format -x -a 'text dot' -d "
                       "'It\\'s the [format]: a\\\\b'\n"),
             fish);
}

BOOST_AUTO_TEST_CASE(the_manual_page_escapes_what_troff_would_take_for_its_own) {
  const auto text = manual_page(sample(), "1.2");
  BOOST_TEST(text.starts_with(".TH TOOL 1 \"\" \"Sluice 1.2\" \"User Commands\"\n"), text);
  BOOST_TEST(has(text, ".TP\n\\fB\\-f\\fR, \\fB\\-\\-format\\fR \\fItext|dot\\fR\nIt's the [format]: a\\eb\n"), text);
  BOOST_TEST(has(text, "\\fB\\-\\-wait\\fR [\\fITIME\\fR]\n"), text);
  BOOST_TEST(has(text, ".SS tool set LEVEL\n"), text);
}

BOOST_AUTO_TEST_CASE(the_scripts_of_the_tool_know_all_of_its_commands) {
  for (const auto* const shell : {"bash", "zsh", "fish"}) {
    const auto text = tool_run({"completion", shell}).out();
    for (const auto* const part : {"status", "log-level", "doctor", "text dot mermaid", "debug info warning error off"})
      BOOST_TEST(has(text, part), shell << " lacks " << part);
  }
  const auto manual = tool_run({"help", "--man"}).out();
  BOOST_TEST(has(manual, ".SS sluice log\\-level LEVEL\n"), manual);
  BOOST_TEST(has(manual, "\\fB\\-\\-wait\\fR [\\fITIME\\fR]\n"), manual);
}

BOOST_AUTO_TEST_SUITE_END()
