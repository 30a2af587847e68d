// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/settings_view.hpp>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/text/printable.hpp>
#include <sluice/tool/text/table.hpp>
#include <sluice/tool/views/fields.hpp>

namespace sluice::tool {

using nlohmann::json;

std::string nodes_view(const json& nodes, const look& as) {
  table result{{{"NODE", align::left, true},
                {"STATE"},
                {"PARTITIONS", align::right},
                {"CORES", align::right},
                {"THREADS", align::right},
                {"CPU", align::right},
                {"MEMORY", align::right},
                {"RECORDS", align::right},
                {"UPTIME", align::right}}};
  for (const auto& x : nodes) {
    const auto alive = flag_of(x, "alive");
    result.add({text_of(x, "name"),
                {alive ? "alive" : "dead", alive ? tone::good : tone::bad},
                count_text(number_of(x, "partitions")),
                count_text(number_of(x, "cores")),
                count_text(number_of(x, "threads")),
                share_text(number_of(x, "cpuShare")),
                bytes_text(number_of(x, "residentBytes")),
                bytes_text(number_of(x, "recordBytes")),
                ms_text(number_of(x, "uptimeMs"))});
  }
  return result.text(as);
}

std::string config_view(const json& config, const look& as) {
  std::string arguments;
  for (const auto& x : list_of(config, "arguments"))
    if (x.is_string())
      arguments.append(arguments.empty() ? "" : " ").append(printable(x.get<std::string>()));
  table result{{{"OPTION"}, {"VALUE", align::left, true}, {"GIVEN"}, {"HELP", align::left, true}}};
  for (const auto& x : list_of(config, "options")) {
    const auto is_default = flag_of(x, "isDefault");
    result.add({text_of(x, "name"),
                {text_of(x, "value"), is_default ? tone::plain : tone::strong},
                is_default ? "" : "yes",
                {text_of(x, "help"), tone::dim}});
  }
  return clipped("arguments: " + arguments, as.columns) + '\n' + result.text(as);
}

} // namespace sluice::tool
