// SPDX-License-Identifier: BSD-3-Clause
//
// What the code blocks of the documentation take for granted: names that a reader understands without a definition.
#pragma once

#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <caf/event_based_actor.hpp>

#include <sluice/runtime/program/actor_stream.hpp>
#include <sluice/sluice.hpp>
#include <sluice/testkit/harness.hpp>

using T = int;
using word_pairs = sluice::dstream<std::pair<std::string_view, int>>;

struct reading {
  int value;
};

class sensor : public sluice::receiver<reading> {
public:
  explicit sensor(std::string device);
  void on_start() override;
  void on_stop() override;
};

std::optional<double> read_sensor();
std::string next_order();
void acknowledge(const std::string& order);
std::string next_entry();
void move_cursor(std::string_view position);
extern std::vector<T> records;
