// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sluice/actors/base/expected.hpp>
#include <sluice/actors/os/errands.hpp>
#include <sluice/actors/protocol/messages.hpp>
#include <sluice/receivers/receiver/input.hpp>

namespace sluice {

/// The question to a source for a batch.
struct source_question {
  batch_time time;
  std::uint64_t room = 0;
  bool description = false; ///< a listener reads it
  bool position = false;    ///< it is kept
  bool recipe = false;      ///< it is kept as well
};

/// The answer of the source.
struct source_answer {
  presence had = presence::some;
  std::vector<batch> blocks = {};
  std::string description = {};
  std::vector<input_error> errors = {}; ///< what it has left out
  std::string position = {};            ///< after these records
  std::string recipe = {};              ///< of these records; empty if they cannot be given again
  error failure = {};
};

/// A source that errands make, ask and destroy, on its own thread if it has one. Answers are passed on where the
/// errands' owner is.
class source_host {
public:
  /// `away` outlives it.
  explicit source_host(errands& away) : away_{away} {}
  source_host(const source_host&) = delete;
  source_host& operator=(const source_host&) = delete;

  /// The source is destroyed when it has done what it was asked.
  ~source_host();

  /// Makes the source, which goes on from `position` if that is not empty. `opened` gets what went wrong, or nothing;
  /// in the first case nothing may be asked.
  /// @param pulls see block_source::may_go_back; 0: it is not called.
  void open(std::function<std::unique_ptr<block_source>()> make, std::string position, std::size_t pulls,
            std::function<void(error)> opened);

  void pull(source_question what, std::function<void(source_answer)> answered);

  /// Asks for the blocks of earlier pulls again, in order.
  void repeat(std::vector<std::string> recipes, std::function<void(expected<std::vector<batch>>)> answered);

  /// Tells the source that batches up to t are committed. What it throws is a warning in the log.
  void committed(batch_time t);

private:
  struct content {
    std::unique_ptr<block_source> source;
  };

  errands& away_;
  std::shared_ptr<content> content_ = std::make_shared<content>(); ///< only touched by errands
};

/// Makes a receiver. Its destructor will run on that thread; null: wherever the last owner lets go of it.
expected<std::shared_ptr<receiver_base>> make_hosted(const std::function<std::shared_ptr<receiver_base>()>& make,
                                                     const std::shared_ptr<side_thread>& on);

} // namespace sluice
