// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/program/driver_run.hpp>

#include <iostream>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/one_line.hpp>
#include <sluice/runtime/driver/driver_process.hpp>
#include <sluice/runtime/program/run.hpp>

namespace sluice {

namespace {

using namespace std::chrono_literals;

// A teardown takes milliseconds, unless a function of the user runs or a peer takes nothing.
constexpr auto patience_after_end = 3s;
constexpr std::chrono::milliseconds patience_after_timeout = 1s;
constexpr std::chrono::milliseconds patience_with_peers = 1500ms; // longer than inputs are waited for

constexpr std::size_t most_named = 5;

} // namespace

std::string list_of_present(const std::vector<std::string>& who) {
  std::string result;
  for (std::size_t i = 0; i < who.size() && i < most_named; ++i)
    result += (i == 0 ? "" : "; ") + who[i];
  if (who.size() > most_named)
    result += "; and " + std::to_string(who.size() - most_named) + " more";
  return result;
}

driver_run::driver_run(const command_line& given) : given_{given}, signals_{[this](int n) { signalled(n); }} {}

int driver_run::run(const std::function<void(streaming_context&)>& compose) {
  const auto context = given_.make_context();
  compose(*context);
  if (const auto format = given_.explain()) {
    std::cout << context->explain(*format) << std::flush;
    return exit_success;
  }
  context->on_stopped_ = [this](const error& why) { stopped(why); };
  context->on_stop_asked_ = [this](stop_mode mode) { ask_to_stop(mode); };
  {
    const std::lock_guard lock{mutex_};
    running_ = context.get();
    if (asked_)
      context->request_stop(stop_mode::immediate);
  }
  // In any case, signals no longer reach the context once it goes; but the last resort watches its end.
  const std::unique_ptr<driver_run, void (*)(driver_run*)> forgetting{this, [](driver_run* self) {
                                                                        const std::lock_guard lock{self->mutex_};
                                                                        self->running_ = nullptr;
                                                                      }};
  try {
    context->start();
    if (given_.run_for() && !context->await_termination_or_timeout(*given_.run_for()))
      ask_to_stop(stop_mode::graceful);
    context->await_termination();
  } catch (const stopped_before_start& e) {
    log_info(e.what());
  } catch (const runtime_failure&) {
    const std::lock_guard lock{mutex_};
    if (!told_)
      throw;
  }
  if (context->process_)
    context->process_->wait(); // here, where functions that do not end can still be named
  write_savepoint(*context);
  const std::lock_guard lock{mutex_};
  return code_;
}

void driver_run::write_savepoint(streaming_context& of) {
  const auto& where = given_.savepoint();
  {
    const std::lock_guard lock{mutex_};
    if (where.empty() || code_ != exit_success)
      return;
    if (hurried_ || !of.process_)
      return log_warning("no savepoint '" + where + "' is written, as the stop was not graceful");
  }
  last_resort_.clear(); // a copy may take its time
  log_info("savepoint " + where + " is written, of batch " + to_string(of.savepoint(where)));
}

void driver_run::signalled(int count) {
  if (count == 1)
    log_info(
        "stopping: everything received will be processed, if --graceful-timeout is enough for it; once more to stop at "
        "once");
  // A function of the user's cannot be interrupted, nor can a write to a pipe that nobody reads.
  if (count > 2)
    last_resort::end_process(exit_failure, "error: asked three times to stop; the process ends as it is");
  ask_to_stop(count == 1 ? stop_mode::graceful : stop_mode::immediate);
}

void driver_run::ask_to_stop(stop_mode mode) {
  const std::lock_guard lock{mutex_};
  asked_ = true;
  hurried_ |= mode == stop_mode::immediate;
  if (running_ == nullptr)
    return;
  const auto limit = graceful_stop_timeout(given_.how(), running_->batch_interval());
  if (!told_ && mode == stop_mode::graceful)
    last_resort_.set(limit + patience_after_timeout, exit_unfinished,
                     [this, limit] { return last_words("the graceful stop was not over after " + to_string(limit)); });
  else if (!told_)
    last_resort_.set(patience_after_end, exit_unfinished, [this] { return last_words("the program was stopped"); });
  running_->request_stop(mode);
}

void driver_run::stopped(const error& why) {
  const auto unfinished = is(why, ec::timed_out);
  {
    const std::lock_guard lock{mutex_};
    told_ = true;
    if (why)
      code_ = unfinished ? exit_unfinished : exit_failure;
    // If nothing of the program is present any more, a connection is left on which a node says nothing.
    const auto patience = unfinished ? patience_after_timeout : patience_with_peers;
    last_resort_.set(patience, code_, [this, unfinished, failed = static_cast<bool>(why)] {
      if (present().empty())
        return std::optional{std::string{}};
      if (unfinished)
        return std::optional{last_words("the program has stopped")};
      const std::lock_guard lock{mutex_};
      last_resort_.set(patience_after_end - patience_with_peers, failed ? code_ : static_cast<int>(exit_unfinished),
                       [this] { return last_words("the program has stopped"); });
      return std::optional<std::string>{};
    });
  }
  if (why)
    std::cerr << "error: " + on_one_line(describe(why)) + '\n';
}

std::vector<std::string> driver_run::present() {
  const std::lock_guard lock{mutex_};
  return running_ == nullptr ? std::vector<std::string>{} : running_->present();
}

std::string driver_run::last_words(const std::string& why) {
  const auto who = present();
  if (who.empty())
    return "error: " + why + "; the process ends as it is";
  return "error: " + why + ", but this does not return, and the process ends without it: " + list_of_present(who);
}

} // namespace sluice
