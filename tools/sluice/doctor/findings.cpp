// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/doctor/findings.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include <sluice/tool/text/columns.hpp>
#include <sluice/tool/text/numbers.hpp>
#include <sluice/tool/text/printable.hpp>

namespace sluice::tool {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
constexpr std::uint64_t enough_files = 4096;
constexpr std::uint64_t enough_memory = 512 * mib; // the default budget of 256 MiB, and as much again
constexpr std::uint64_t enough_disk = 1024 * mib;
constexpr auto slow_sync = 20'000us; // a commit waits for two or three syncs

std::string bytes(std::uint64_t x) { return bytes_text(static_cast<double>(x)); }

std::string time(std::chrono::microseconds x) { return ms_text(static_cast<double>(x.count()) / 1000); }

finding judge_files(const machine_facts& x) {
  if (x.open_files >= enough_files)
    return {true, "open files", "at most " + count_text(static_cast<double>(x.open_files)), ""};
  return {false, "open files", "at most " + count_text(static_cast<double>(x.open_files)),
          "run ulimit -n " + std::to_string(std::max(enough_files, std::min<std::uint64_t>(x.open_files_hard, 65536)))
              + " before the program, or set LimitNOFILE=65536 in its systemd unit"};
}

finding judge_clock(const machine_facts& x) {
  if (!x.clock_is_synchronised)
    return {true, "clock", "the kernel does not say whether it is synchronised", ""};
  if (*x.clock_is_synchronised)
    return {true, "clock", "synchronised", ""};
  return {false, "clock", "not synchronised",
          "start chrony or systemd-timesyncd: batches are named by the time, and files are chosen by it"};
}

finding judge_cores(const machine_facts& x) {
  const auto text = counted(x.cores, "core", "cores");
  if (x.cores >= 2)
    return {true, "cores", text, ""};
  return {false, "cores", text, "give the program two: it receives while it processes"};
}

finding judge_memory(const machine_facts& x) {
  const auto text = bytes(x.memory) + ", of which " + bytes(x.free_memory) + " are free";
  if (x.free_memory >= enough_memory)
    return {true, "memory", text, ""};
  return {false, "memory", text, "make room, or run programs with less: --memory-budget 64MiB"};
}

finding judge_limit(const machine_facts& x) {
  if (!x.memory_limit)
    return {true, "memory limit", "the control group has none", ""};
  const auto text = "the control group has " + bytes(*x.memory_limit);
  if (*x.memory_limit >= enough_memory)
    return {true, "memory limit", text, ""};
  return {false, "memory limit", text, "raise MemoryMax, or run programs with less: --memory-budget 64MiB"};
}

finding judge_huge_pages(const machine_facts& x) {
  if (x.huge_pages != "always")
    return {true, "huge pages", x.huge_pages.empty() ? "the kernel has none" : x.huge_pages, ""};
  return {false, "huge pages", "always",
          "programs take more memory than they use; as root: echo madvise > "
          "/sys/kernel/mm/transparent_hugepage/enabled"};
}

} // namespace

finding judge_port(std::uint16_t port, const port_facts& x) {
  const auto name = "port " + std::to_string(port);
  const auto by = x.by.empty() ? std::string{"another program"} : x.by;
  if (x.use == port_use::free)
    return {true, name, "free", ""};
  if (x.use == port_use::sluice_program)
    return {true, name, "a program of Sluice listens there: " + by + "; the next one takes the next free port", ""};
  return {false, name, "taken by " + by,
          "programs take the next free port, and their log says which; or choose one with --ui HOST:PORT"};
}

std::vector<finding> judge_machine(const machine_facts& x) {
  return {judge_files(x), judge_clock(x), judge_cores(x), judge_memory(x), judge_limit(x), judge_huge_pages(x)};
}

std::vector<finding> judge_disk(const std::filesystem::path& directory, const disk_facts& x) {
  const auto where = printable(directory.string());
  if (!x.trouble.empty())
    return {{false, "disk", where + ": " + x.trouble, "give a directory that you may write to: --directory DIR"}};
  std::vector<finding> result;
  const auto room = bytes(x.free) + " free of " + bytes(x.size) + " in " + where;
  if (x.is_network)
    result.push_back({false, "disk", room + ", on a network file system",
                      "keep checkpoints on a local disk: they are mapped into memory"});
  else if (x.is_memory)
    result.push_back(
        {false, "disk", room + ", in memory", "keep checkpoints on a disk: these are lost with the power"});
  else if (x.free < enough_disk)
    result.push_back({false, "disk", room, "make room: a full disk ends a program with its last commit intact"});
  else
    result.push_back({true, "disk", room, ""});
  const auto sync = time(x.median_sync) + " in the median, " + time(x.worst_sync) + " at worst";
  if (x.median_sync < slow_sync)
    result.push_back({true, "sync", sync, ""});
  else
    result.push_back(
        {false, "sync", sync, "let batches share a sync, as with --checkpoint-interval 10, or use an SSD"});
  return result;
}

std::string findings_view(const std::vector<finding>& all, const look& as) {
  constexpr std::size_t levels = 9;
  constexpr std::size_t names = 14;
  std::string result;
  for (const auto& x : all) {
    result.append(painted(padded(x.is_well ? "ok" : "warning", levels), x.is_well ? tone::good : tone::notice, as));
    result.append(padded(x.name, names)).append(x.text).append("\n");
    if (!x.advice.empty())
      result.append(levels + names, ' ').append("→ ").append(x.advice).append("\n");
  }
  return result;
}

} // namespace sluice::tool
