// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/record/fields.hpp>

#include <stdexcept>
#include <string>

namespace sluice::detail {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 60;
  return "'" + std::string{text.substr(0, most)} + (text.size() > most ? "...'" : "'");
}

} // namespace

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

void refuse_text(std::string_view text, const char* wanted, std::size_t field) {
  throw std::invalid_argument{(field == 0 ? std::string{} : "field " + std::to_string(field) + ": ") + quoted(text)
                              + " is not " + wanted};
}

void refuse_fields(std::string_view line, std::size_t wanted) {
  throw std::invalid_argument{quoted(line) + " does not have " + std::to_string(wanted)
                              + (wanted == 1 ? " field" : " fields")};
}

bool parse_bool(std::string_view text, std::size_t field) {
  const auto word = trimmed(text);
  if (word == "true" || word == "1")
    return true;
  if (word == "false" || word == "0")
    return false;
  refuse_text(text, "true or false", field);
}

} // namespace sluice::detail
