// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <sluice/tool/text/columns.hpp>
#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

struct column {
  std::string title;
  align side = align::left;
  bool may_shrink = false; ///< texts are clipped if the table is too wide
};

struct cell {
  cell(std::string of, tone with = tone::plain) : text{std::move(of)}, how{with} {}
  cell(const char* of) : text{of} {}

  std::string text;
  tone how = tone::plain;
};

/// Rows of printable texts under titles. A table that is too wide clips the columns that may shrink, widest first;
/// then it leaves columns out, from the right.
class table {
public:
  explicit table(std::vector<column> columns) : columns_{std::move(columns)} {}

  /// Cells that are not given are empty.
  void add(std::vector<cell> row);

  bool empty() const { return rows_.empty(); }

  /// The title, and a line for each row; without line ends and without blanks at the end.
  std::vector<std::string> lines(const look& as) const;

  /// The same lines as one text.
  std::string text(const look& as) const;

private:
  std::vector<std::size_t> widths(std::size_t most) const;

  std::vector<column> columns_;
  std::vector<std::vector<cell>> rows_;
};

/// Each line with its end.
std::string joined(const std::vector<std::string>& lines);

} // namespace sluice::tool
