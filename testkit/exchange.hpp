// SPDX-License-Identifier: BSD-3-Clause
//
// The data that a program under test shares with its test: the records fed to inputs, the records that outputs got, and
// the planned failures. It is the world outside of the program, so it survives the program's crashes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <sluice/actors/base/ids.hpp>
#include <sluice/actors/base/time.hpp>
#include <sluice/actors/batch/batch.hpp>
#include <sluice/actors/batch/codec.hpp>
#include <sluice/actors/record/owned.hpp>

namespace sluice::testkit {

/// The exception of a failure that the test has planned.
class planned_failure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The datasets of an output by batch time, owned; without those batches in which its stream had none.
template <record T>
using batches_of = std::map<batch_time, std::vector<owned_t<T>>>;

/// Lives in one thread. Throws usage_error for names that do not exist and for records of the wrong type.
class exchange {
public:
  /// The data of an input for a batch: blocks, or no dataset.
  using dataset_content = std::optional<std::vector<batch>>;

  // -- inputs

  void declare_input(const std::string& name, std::string schema, stream_id id);

  /// Adds blocks to the next batch of an input.
  void put(const std::string& name, const std::string& schema, std::vector<batch> blocks);

  /// The input has no dataset in the next batch.
  void put_none(const std::string& name);

  /// The blocks put since the last call: an empty dataset if there are none.
  dataset_content take(const std::string& name);

  /// Forgets the blocks that were put and not taken.
  void drop_unread();

  std::map<std::string, stream_id> inputs() const;

  // -- outputs

  void declare_output(const std::string& name, const std::string& schema, std::shared_ptr<void> empty);

  /// An output is about to take a batch. Throws planned_failure if it is to fail now.
  void begin_output(const std::string& name, batch_time t);

  template <record T>
  batches_of<T>& output(const std::string& name) const {
    return *static_cast<batches_of<T>*>(find_output(name, codec<T>::schema()));
  }

  // -- failures

  /// From now on, the n-th dataset of this output makes it fail, once. The first is 1.
  void fail_output(const std::string& name, std::size_t n);

  /// The next call of `trip` with this tag throws.
  void fail_next(const std::string& tag) { ++armed_[tag]; }

  /// Throws planned_failure if a call of `fail_next` waits for it.
  void trip(const std::string& tag);

private:
  struct fed_input {
    std::string schema;
    stream_id id;
    dataset_content next = std::vector<batch>{};
  };

  struct seen_output {
    std::string schema;
    std::shared_ptr<void> content;
    std::size_t until_failure = 0; ///< 0: never
  };

  fed_input& find_input(const std::string& name);
  void* find_output(const std::string& name, const std::string& schema) const;

  std::map<std::string, fed_input> inputs_;
  std::map<std::string, seen_output> outputs_;
  std::map<std::string, std::size_t> armed_;
};

} // namespace sluice::testkit
