// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/commands/commands.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <ostream>

#include <nlohmann/json.hpp>

#include <sluice/tool/commands/command_set.hpp>
#include <sluice/tool/commands/time_option.hpp>
#include <sluice/tool/views/fields.hpp>

namespace sluice::tool {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto between_looks = 200ms;

/// A program that was asked to stop, on its way to the end.
class stopping {
public:
  stopping(const command_set& of, program_client program, std::string id)
      : of_{of}, program_{std::move(program)}, id_{std::move(id)} {}

  /// Says what is left whenever it changes. Throws `failure` if the time is over before the end.
  exit_code wait(std::chrono::milliseconds most) {
    for (auto waited = 0ms;; waited += between_looks) {
      if (is_over())
        return exit_code_;
      if (waited >= most)
        throw failure{exit_code::trouble, "the program has not ended within "
                                              + ms_text(static_cast<double>(most.count()))
                                              + "; sluice stop --now does not wait for what it has received"};
      of_.where().pause(between_looks);
    }
  }

private:
  bool is_over() {
    json overview;
    try {
      overview = program_.get("/api/v1/overview?batches=0");
    } catch (const unreachable& x) {
      if (x.why() != no_reply::not_listening)
        return false; // it may close connections on its way
      say("the program has ended");
      return true;
    }
    if (text_of(overview, "id") != id_) {
      say("the program has ended; another one listens there now");
      return true;
    }
    const auto state = text_of(overview, "state");
    const auto left = number_of(object_of(overview, "totals"), "activeBatches").value_or(0);
    if (state == "failed") {
      exit_code_ = exit_code::trouble;
      say("the program has failed: " + text_of(overview, "failure"));
    } else {
      say(state + ": " + (left == 0 ? "no batch is left" : counted(left, "batch is left", "batches are left")));
    }
    return false;
  }

  void say(const std::string& text) {
    if (text == last_said_ || of_.wants_json())
      return;
    of_.where().out << text << '\n' << std::flush;
    last_said_ = text;
  }

  const command_set& of_;
  program_client program_;
  std::string id_;
  std::string last_said_;
  exit_code exit_code_ = exit_code::well;
};

void add_stop(command_set& to) {
  struct options {
    bool now = false;
    bool wait = false;
    std::string most;
  };
  const auto given = std::make_shared<options>();
  auto& syntax =
      to.add_asking("stop", "Stop the program: it processes what it has received, then it ends",
                    "sluice stop --wait 30s", [&to, given] {
                      const auto program = to.client();
                      const auto id = text_of(program.get("/api/v1/overview?batches=0"), "id");
                      to.show(program.post("/api/v1/stop", {{"graceful", !given->now}}), [&given](const json& x) {
                        return given->wait ? std::string{} : text_of(x, "state") + '\n';
                      });
                      if (!given->wait)
                        return exit_code::well;
                      const auto most = given->most.empty() ? std::chrono::hours{24 * 366} : *parse_time(given->most);
                      return stopping{to, program, id}.wait(most);
                    });
  syntax.add_flag("--now", given->now, "Leave out what it has received and not yet processed");
  auto* const wait = syntax
                         .add_option_function<std::string>(
                             "--wait", [given](const std::string& x) { given->most = x; },
                             "Wait until the program has ended, at most this time if one is given")
                         ->type_name("[TIME]")
                         ->expected(0, 1)
                         ->check(CLI::Validator{[](const std::string& x) {
                                                  return x.empty() || parse_time(x)
                                                             ? std::string{}
                                                             : "'" + x + "' is no time: give 500ms, 1s, 2m or 1h";
                                                },
                                                ""});
  syntax.callback([given, wait] { given->wait = wait->count() != 0; });
}

/// Waits for the event that says how a savepoint has ended: an object without members if it is not there in time.
json end_of_savepoint(const command_set& of, const program_client& program, std::uint64_t after) {
  constexpr auto most = 10min;
  for (auto waited = 0ms; waited < most; waited += between_looks) {
    const auto answer = program.get("/api/v1/events?after=" + std::to_string(after));
    for (const auto& x : list_of(answer, "events"))
      if (text_of(x, "kind") == "savepoint")
        return x;
    of.where().pause(between_looks);
  }
  return json::object();
}

void add_savepoint(command_set& to) {
  const auto directory = std::make_shared<std::string>();
  auto& syntax = to.add_asking(
      "savepoint", "Copy the checkpoint of the program into a new directory", "sluice savepoint /backup/monday",
      [&to, directory] {
        const auto program = to.client();
        const auto before = number_of(program.get("/api/v1/events"), "last").value_or(0);
        program.post("/api/v1/savepoint", {{"directory", std::filesystem::absolute(*directory).string()}});
        const auto end = end_of_savepoint(to, program, static_cast<std::uint64_t>(before));
        if (end.empty())
          throw failure{exit_code::trouble, "the savepoint is not there yet; sluice events will say when it is"};
        to.show(end, [](const json& x) { return text_of(x, "text") + '\n'; });
        return text_of(end, "level") == "error" ? exit_code::trouble : exit_code::well;
      });
  syntax.add_option("DIR", *directory, "On the machine of the driver; it must not exist yet")
      ->type_name("")
      ->required();
}

void add_log_level(command_set& to) {
  const auto level = std::make_shared<std::string>();
  auto& syntax = to.add_asking(
      "log-level", "Change what the log of the program shows, until it ends", "sluice log-level debug", [&to, level] {
        to.show(to.client().post("/api/v1/log-level", {{"level", *level}}),
                [](const json& x) { return "the log of the program now shows: " + text_of(x, "level") + '\n'; });
        return exit_code::well;
      });
  syntax.add_option("LEVEL", *level, "The least level that is shown, or off")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}).description(""))
      ->type_name("debug|info|warning|error|off")
      ->required();
}

} // namespace

void add_control_commands(command_set& to) {
  add_stop(to);
  add_savepoint(to);
  add_log_level(to);
}

} // namespace sluice::tool
