// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/command_line.hpp>

#include <map>
#include <sstream>
#include <utility>

#include <CLI/CLI.hpp>

#include <sluice/actors/errors.hpp>
#include <sluice/actors/log.hpp>

namespace sluice {

namespace {

/// "500ms", "1s", "2m", "1h": milliseconds.
CLI::Validator as_duration() {
  const std::map<std::string, std::int64_t> units{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  return CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME");
}

} // namespace

command_line::command_line(const program_info& info, const std::string& program, std::vector<std::string> arguments)
    : given_{arguments}, interval_{info.interval} {
  CLI::App app{info.about, program};
  app.footer("Ctrl-C stops after everything received has been processed. Results go to standard output, the log to "
             "standard error.\nExit codes: 0 stopped as asked, 1 failed, 2 wrong usage.");
  std::int64_t interval = interval_.count();
  std::int64_t run_for = 0;
  std::uint32_t partitions = 0;
  std::string print = "10";
  std::string node;
  std::string log_level = "info";
  std::vector<std::string> nodes;
  std::vector<std::string> positional(info.arguments.size());

  std::vector<CLI::Option*> values;
  for (std::size_t i = 0; i < info.arguments.size(); ++i)
    values.push_back(app.add_option(info.arguments[i].name, positional[i], info.arguments[i].help));
  app.add_option("--interval", interval, "Batch interval, as 500ms, 1s, 2m")
      ->transform(as_duration())
      ->default_str(std::to_string(interval_.count()) + "ms");
  app.add_option("--print", print, "Records that print() shows of each batch, or 'all'")
      ->type_name("N|all")
      ->capture_default_str();
  app.add_option("--partitions", partitions, "Parallel copies of each stage (default: one a worker thread)")
      ->check(CLI::Range(1, 65536))
      ->type_name("N");
  app.add_option("--threads", how_.threads, "Worker threads of this process (default: one a core)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  app.add_option("--checkpoint-interval", how_.checkpoint_interval, "Batches that share one sync to disk")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--run-for", run_for, "Stop after this time, as by Ctrl-C")->transform(as_duration());
  auto* nodes_option = app.add_option("--nodes", nodes, "Spread the work over these workers")
                           ->delimiter(',')
                           ->type_name("HOST:PORT,...");
  auto* node_option = app.add_option("--node", node,
                                     "Be a worker: wait at this address for drivers, run what they place "
                                     "here (arguments come from the driver)")
                          ->type_name("HOST:PORT")
                          ->excludes(nodes_option);
  app.add_option("--log-level", log_level, "What the log shows: debug, info, warning, error, off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  try {
    std::ranges::reverse(arguments); // CLI11 takes them last first
    app.parse(std::move(arguments));
    if (node_option->count() == 0)
      for (const auto* value : values)
        if (value->count() == 0)
          throw CLI::RequiredError(value->get_name());
    interval_ = duration{interval};
    for (std::size_t i = 0; i < positional.size(); ++i)
      positional_.emplace_back(info.arguments[i].name, positional[i]);
    if (partitions != 0)
      how_.partitions = partitions;
    for (const auto& address : nodes)
      how_.nodes.push_back(parse_node_address(address));
    if (!node.empty())
      node_ = parse_node_address(node);
    if (run_for != 0)
      run_for_ = duration{run_for};
    if (print == "all")
      print_limit_ = print_all;
    else if (!CLI::detail::lexical_cast(print, print_limit_))
      throw usage_error{"--print takes a number of records, or all"};
    set_log_level(log_level);
  } catch (const CLI::CallForHelp&) {
    throw early_exit{exit_success, app.help()};
  } catch (const CLI::ParseError& e) {
    throw early_exit{exit_usage, std::string{e.what()} + "; see " + program + " --help"};
  } catch (const usage_error& e) {
    throw early_exit{exit_usage, e.what()};
  }
}

std::unique_ptr<streaming_context> command_line::make_context() const {
  auto result = std::make_unique<streaming_context>(interval_, how_);
  result->set_print_limit(print_limit_);
  result->arguments_ = positional_;
  result->command_line_ = given_;
  return result;
}

} // namespace sluice
