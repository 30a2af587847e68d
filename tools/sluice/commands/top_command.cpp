// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

#include <nlohmann/json.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/commands/time_option.hpp>
#include <sluice/tool/terminal/screen.hpp>
#include <sluice/tool/text/columns.hpp>
#include <sluice/tool/views/top_view.hpp>

namespace sluice::tool {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// What one picture shows.
struct sight {
  json overview;
  json graph;
};

sight look_at(const program_client& program) {
  return {program.get("/api/v1/overview?batches=100"), program.get("/api/v1/graph")};
}

void show_once(const command_set& of) {
  const auto seen = look_at(of.client());
  if (of.wants_json()) {
    of.where().out << indented({{"overview", seen.overview}, {"graph", seen.graph}}) << '\n';
    return;
  }
  const auto size = window_size();
  look as = of.where().how;
  as.columns = std::min(as.columns, size.columns);
  for (const auto& line : top_lines(seen.overview, seen.graph, size.lines - 1, as))
    of.where().out << line << '\n';
}

/// One picture after the other, until the reader has had enough. The program may go and come back in between.
void watch(const command_set& of, std::chrono::milliseconds every) {
  auto limits = of.where().limits;
  limits.answer = std::min<std::chrono::milliseconds>(limits.answer, 3s); // a key is not read before
  const auto program = of.client(limits);
  auto seen = look_at(program);
  std::string trouble;
  screen on;
  for (auto next = screen::wish::same_picture; next != screen::wish::end; next = on.wait(every)) {
    if (next == screen::wish::next_picture)
      try {
        seen = look_at(program);
        trouble.clear();
      } catch (const failure& x) {
        trouble = x.what();
      }
    const auto size = window_size();
    look as = of.where().how;
    as.columns = size.columns;
    auto lines = top_lines(seen.overview, seen.graph, size.lines - std::min<std::size_t>(size.lines, 1), as);
    lines.resize(size.lines - std::min<std::size_t>(size.lines, 1));
    lines.push_back(trouble.empty() ? painted("q ends", tone::dim, as)
                                    : painted(clipped("OLD: " + trouble, as.columns), tone::bad, as));
    on.show(lines);
  }
}

} // namespace

void add_top_command(command_set& to) {
  struct options {
    std::string every = "1s";
    bool once = false;
  };
  const auto given = std::make_shared<options>();
  auto& syntax =
      to.add_asking("top", "Watch the program live; q or Ctrl-C ends", "sluice top --every 2s", [&to, given] {
        if (given->once || to.wants_json() || !to.where().is_terminal)
          show_once(to);
        else
          watch(to, std::max<std::chrono::milliseconds>(*parse_time(given->every), 100ms));
        return exit_code::well;
      });
  syntax.add_option("--every", given->every, "The time between two pictures")
      ->check(is_time())
      ->type_name("TIME")
      ->capture_default_str();
  syntax.add_flag("--once", given->once, "Print one picture and end, as without a terminal");
}

} // namespace sluice::tool
