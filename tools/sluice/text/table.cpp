// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/table.hpp>

#include <algorithm>

namespace sluice::tool {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 10;

std::size_t sum_of(const std::vector<std::size_t>& widths) {
  std::size_t result = 0;
  for (const auto x : widths)
    result += x + gap;
  return result - std::min(result, gap);
}

/// The cells of a row side by side. Nothing follows the last text.
std::string line_of(const std::vector<cell>& row, const std::vector<column>& columns,
                    const std::vector<std::size_t>& widths, const look& as) {
  std::string result;
  std::size_t missing = 0; // blanks that are written only if something follows
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto text = clipped(row[i].text, widths[i]);
    const auto free = widths[i] - std::min(widths[i], columns_of(text));
    if (!text.empty()) {
      result.append(missing + (columns[i].side == align::right ? free : 0), ' ');
      result += painted(text, row[i].how, as);
      missing = columns[i].side == align::right ? 0 : free;
    } else {
      missing += free;
    }
    missing += gap;
  }
  return result;
}

} // namespace

void table::add(std::vector<cell> row) {
  row.resize(columns_.size(), cell{""});
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> table::widths(std::size_t most) const {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto width = columns_of(columns_[i].title);
    for (const auto& row : rows_)
      width = std::max(width, columns_of(row[i].text));
    result.push_back(width);
  }
  while (sum_of(result) > most) {
    std::size_t widest = result.size();
    for (std::size_t i = 0; i < result.size(); ++i)
      if (columns_[i].may_shrink && result[i] > narrowest && (widest == result.size() || result[i] > result[widest]))
        widest = i;
    if (widest == result.size())
      break;
    --result[widest];
  }
  while (result.size() > 1 && sum_of(result) > most)
    result.pop_back();
  return result;
}

std::vector<std::string> table::lines(const look& as) const {
  const auto sizes = widths(as.columns);
  std::vector<cell> title;
  for (const auto& x : columns_)
    title.emplace_back(x.title, tone::dim);
  std::vector<std::string> result{line_of(title, columns_, sizes, as)};
  for (const auto& row : rows_)
    result.push_back(line_of(row, columns_, sizes, as));
  return result;
}

std::string table::text(const look& as) const { return joined(lines(as)); }

std::string joined(const std::vector<std::string>& lines) {
  std::string result;
  for (const auto& line : lines)
    result.append(line).append("\n");
  return result;
}

} // namespace sluice::tool
