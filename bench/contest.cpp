// SPDX-License-Identifier: BSD-3-Clause
#include "contest.hpp"

#include <cstdio>
#include <iostream>
#include <utility>

#include "median.hpp"
#include "run_program.hpp"

namespace sluice::bench {

namespace {

void print_title(const contest& x, const std::string& rest) {
  std::printf("\n%s: %s; %zu thread%s%s\n", x.bench.c_str(), x.title.c_str(), x.threads, x.threads == 1 ? "" : "s",
              rest.c_str());
}

std::string unit_a_second(const contest& x) { return "M " + x.unit + "/s"; }

void print_programs(const contest& x) {
  const auto& expected = x.contenders.front().runs.front().result;
  print_title(x, "; " + std::to_string(expected.records) + ' ' + x.unit + ", digest " + to_hex(expected.sum));
  std::printf("%-20s %12s", "program", unit_a_second(x).c_str());
  std::vector<measurement> references;
  std::string last;
  for (const auto& one : x.contenders)
    if (!one.as_reference.empty()) {
      references.push_back(one.median());
      last = one.as_reference;
      std::printf(" %9s", ("of " + last).c_str());
    }
  std::printf(" %8s %12s %10s %14s %11s\n", "CPU s", "allocs/rec", "peak MiB", ("peak of " + last).c_str(),
              ("over " + last).c_str());
  for (const auto& one : x.contenders) {
    const auto m = one.median();
    std::printf("%-20s %12.1f", one.name.c_str(), m.records_per_second() / 1e6);
    for (const auto& reference : references)
      std::printf(" %9.2f", m.records_per_second() / reference.records_per_second());
    const auto reference_mib = references.back().peak_rss_mib;
    std::printf(" %8.2f %12.5f %10.0f %14.2f %+11.0f\n", m.cpu_seconds, m.allocations_per_record(), m.peak_rss_mib,
                m.peak_rss_mib / reference_mib, m.peak_rss_mib - reference_mib);
  }
}

/// A line a variant. Nanoseconds are shown, too: the time between batches, in which nothing may be done, is not in
/// them.
void print_variants(std::span<const contest> variants) {
  const auto& first = variants.front();
  print_title(first, "");
  std::printf("%-30s %12s %12s %12s %9s %12s %12s %10s\n", "", unit_a_second(first).c_str(), "results/rec", "by hand",
              "of it", "CPU ns/rec", "allocs/rec", "peak MiB");
  for (const auto& x : variants) {
    const auto by_hand = x.contenders.front().median();
    const auto m = x.contenders.back().median();
    const auto records = static_cast<double>(m.result.records);
    std::printf("%-30s %12.1f %12.2f %12.1f %9.2f %12.1f %12.5f %10.0f\n", x.variant.c_str(),
                m.records_per_second() / 1e6, static_cast<double>(m.result.results) / records,
                by_hand.records_per_second() / 1e6, m.records_per_second() / by_hand.records_per_second(),
                m.cpu_seconds / records * 1e9, m.allocations_per_record(), m.peak_rss_mib);
  }
}

} // namespace

measurement contender::median() const {
  const auto middle = [this](double measurement::* member) {
    std::vector<double> values;
    for (const auto& run : runs)
      values.push_back(run.*member);
    return median_of(std::move(values));
  };
  return {middle(&measurement::wall_seconds), middle(&measurement::cpu_seconds), middle(&measurement::peak_rss_mib),
          middle(&measurement::allocations), runs.front().result};
}

void run_round(contest& x) {
  for (auto& one : x.contenders)
    one.runs.push_back(run_program(one.command, x.input));
}

bool agree(const contest& x) {
  const auto& expected = x.contenders.front().runs.front().result;
  bool result = true;
  for (const auto& one : x.contenders)
    for (const auto& run : one.runs)
      if (run.result != expected) {
        std::cerr << "WRONG RESULT: " << one.command << ": " << run.result.records << ' ' << x.unit << ", "
                  << run.result.results << " results, digest " << to_hex(run.result.sum) << "; expected "
                  << expected.records << ", " << expected.results << ", " << to_hex(expected.sum) << '\n';
        result = false;
      }
  return result;
}

void print(std::span<const contest> variants) {
  if (variants.front().variant.empty())
    print_programs(variants.front());
  else
    print_variants(variants);
  std::fflush(stdout);
}

nlohmann::json describe(const contest& x) {
  nlohmann::json result{{"bench", x.bench}, {"threads", x.threads}, {"programs", nlohmann::json::array()}};
  if (!x.variant.empty())
    result["variant"] = x.variant;
  for (const auto& one : x.contenders) {
    nlohmann::json runs = nlohmann::json::array();
    for (const auto& run : one.runs)
      runs.push_back(nlohmann::json::parse(to_json(run)));
    const auto median = one.median();
    result["programs"].push_back({{"name", one.name},
                                  {"median", nlohmann::json::parse(to_json(median))},
                                  {"records_per_second", median.records_per_second()},
                                  {"allocations_per_record", median.allocations_per_record()},
                                  {"runs", std::move(runs)}});
  }
  return result;
}

} // namespace sluice::bench
