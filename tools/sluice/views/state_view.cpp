// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/views/state_view.hpp>

#include <nlohmann/json.hpp>

#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/text/printable.hpp>
#include <sluice/tool/text/table.hpp>
#include <sluice/tool/views/fields.hpp>

namespace sluice::tool {

using nlohmann::json;

std::string states_view(const json& states, const look& as) {
  table result{{{"OPERATOR", align::left, true},
                {"KEYS", align::right},
                {"MEMORY", align::right},
                {"PARTITIONS", align::right},
                {"KEY AND VALUE", align::left, true}}};
  for (const auto& x : list_of(states, "operators"))
    result.add({text_of(x, "name"), count_text(number_of(x, "keys")), bytes_text(number_of(x, "bytes")),
                count_text(number_of(x, "partitions")), text_of(x, "schema")});
  if (result.empty())
    return "no operator keeps a state\n";
  return "as of batch " + text_of(states, "batch") + '\n' + result.text(as);
}

std::string value_text(const json& x) {
  return x.is_string() ? printable(x.get<std::string>())
                       : printable(x.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string rows_view(const json& page) {
  std::string result;
  for (const auto& x : list_of(page, "rows"))
    if (x.is_object() && x.contains("key") && x.contains("value"))
      result.append(value_text(x["key"])).append("\t").append(value_text(x["value"])).append("\n");
  return result;
}

} // namespace sluice::tool
