// SPDX-License-Identifier: BSD-3-Clause
#include <support/printed_batches.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <random>
#include <stdexcept>

namespace sluice::test {

namespace {

constexpr std::string_view rule = "-------------------------------------------";

/// Takes lines off the front of a text. One that has no end yet is no line.
class line_reader {
public:
  explicit line_reader(std::string_view text) : rest_{text} {}

  std::optional<std::string_view> next() {
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos)
      return std::nullopt;
    const auto result = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return result;
  }

private:
  std::string_view rest_;
};

std::int64_t number_between(std::string_view line, std::string_view before, std::string_view after) {
  if (!line.starts_with(before) || !line.ends_with(after) || line.size() <= before.size() + after.size())
    throw std::runtime_error{"not what print writes: " + std::string{line}};
  line.remove_prefix(before.size());
  line.remove_suffix(after.size());
  return std::stoll(std::string{line});
}

void require(bool ok, std::string_view line) {
  if (!ok)
    throw std::runtime_error{"not what print writes: " + std::string{line}};
}

} // namespace

std::vector<printed_batch> printed_batches(std::string_view out) {
  std::vector<printed_batch> result;
  line_reader lines{out};
  while (const auto first = lines.next()) {
    require(*first == rule, *first);
    const auto time = lines.next();
    const auto second = lines.next();
    if (!second)
      return result;
    require(*second == rule, *second);
    // Where several streams print, the name of this one follows.
    printed_batch batch{number_between(time->substr(0, time->find(", ")), "Time: ", " ms"), {}};
    auto line = lines.next();
    for (; line && !line->empty(); line = lines.next())
      batch.lines.emplace_back(*line);
    if (!line)
      return result;
    result.push_back(std::move(batch));
  }
  return result;
}

word_counts counts_of(const printed_batch& batch) {
  word_counts result;
  for (const std::string_view line : batch.lines) {
    const auto comma = line.rfind(',');
    require(line.starts_with('(') && line.ends_with(')') && comma != std::string_view::npos, line);
    const auto count = number_between(line.substr(comma), ",", ")");
    require(result.emplace(line.substr(1, comma - 1), count).second, line);
  }
  return result;
}

word_counts sum_of(const std::vector<printed_batch>& batches) {
  word_counts result;
  for (const auto& batch : batches)
    for (const auto& [word, count] : counts_of(batch))
      result[word] += count;
  return result;
}

word_counts count_words(std::string_view text) {
  word_counts result;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty())
      ++result[word];
    word.clear();
  };
  for (const auto c : text) {
    if (c == ' ' || c == '\n')
      end_word();
    else
      word += c;
  }
  end_word();
  return result;
}

std::string sample_text(std::size_t lines) {
  constexpr std::array<std::string_view, 8> special{"naïve", "Übergrößenträger", "水門", "🌊", "(a,b)", "a,1)", "\t",
                                                    "..."};
  std::mt19937 random{20}; // its sequence is part of the standard; what distributions make of it is not
  const auto below = [&random](std::uint32_t n) { return random() % n; };
  const auto word = [&]() -> std::string {
    if (below(20) == 0)
      return std::string{special[below(special.size())]};
    const auto rank = static_cast<std::uint32_t>(std::exp(std::log(2000.0) * below(1'000'000) / 1e6));
    return (rank % 2 == 0 ? "word" : "w") + std::to_string(rank);
  };
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) {
    if (below(10) == 0)
      text.append(1 + below(5), ' ');
    const auto words = below(50) == 0 ? 0 : i % 1000 == 500 ? 20'000 : 1 + below(20);
    for (std::uint32_t n = 0; n < words; ++n)
      text.append(word()).append(below(8) == 0 ? 1 + below(4) : n + 1 < words, ' ');
    text += '\n';
  }
  return text + " the end";
}

} // namespace sluice::test
