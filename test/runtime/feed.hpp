// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/receivers/receiver/receiver.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::test {

/// A receiver of the test's: it stores what it is told to, and notes which numbers are durable and committed.
class feed final : public receiver<int> {
public:
  struct notes {
    int next = 0;          ///< the number that is stored next
    std::set<int> durable; ///< numbers that are said to be in the log
    int committed = -1;
    bool process_is_dead = false; ///< what is told now, nobody hears
  };

  explicit feed(std::shared_ptr<notes> to) : notes_{std::move(to)}, first_{notes_->next} {}

  /// Stores some numbers, as far as there is credit.
  void push(int count) {
    for (auto i = 0; i < count; ++i)
      if (store_now(notes_->next) != intake::closed)
        ++notes_->next;
    mark(std::to_string(notes_->next - 1));
    flush();
  }

private:
  void on_start() override {}
  void on_stop() override {}
  void on_durable(std::string_view tag) override {
    if (notes_->process_is_dead)
      return;
    for (auto n = std::stoi(std::string{tag}); n >= first_; --n)
      notes_->durable.insert(n);
  }
  void on_committed(std::string_view tag) override {
    if (!notes_->process_is_dead)
      notes_->committed = std::max(notes_->committed, std::stoi(std::string{tag}));
  }

  std::shared_ptr<notes> notes_;
  int first_; ///< those before have died with an earlier process, or were in the log
};

} // namespace sluice::test
