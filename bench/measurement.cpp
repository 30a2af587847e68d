// SPDX-License-Identifier: BSD-3-Clause
#include "measurement.hpp"

#include <iomanip>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "allocations.hpp"

namespace sluice::bench {

namespace {

rusage usage() {
  rusage result{};
  getrusage(RUSAGE_SELF, &result);
  return result;
}

double cpu_seconds() {
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  const auto used = usage();
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

} // namespace

stopwatch::stopwatch()
    : wall_{std::chrono::steady_clock::now()}, cpu_{cpu_seconds()}, allocations_{allocation_count()} {}

measurement stopwatch::stop(const digest& result) const {
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - wall_;
  const auto allocations = allocation_count() - allocations_;
  return {wall.count(), cpu_seconds() - cpu_, static_cast<double>(usage().ru_maxrss) / 1024,
          static_cast<double>(allocations), result};
}

std::string to_hex(std::uint64_t x) {
  std::ostringstream out;
  out << std::hex << std::setw(16) << std::setfill('0') << x;
  return out.str();
}

std::string to_json(const measurement& x) {
  return nlohmann::json{{"wall_seconds", x.wall_seconds}, {"cpu_seconds", x.cpu_seconds},
                        {"peak_rss_mib", x.peak_rss_mib}, {"allocations", x.allocations},
                        {"records", x.result.records},    {"results", x.result.results},
                        {"digest", to_hex(x.result.sum)}}
      .dump();
}

measurement from_json(const std::string& line) try {
  const auto x = nlohmann::json::parse(line);
  return {x.at("wall_seconds"),
          x.at("cpu_seconds"),
          x.at("peak_rss_mib"),
          x.at("allocations"),
          {x.at("records"), x.at("results"), std::stoull(x.at("digest").get<std::string>(), nullptr, 16)}};
} catch (const std::exception& e) {
  throw std::runtime_error{"a measured program did not print its measurement: " + std::string{e.what()}};
}

} // namespace sluice::bench
