// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/tool/doctor/port_owner.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <sluice/tool/client/program_client.hpp>
#include <sluice/tool/text/printable.hpp>
#include <sluice/tool/views/fields.hpp>

namespace sluice::tool {

namespace {

namespace fs = std::filesystem;

bool can_listen(std::uint16_t port) {
  const auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return false;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto result = ::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 && ::listen(fd, 1) == 0;
  ::close(fd);
  return result;
}

/// The inode of the socket that listens at the port, as /proc/net/tcp and tcp6 have it; empty if there is none.
std::string listening_inode(const char* table, std::uint16_t port) {
  constexpr auto listens = "0A";
  std::ifstream file{table};
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words{line};
    std::string number;
    std::string local;
    std::string remote;
    std::string state;
    std::string skipped;
    std::string inode;
    words >> number >> local >> remote >> state >> skipped >> skipped >> skipped >> skipped >> skipped >> inode;
    const auto colon = local.rfind(':');
    if (state == listens && colon != std::string::npos && std::stoul(local.substr(colon + 1), nullptr, 16) == port)
      return inode;
  }
  return {};
}

/// "process NAME (PID)"; empty if none is to be seen, as with those of other users.
std::string process_with(const std::string& inode) {
  const auto wanted = "socket:[" + inode + ']';
  std::error_code hidden;
  for (const auto& process : fs::directory_iterator{"/proc", hidden}) {
    const auto pid = process.path().filename().string();
    if (!std::ranges::all_of(pid, [](unsigned char x) { return std::isdigit(x) != 0; }))
      continue;
    for (fs::directory_iterator i{process.path() / "fd", hidden}; !hidden && i != fs::directory_iterator{};
         i.increment(hidden)) {
      std::error_code gone;
      if (fs::read_symlink(i->path(), gone) != wanted)
        continue;
      std::ifstream file{process.path() / "comm"};
      std::string name;
      std::getline(file, name);
      return "process " + printable(name) + " (" + pid + ')';
    }
  }
  return {};
}

} // namespace

port_facts look_at_port(std::uint16_t port) {
  if (can_listen(port))
    return {};
  using namespace std::chrono_literals;
  try {
    const program_client there{{"127.0.0.1", port}, "", {1s, 2s, std::size_t{1024} * 1024}};
    return {port_use::sluice_program, text_of(there.get("/api/v1/overview?batches=0"), "program")};
  } catch (const failure& x) {
    if (x.code() == exit_code::usage) // it wants a token
      return {port_use::sluice_program, "one with a token"};
  }
  for (const auto* const table : {"/proc/net/tcp", "/proc/net/tcp6"})
    if (const auto inode = listening_inode(table, port); !inode.empty())
      return {port_use::other, process_with(inode)};
  return {port_use::other, {}};
}

} // namespace sluice::tool
