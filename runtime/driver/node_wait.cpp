// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/driver/node_wait.hpp>

#include <sluice/actors/base/errors.hpp>

namespace sluice {

namespace {

constexpr duration between_looks{100};

std::string in_words(duration d) {
  return d.count() % 1000 == 0 ? std::to_string(d.count() / 1000) + " s" : to_string(d);
}

std::string start_command(const std::vector<node_address>& nodes) {
  return nodes.size() == 1 ? "start it there with --node " + to_string(nodes.front())
                           : std::string{"start each there with --node HOST:PORT"};
}

std::string list(const std::vector<node_address>& nodes, const std::vector<std::string>& problems) {
  std::string result = nodes.size() == 1 ? "node " : "the nodes ";
  for (std::size_t i = 0; i < nodes.size(); ++i)
    result += (i == 0 ? "" : ", ") + to_string(nodes[i]) + " (" + problems[i] + ')';
  return result;
}

} // namespace

error node_wait::until_all_listen(std::vector<node_address> nodes, duration patience) const {
  const auto end = world_.now() + patience;
  for (auto first = true;; first = false) {
    std::vector<node_address> missing;
    std::vector<std::string> problems;
    for (const auto& node : nodes)
      if (auto problem = world_.problem_at(node)) {
        missing.push_back(node);
        problems.push_back(std::move(*problem));
      }
    nodes = std::move(missing);
    if (nodes.empty())
      return {};
    if (world_.now() >= end)
      return make_error(ec::connection_failed, (patience > duration{0} ? "after " + in_words(patience) + ", " : "")
                                                   + "nobody listens at " + list(nodes, problems) + "; "
                                                   + start_command(nodes));
    if (first)
      world_.say("waits up to " + in_words(patience) + " for " + list(nodes, problems) + "; " + start_command(nodes));
    if (!world_.pause(between_looks))
      return {};
  }
}

} // namespace sluice
