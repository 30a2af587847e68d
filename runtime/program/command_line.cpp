// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/command_line.hpp>

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <utility>

#include <CLI/CLI.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/version.hpp>
#include <sluice/runtime/program/checkpoint_arguments.hpp>

namespace sluice {

namespace {

/// "500ms", "1s", "2m", "1h": milliseconds.
CLI::Validator as_duration() {
  const std::map<std::string, std::int64_t> units{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  return CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME");
}

/// For a duration that cannot be zero.
CLI::Validator some_time() {
  return CLI::Validator{[](const std::string& ms) { return ms == "0" ? "it must be longer than 0" : std::string{}; },
                        ""};
}

/// "64MiB", "1GiB": bytes.
CLI::Validator as_bytes() {
  const std::map<std::string, std::uint64_t> units{
      {"kib", std::uint64_t{1} << 10}, {"mib", std::uint64_t{1} << 20}, {"gib", std::uint64_t{1} << 30}};
  return CLI::AsNumberWithUnit(
      units,
      CLI::AsNumberWithUnit::Options(CLI::AsNumberWithUnit::UNIT_REQUIRED | CLI::AsNumberWithUnit::CASE_INSENSITIVE),
      "SIZE");
}

/// A whole number from 1 to `most`. The help names the option's value and does not show the range again.
CLI::Validator from_one_to(std::uint32_t most) { return CLI::Range(1U, most).description(""); }

/// A number of records per second.
CLI::Validator some_rate() { return CLI::Range(1e-6, 1e15).description(""); }

/// A number of records, or "all".
std::size_t parse_print_limit(const std::string& text) {
  if (text == "all")
    return print_all;
  std::size_t result = 0;
  const auto* const end = text.data() + text.size();
  if (const auto [last, problem] = std::from_chars(text.data(), end, result); problem != std::errc{} || last != end)
    throw usage_error{"--print takes a number of records, or all; not '" + text + "'"};
  return result;
}

/// All options of a command line, those that were not given with their default.
std::vector<detail::shown_setting> settings_of(const CLI::App& app) {
  std::vector<detail::shown_setting> result;
  for (const auto* const x : app.get_options()) {
    const auto name = x->get_name();
    if (name == "--help" || name == "--version")
      continue;
    std::string value = x->get_default_str();
    if (x->count() != 0) {
      value.clear();
      for (const auto& part : x->results())
        value.append(value.empty() ? "" : ", ").append(part);
    }
    result.push_back({name, std::move(value), x->count() == 0, x->get_description()});
  }
  return result;
}

/// A worker gets the program's own arguments from its drivers.
bool asks_for_worker(const std::vector<std::string>& arguments) {
  return std::ranges::any_of(arguments, [](const std::string& x) { return x == "--node" || x.starts_with("--node="); });
}

} // namespace

/// Where CLI11 puts what it finds, before it is interpreted.
struct command_line::raw_values {
  std::int64_t interval = 0;
  std::int64_t run_for = 0;
  std::int64_t graceful_timeout = 0;
  std::int64_t wait_for_nodes = runtime_options{}.wait_for_nodes.count();
  std::int64_t node_timeout = default_node_timeout.count();
  std::uint32_t partitions = 0;
  std::string print = "10";
  std::string scheduler = "own";
  std::string on_error;
  std::uint32_t max_restarts = restart_policy{}.max;
  std::int64_t restart_within = restart_policy{}.within.count();
  std::string node;
  std::string explain;
  std::vector<std::string> nodes;
  std::string keep_versions;
  std::string recover_at;
  std::vector<std::string> rename_states;
  std::string ui = "127.0.0.1:4040";
  bool no_ui = false;
  std::string ui_token_file;
  // References to what is in them are kept.
  std::deque<std::string> arguments;
  std::deque<std::string> options;
  std::deque<bool> flags;
};

command_line::command_line(const program_info& info, const std::string& program, std::vector<std::string> arguments)
    : given_{arguments} {
  CLI::App app{info.about, program};
  app.footer("Ctrl-C stops after everything received has been processed, or --graceful-timeout. Results go to standard "
             "output, the log to "
             "standard error.\nExit codes: 0 stopped as asked, 1 failed, 2 wrong usage, 3 stopped before everything "
             "received was "
             "processed.");
  raw_values raw;
  raw.interval = info.interval.count();
  add_own(app, info, raw, !asks_for_worker(arguments));
  add_options(app, raw);
  app.set_version_flag("--version",
                       program + " " + info.version + (info.version.empty() ? "" : ", ") + "sluice " + version(),
                       "Say which version this is, and end");
  try {
    std::ranges::reverse(arguments); // CLI11 takes them last first
    app.parse(std::move(arguments));
    settings_ = settings_of(app);
    interpret(raw);
  } catch (const CLI::CallForHelp&) {
    throw early_exit{exit_success, app.help()};
  } catch (const CLI::CallForVersion& e) {
    throw early_exit{exit_success, e.what()};
  } catch (const CLI::ParseError& e) {
    throw early_exit{exit_usage, std::string{e.what()} + "; see " + program + " --help"};
  } catch (const usage_error& e) {
    throw early_exit{exit_usage, e.what()};
  }
  for (std::size_t i = 0; i < info.arguments.size(); ++i)
    arguments_.emplace_back(info.arguments[i].name, raw.arguments[i]);
  for (std::size_t i = 0; i < info.options.size(); ++i)
    arguments_.emplace_back(info.options[i].name, raw.options[i]);
  for (std::size_t i = 0; i < info.flags.size(); ++i)
    arguments_.emplace_back(info.flags[i].name, raw.flags[i] ? "true" : "false");
}

void command_line::add_own(CLI::App& app, const program_info& info, raw_values& raw, bool are_required) {
  for (const auto& x : info.arguments) {
    auto* const added =
        app.add_option(x.name, raw.arguments.emplace_back(x.fallback.value_or("")), x.help)->type_name("");
    if (x.fallback)
      added->capture_default_str();
    else
      added->required(are_required);
  }
  for (const auto& x : info.options)
    app.add_option(x.name, raw.options.emplace_back(x.fallback), x.help)->type_name(x.what)->capture_default_str();
  for (const auto& x : info.flags)
    app.add_flag(x.name, raw.flags.emplace_back(false), x.help);
}

void command_line::add_options(CLI::App& app, raw_values& raw) {
  const auto interval = std::to_string(raw.interval) + "ms";
  app.add_option("--interval", raw.interval, "Batch interval, as 500ms, 1s, 2m")
      ->transform(as_duration().description(""))
      ->type_name("TIME")
      ->default_str(interval);
  app.add_option("--print", raw.print, "Records that print() shows of each batch, or 'all'")
      ->type_name("N|all")
      ->capture_default_str();
  app.add_option("--partitions", raw.partitions,
                 "Parallel copies of each stage (default: as in the checkpoint, else one per worker thread)")
      ->check(from_one_to(65536))
      ->type_name("N");
  app.add_option("--threads", how_.threads, "Worker threads of this process (default: one per core)")
      ->check(from_one_to(1024))
      ->type_name("N");
  app.add_option("--scheduler", raw.scheduler,
                 "Whose scheduler runs this process: own, or caf to compare with CAF's work stealing")
      ->check(CLI::IsMember({"own", "caf"}).description(""))
      ->type_name("own|caf")
      ->capture_default_str();
  app.add_option("--memory-budget", how_.byte_budget,
                 "Memory that records may take in each process until their batch is done, as 256MiB, 1GiB; inputs that "
                 "are faster wait")
      ->transform(as_bytes().description(""))
      ->type_name("SIZE")
      ->default_str("256MiB");
  app.add_option("--max-rate", how_.max_rate, "Records per second that each input may give (default: no limit)")
      ->check(some_rate())
      ->type_name("N");
  auto* backpressure = app.add_flag("--backpressure", how_.backpressure,
                                    "Limit each input to the rate at which batches are done within their interval, "
                                    "estimated after each batch");
  app.add_option(
         "--initial-rate", how_.initial_rate,
         "With --backpressure, the records per second of each input before the first estimate (default: no limit)")
      ->check(some_rate())
      ->needs(backpressure)
      ->type_name("N");
  app.add_option("--checkpoint-interval", how_.checkpoint_interval, "Batches that share one sync to disk")
      ->check(from_one_to(1'000'000))
      ->type_name("N")
      ->capture_default_str();
  add_checkpoint_options(app, raw);
  add_ui_options(app, raw);
  app.add_flag("--write-ahead-log", how_.write_ahead_log,
               "Have what inputs receive on disk, in the checkpoint directory, before outputs see it: after a crash it "
               "comes again, in the same batches");
  app.add_option("--run-for", raw.run_for, "Stop after this time, as Ctrl-C does")
      ->transform(as_duration().description(""))
      ->check(some_time())
      ->type_name("TIME");
  app.add_option("--graceful-timeout", raw.graceful_timeout,
                 "Time to process everything received, after Ctrl-C or --run-for (default: ten intervals, at least "
                 "10s); then the program stops, reports the rest, and exits with 3")
      ->transform(as_duration().description(""))
      ->check(some_time())
      ->type_name("TIME");
  auto* on_error = app.add_option("--on-error", raw.on_error,
                                  "After a failure: stop; skip-batch, if a function has thrown; or restart, which goes "
                                  "back to the last commit and on from there, in this process (default: as the program "
                                  "says, else stop)")
                       ->check(CLI::IsMember({"stop", "skip-batch", "restart"}).description(""))
                       ->type_name("stop|skip-batch|restart");
  app.add_option("--max-restarts", raw.max_restarts, "With --on-error restart: restarts within --restart-within")
      ->check(from_one_to(1'000'000))
      ->type_name("N")
      ->needs(on_error)
      ->capture_default_str();
  app.add_option("--restart-within", raw.restart_within, "The time for which restarts are counted")
      ->transform(as_duration().description(""))
      ->check(some_time())
      ->type_name("TIME")
      ->needs(on_error)
      ->default_str("1m");
  app.add_option("--supervise", supervise_,
                 "Start the program again, as a process of its own, if it crashes or fails; at most N times a minute")
      ->check(from_one_to(1'000'000))
      ->type_name("N");
  auto* nodes = app.add_option("--nodes", raw.nodes, "Spread the work over these workers")
                    ->delimiter(',')
                    ->type_name("HOST:PORT,...");
  app.add_option("--node", raw.node,
                 "Run as a worker: wait at this address for drivers and run the stages that they place here (the "
                 "program's own arguments come from the driver)")
      ->type_name("HOST:PORT")
      ->excludes(nodes);
  app.add_option("--wait-for-nodes", raw.wait_for_nodes, "How long to wait for workers that do not listen yet")
      ->transform(as_duration().description(""))
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("TIME")
      ->default_str("30s");
  app.add_option(
         "--node-timeout", raw.node_timeout,
         "Give up a node that is silent for this long; use the same time for drivers and workers. A dead node is "
         "noticed at once; this is the delay for a frozen one, and how long a machine may pause")
      ->transform(as_duration().description(""))
      ->check(CLI::Range(1000, 3'600'000).description(""))
      ->type_name("TIME")
      ->default_str("5s");
  app.add_flag("--explain{text}", raw.explain,
               "Show the plan (stages, partitions, shuffles, state) as text, dot or mermaid, and run nothing")
      ->excludes("--node");
  app.add_option("--log-level", log_level_, "What the log shows: debug, info, warning, error, off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}).description(""))
      ->type_name("LEVEL")
      ->capture_default_str();
  app.add_option("--log-format", log_format_, "What a line of the log looks like: text, or a JSON object")
      ->check(CLI::IsMember({"text", "json"}).description(""))
      ->type_name("text|json")
      ->capture_default_str();
}

void command_line::add_ui_options(CLI::App& app, raw_values& raw) {
  auto* const ui =
      app.add_option("--ui", raw.ui,
                     "Serve the page of the program, REST and metrics here; the next free port of 16, if this one is "
                     "taken; port 0 for any")
          ->type_name("HOST:PORT")
          ->capture_default_str();
  app.add_flag("--no-ui", raw.no_ui, "Serve no page")->excludes(ui);
  app.add_option("--ui-token-file", raw.ui_token_file,
                 "A file with the token that readers of the page have to show; an address that other machines can "
                 "reach needs one")
      ->type_name("FILE");
}

void command_line::interpret_ui(const raw_values& raw) {
  if (raw.no_ui)
    return;
  const auto is_any_port = raw.ui.ends_with(":0");
  auto where = parse_node_address(is_any_port ? raw.ui.substr(0, raw.ui.size() - 1) + "1" : raw.ui);
  how_.ui = ui_options{std::move(where.host), is_any_port ? std::uint16_t{0} : where.port, raw.ui_token_file};
}

void command_line::add_checkpoint_options(CLI::App& app, raw_values& raw) {
  app.add_option("--keep-versions", raw.keep_versions,
                 "Commits before the last one that --recover-at can go back to: a number, a time as 10m, or both as "
                 "20,10m (default: 1, in case the last one is damaged)")
      ->type_name("N|TIME");
  app.add_option("--recover-at", raw.recover_at,
                 "Go on from the last commit not after this time: a batch time in ms, or a local time as '2026-01-31 "
                 "23:59:59'. What was committed after it is discarded with the first new commit, so give it once")
      ->type_name("TIME");
  app.add_flag("--replay-downtime", how_.replay_downtime,
               "Going on from a checkpoint, run the batches of the time that the program was down first, as fast as it "
               "can (default: leave them out; what can be read again comes with the first batch)");
  app.add_option("--savepoint", savepoint_,
                 "Copy the checkpoint into this new directory when the program has stopped as asked")
      ->type_name("DIR");
  app.add_option("--drop-state", how_.drop_states,
                 "Drop the state of this name, which does not fit the program any more; may be repeated")
      ->type_name("NAME")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--rename-state", raw.rename_states,
                 "Call a state of the checkpoint by the name that it has in the program; may be repeated")
      ->type_name("OLD=NEW")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void command_line::interpret(const raw_values& raw) {
  interval_ = duration{raw.interval};
  if (raw.run_for != 0)
    run_for_ = duration{raw.run_for};
  how_.graceful_stop_timeout = duration{raw.graceful_timeout};
  how_.wait_for_nodes = duration{raw.wait_for_nodes};
  how_.node_timeout = duration{raw.node_timeout};
  how_.scheduler = raw.scheduler == "caf" ? scheduler_kind::caf : scheduler_kind::own;
  if (!raw.keep_versions.empty())
    how_.kept_versions = parse_kept_versions(raw.keep_versions);
  if (!raw.recover_at.empty())
    how_.recover_at = parse_recovery_time(raw.recover_at);
  if (how_.recover_at && supervise_)
    throw usage_error{"--recover-at is for one start, and --supervise would go back again with each one; start the "
                      "program once without --supervise"};
  for (const auto& names : raw.rename_states)
    how_.rename_states.push_back(parse_rename(names));
  if (raw.partitions != 0)
    how_.partitions = raw.partitions;
  print_limit_ = parse_print_limit(raw.print);
  interpret_error_policy(raw);
  interpret_ui(raw);
  for (const auto& address : raw.nodes)
    how_.nodes.push_back(parse_node_address(address));
  if (!raw.explain.empty())
    explain_ = parse_plan_format(raw.explain);
  if (!raw.node.empty())
    node_ = parse_node_address(raw.node);
}

void command_line::interpret_error_policy(const raw_values& raw) {
  const restart_policy asked{.max = raw.max_restarts, .within = duration{raw.restart_within}};
  if (raw.on_error == "restart")
    restart_ = asked;
  else if (asked != restart_policy{})
    throw usage_error{"--max-restarts and --restart-within go with --on-error restart"};
  if (raw.on_error == "stop")
    on_error_ = error_policy::stop;
  if (raw.on_error == "skip-batch")
    on_error_ = error_policy::skip_batch;
}

std::unique_ptr<streaming_context> command_line::make_context() const {
  auto result = std::make_unique<streaming_context>(interval_, how_);
  result->set_print_limit(print_limit_);
  if (restart_)
    result->on_error(*restart_);
  if (on_error_)
    result->on_error(*on_error_);
  if (restart_ || on_error_)
    result->fix_error_policy();
  result->arguments_ = arguments_;
  result->command_line_ = given_;
  result->settings_ = settings_;
  return result;
}

} // namespace sluice
