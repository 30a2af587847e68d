// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/text/paint.hpp>

namespace sluice::tool {

namespace {

std::string_view code(tone x) {
  switch (x) {
    case tone::plain: return "";
    case tone::dim: return "\x1b[2m";
    case tone::strong: return "\x1b[1m";
    case tone::good: return "\x1b[32m";
    case tone::notice: return "\x1b[33m";
    case tone::bad: return "\x1b[31m";
  }
  return "";
}

} // namespace

std::string painted(std::string_view text, tone how, const look& as) {
  if (!as.has_colours || how == tone::plain || text.empty())
    return std::string{text};
  return std::string{code(how)}.append(text).append("\x1b[0m");
}

tone tone_of_level(std::string_view level) {
  if (level == "ok")
    return tone::good;
  if (level == "notice" || level == "info")
    return tone::plain;
  return level == "error" ? tone::bad : tone::notice;
}

} // namespace sluice::tool
