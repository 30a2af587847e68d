// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/intake/source_host.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/user_code.hpp>
#include <sluice/receivers/receiver/receiver.hpp>

namespace sluice {

namespace {

error ask(block_source& source, const source_question& what, source_answer& answer) {
  auto blocks = source.pull(what.time, what.room);
  if (!blocks)
    return std::move(blocks.error());
  if (*blocks)
    answer.blocks = std::move(**blocks);
  else
    answer.had = presence::none;
  if (what.description)
    answer.description = source.description();
  answer.errors = source.take_errors();
  if (what.recipe && !answer.blocks.empty()) {
    auto recipe = source.recipe();
    if (!recipe)
      return std::move(recipe.error());
    answer.recipe = std::move(*recipe);
  }
  if (!what.position)
    return {};
  auto position = source.position();
  if (!position)
    return std::move(position.error());
  answer.position = std::move(*position);
  return {};
}

/// An exception must not end the thread.
source_answer answer_of(block_source& source, const source_question& what) {
  source_answer result;
  if (const auto failure = detail::failure_of([&] { result.failure = ask(source, what, result); }))
    result.failure = make_error(ec::user_code_failed, "a source failed at " + to_string(what.time) + ": " + *failure);
  return result;
}

expected<std::vector<batch>> repeat(block_source& source, const std::vector<std::string>& recipes) {
  std::vector<batch> result;
  for (const auto& recipe : recipes) {
    auto blocks = source.repeat(recipe);
    if (!blocks)
      return std::move(blocks.error());
    std::ranges::move(*blocks, std::back_inserter(result));
  }
  return result;
}

error resume(block_source& source, const std::string& position) {
  error result;
  if (const auto failure = detail::failure_of([&] { result = source.resume(position); }))
    return make_error(ec::user_code_failed, "a source cannot go on where it was: " + *failure);
  return result;
}

} // namespace

source_host::~source_host() {
  away_.send([content = std::move(content_)] { content->source.reset(); });
}

void source_host::open(std::function<std::unique_ptr<block_source>()> make, std::string position, std::size_t pulls,
                       std::function<void(error)> opened) {
  const auto work = [content = content_, make = std::move(make), position = std::move(position), pulls]() -> error {
    const auto open = [&] {
      content->source = make();
      if (pulls != 0)
        content->source->may_go_back(pulls);
    };
    if (const auto failure = detail::failure_of(open))
      return make_error(ec::user_code_failed, "an input cannot be started: " + *failure);
    return position.empty() ? error{} : resume(*content->source, position);
  };
  away_.send(work, std::move(opened));
}

void source_host::pull(source_question what, std::function<void(source_answer)> answered) {
  const auto work = [content = content_, what] {
    // One that could not be made has failed already, and with it the program.
    return content->source ? answer_of(*content->source, what) : source_answer{};
  };
  away_.send(work, std::move(answered));
}

void source_host::repeat(std::vector<std::string> recipes, std::function<void(expected<std::vector<batch>>)> answered) {
  const auto work = [content = content_, recipes = std::move(recipes)]() -> expected<std::vector<batch>> {
    if (!content->source)
      return std::vector<batch>{};
    expected<std::vector<batch>> result{std::vector<batch>{}};
    if (const auto failure = detail::failure_of([&] { result = sluice::repeat(*content->source, recipes); }))
      return make_error(ec::user_code_failed, "a source cannot give records again: " + *failure);
    return result;
  };
  away_.send(work, std::move(answered));
}

void source_host::committed(batch_time t) {
  away_.send([content = content_, t] {
    if (!content->source)
      return;
    if (const auto failure = detail::failure_of([&] { content->source->committed(t); }))
      log_warning("a source failed when it was told that " + to_string(t) + " is committed: " + *failure);
  });
}

expected<std::shared_ptr<receiver_base>> make_hosted(const std::function<std::shared_ptr<receiver_base>()>& make,
                                                     const std::shared_ptr<side_thread>& on) {
  std::shared_ptr<receiver_base> made;
  if (const auto failure = detail::failure_of([&] { made = make(); }))
    return make_error(ec::user_code_failed, "its receiver cannot be made: " + *failure);
  if (!on)
    return made;
  // The last owner lets the receiver's own thread destroy it.
  const auto let_go = [made, on](receiver_base*) mutable {
    on->post([last = std::move(made)]() mutable { last.reset(); });
  };
  return std::shared_ptr<receiver_base>{made.get(), let_go};
}

} // namespace sluice
