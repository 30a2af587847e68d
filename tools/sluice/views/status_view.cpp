// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/status_view.hpp>

#include <vector>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/views/fields.hpp>
#include <sluice/tool/views/parts.hpp>

namespace sluice::tool {

namespace {

using nlohmann::json;

/// Lines of a name and what is to say of it.
class sheet {
public:
  explicit sheet(const look& as) : as_{as} {}

  void add(std::string_view name, std::string_view text, tone how = tone::plain) {
    const auto room = as_.columns == look::no_limit || as_.columns < names ? as_.columns : as_.columns - names;
    lines_.push_back(painted(padded(name, names), tone::dim, as_) + painted(clipped(text, room), how, as_));
  }

  /// In as many lines as it takes.
  void add_sentence(std::string_view name, std::string_view text, tone how) {
    const auto room = as_.columns == look::no_limit || as_.columns < 2 * names ? as_.columns : as_.columns - names;
    auto rest = name;
    for (const auto& line : wrapped(text, room)) {
      add(rest, line, how);
      rest = "";
    }
  }

  std::string text() const { return joined(lines_); }

private:
  static constexpr std::size_t names = 10;

  look as_;
  std::vector<std::string> lines_;
};

std::string uptime(const json& of) {
  const auto start = number_of(of, "startTime");
  const auto now = number_of(of, "now");
  return start && now ? ms_text(*now - *start) : ms_text(std::nullopt);
}

std::string batches(const json& totals, const json& of) {
  const auto active = number_of(totals, "activeBatches").value_or(0);
  return counted(number_of(totals, "completedBatches").value_or(0), "batch", "batches")
      .append(" completed, ")
      .append(count_text(active))
      .append(" active, one every ")
      .append(ms_text(number_of(of, "batchIntervalMs")));
}

void add_last_batch(sheet& to, const json& of) {
  const auto& completed = list_of(of, "completed");
  if (completed.empty())
    return to.add("last", "no batch is completed yet");
  const auto& last = completed[0];
  const auto late = is_late(last, number_of(of, "batchIntervalMs").value_or(0));
  to.add("last",
         counted(number_of(last, "records").value_or(0), "record", "records")
             .append("; waited ")
             .append(ms_text(number_of(last, "schedulingDelayMs")))
             .append(", ran ")
             .append(ms_text(number_of(last, "processingTimeMs")))
             .append(", in all ")
             .append(ms_text(number_of(last, "totalDelayMs"))),
         late ? tone::notice : tone::plain);
}

void add_failures(sheet& to, const json& totals, const json& of) {
  const auto outputs = number_of(totals, "failedOutputs").value_or(0);
  const auto letters = number_of(totals, "deadLetters").value_or(0);
  const auto restarts = number_of(totals, "restarts").value_or(0);
  if (outputs == 0 && letters == 0 && restarts == 0)
    to.add("failures", "none");
  else
    to.add("failures",
           counted(outputs, "failed output", "failed outputs")
               .append(", ")
               .append(counted(letters, "dead letter", "dead letters"))
               .append(", ")
               .append(counted(restarts, "restart", "restarts")),
           tone::bad);
  if (const auto failure = text_of(of, "failure"); !failure.empty())
    to.add("failure", failure, tone::bad);
}

void add_inputs(sheet& to, const json& of) {
  for (const auto& x : list_of(of, "inputs")) {
    const auto state = state_cell(x);
    to.add("input",
           text_of(x, "name")
               .append("  ")
               .append(rate_text(number_of(x, "recordsPerSecond")))
               .append(", ")
               .append(state.text)
               .append(", ")
               .append(counted(number_of(x, "records").value_or(0), "record", "records")),
           state.how == tone::bad ? tone::bad : tone::plain);
    if (const auto error = text_of(x, "lastError"); !error.empty())
      to.add("", error, tone::notice);
  }
}

} // namespace

std::string status_view(const json& overview, const look& as) {
  const auto& totals = object_of(overview, "totals");
  const auto state = state_cell(overview);
  sheet result{as};
  result.add("program", text_of(overview, "program").append("  ").append(text_of(overview, "version")), tone::strong);
  result.add("state", state.text, state.how);
  result.add("uptime", uptime(overview)
                           .append(", epoch ")
                           .append(count_text(number_of(overview, "epoch")))
                           .append(", started ")
                           .append(date_text(number_of(overview, "startTime"))));
  result.add("batches", batches(totals, overview));
  add_inputs(result, overview);
  add_last_batch(result, overview);
  add_failures(result, totals, overview);
  const auto& reason = object_of(overview, "reason");
  const auto level = text_of(reason, "level");
  result.add_sentence("reason", level + ": " + text_of(reason, "sentence"), tone_of_level(level));
  return result.text();
}

bool is_well(const json& overview) {
  const auto level = text_of(object_of(overview, "reason"), "level");
  return text_of(overview, "state") == "running" && (level == "ok" || level == "notice");
}

std::string reason_view(const json& reason, const look& as) {
  auto lines = reason_lines(reason, as);
  const auto at = text_of(reason, "operator");
  lines.push_back(
      painted("since " + date_text(number_of(reason, "since")) + (at.empty() ? "" : ", at " + at), tone::dim, as));
  return joined(lines);
}

} // namespace sluice::tool
