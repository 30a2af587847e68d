// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <sluice/operators/dataset/text_file.hpp>
#include <sluice/operators/stream/dstream.hpp>
#include <sluice/receivers/file/file_input.hpp>
#include <sluice/receivers/generator/random_text_input.hpp>
#include <sluice/receivers/queue/queue_input.hpp>
#include <sluice/receivers/rate/pid_estimator.hpp>
#include <sluice/receivers/receiver/receiver_input.hpp>
#include <sluice/receivers/socket/raw_socket_input.hpp>
#include <sluice/receivers/socket/socket_input.hpp>
#include <sluice/receivers/socket/socket_text_input.hpp>
#include <sluice/receivers/source/source_input.hpp>
#include <sluice/runtime/driver/runtime_options.hpp>
#include <sluice/runtime/driver/stop_mode.hpp>
#include <sluice/runtime/plan/explain.hpp>
#include <sluice/runtime/program/composer.hpp>
#include <sluice/runtime/web/shown_setting.hpp>

namespace sluice {

class checkpoint_log;
class driver_process;
class run_clock;
struct kept_run;
struct launch_options;

namespace detail {
class state_window;
class web_face;
} // namespace detail

/// Composes a program, starts it, stops it. Compose first (inputs, operators, at least one output; see also composer),
/// then start. A context runs once: after a start, even a failed one, and after a stop it can neither be started nor
/// changed, and says why. Several contexts may live in one process. Use one thread for composition; the rest is thread
/// safe.
class streaming_context : public composer {
public:
  enum class state { initialized, active, stopped };

  /// Throws usage_error unless the interval is at least 1 ms.
  explicit streaming_context(duration batch_interval, runtime_options how = {});

  /// Stops at once if it still runs.
  ~streaming_context();
  streaming_context(const streaming_context&) = delete;
  streaming_context& operator=(const streaming_context&) = delete;

  /// A context that continues from the checkpoint directory, or begins there if it is empty. The program is composed in
  /// both cases; operators find their state by their names.
  static std::unique_ptr<streaming_context> get_or_create(const std::filesystem::path& checkpoint_directory,
                                                          duration batch_interval,
                                                          const std::function<void(streaming_context&)>& compose,
                                                          runtime_options how = {});

  // -- inputs

  /// Lines of text from a TCP server, each up to '\n'. Bytes are passed as they are. Reconnects after 2 s.
  dstream<std::string_view> socket_text_stream(const std::string& host, int port, socket_options options = {});

  /// The records that your decoder makes of a TCP server's bytes. `make_decoder()` returns one for each connection. See
  /// socket_input.
  template <record T, class MakeDecoder>
  dstream<T> socket_stream(const std::string& host, int port, MakeDecoder make_decoder,
                           socket_stream_options options = {}) {
    return stream(socket_input<T>(host, port, std::move(make_decoder), options));
  }

  /// Batches of T that a TCP server sends as frames, made by to_raw_frame: nothing is decoded on the way.
  template <record T>
  dstream<T> raw_socket_stream(const std::string& host, int port, raw_socket_options options = {}) {
    return stream(raw_socket_input<T>(host, port, options));
  }

  /// The lines of the text files that appear in a directory; POSIX wildcards may name several. docs/receivers.md says
  /// when a file is seen, and why you must move it there.
  dstream<std::string_view> text_file_stream(const std::string& directory, const file_options& options = {});

  /// The records that parse(path, contents, emit), or parse(file, emit), emits for each file that appears. See
  /// file_input.
  template <record T, class Parse>
  dstream<T> file_stream(const std::string& directory, Parse parse, const file_options& options = {}) {
    return stream(file_input<T>(directory, std::move(parse), batch_interval(), options, file_world()));
  }

  /// The files that appear, cut into records of `record_bytes` bytes.
  dstream<bytes_view> binary_records_stream(const std::string& directory, std::size_t record_bytes,
                                            const file_options& options = {});

  /// The records that your source computes once per batch. `make_source()` returns a pointer to a new source<T>.
  template <record T, class Make>
  dstream<T> input_stream(Make make_source, source_options options = {}) {
    return stream(source_input<T>(std::move(make_source), options));
  }

  /// One dataset of the queue per batch, or all that wait; if there is none, the default dataset, or none. With
  /// `persistent`, those that wait survive the process: see docs/receivers.md.
  template <record T>
  dstream<T> queue_stream(std::shared_ptr<record_queue<T>> queue, queue_options<T> options = {}) {
    return stream(queue_input<T>(std::move(queue), std::move(options)));
  }

  /// The records of a receiver that you write, made from `args`. See docs/receivers.md, and `receiver_input` to set a
  /// limit of its rate.
  template <class Receiver, class... Args>
  auto receiver_stream(Args... args) {
    return stream(receiver_input<Receiver>(std::move(args)...));
  }

  /// Lines of random words, for demonstrations and measurements.
  dstream<std::string_view> generator_stream(generator_options options = {});

  /// The records of any input. The functions above use it; use it for your own kinds of input. See `input`.
  template <record T>
  dstream<T> stream(input<T> from) {
    return add_input<T>(std::move(from));
  }

  /// The lines of a text file as a dataset, read now: a table for `transform` to join with. See read_text_file.
  static rdd<std::string_view> read_text_file(const std::filesystem::path& path, std::uint32_t partitions = 1) {
    return sluice::read_text_file(path, partitions);
  }

  // -- how it runs

  /// Keeps state and progress in this directory, and continues from there at start. It is made if it does not exist.
  void checkpoint(std::filesystem::path directory);

  /// Whether what the inputs of this program receive is on disk, in the checkpoint directory, before any output sees
  /// it. Then nothing that was received is lost with the process: what was not committed comes again, in the same
  /// batches, with the same content. Inputs that can give the same again without it (files) do so anyway, and
  /// `input::is_logged` decides for a single one. `--write-ahead-log` does the same. docs/guarantees.md says what holds
  /// with and without.
  void write_ahead_log(bool on = true);

  /// An argument of the command line, an option or a flag, by its name in program_info. Throws usage_error for a name
  /// that the program did not declare.
  const std::string& argument(std::string_view name) const;

  /// The same as a number or, of a flag, a bool: `ctx.argument<int>("--top")`. Throws usage_error if it is none.
  template <class T>
    requires std::is_arithmetic_v<T>
  T argument(std::string_view name) const {
    try {
      return detail::parse_field<T>(argument(name), 0);
    } catch (const std::invalid_argument& e) {
      refuse_argument(name, e.what());
    }
  }

  // -- life

  /// Starts the program, and returns when it runs. Throws usage_error if it cannot work as composed or was started
  /// before, and runtime_failure if something it needs is missing (checkpoint, nodes). After a failed start the context
  /// is stopped.
  void start();

  /// Stops the program and waits until it has stopped. Harmless if it has stopped already. A function of the program
  /// must not call this, because it would wait for itself; use `request_stop` there. Throws usage_error in a listener's
  /// function.
  void stop(stop_mode mode = stop_mode::graceful);

  /// Asks the program to stop, and returns at once. If the program is being started, it stops at once and `start`
  /// throws stopped_before_start, also if `start` is called after this.
  void request_stop(stop_mode mode);

  /// Waits until the program has stopped. Throws runtime_failure if an error stopped it.
  void await_termination();

  /// The same, for at most `patience`: false if it still runs then.
  bool await_termination_or_timeout(std::chrono::milliseconds patience);

  state get_state() const;

  /// Copies the last commit into `directory`, which must be empty or not there, and returns its batch. The copy is a
  /// checkpoint directory of its own: move it, keep it, start a program from it. It takes as long as it takes to read
  /// and write all state, on the calling thread; batches go on meanwhile. Throws usage_error without a checkpoint
  /// directory or before `start`, and runtime_failure if there is no commit yet or the copy cannot be written; then
  /// nothing of it is left.
  batch_time savepoint(const std::filesystem::path& directory);

  /// The context of this process that was started last and still runs; null if there is none. The caller has to make
  /// sure that it is not destroyed meanwhile.
  static streaming_context* get_active();

  /// Whether the context continued from a checkpoint; known after start.
  bool is_recovered() const { return recovered_; }

  /// The stages of the program composed so far, with their partitions, shuffles and state: in words, or as a picture.
  /// Starts nothing. If the checkpoint or workers would decide the number of partitions, it shows that of this process
  /// alone.
  std::string explain(plan_format format = plan_format::text) const;

private:
  friend class command_line;
  friend class driver_run;

  [[noreturn]] static void refuse_argument(std::string_view name, const std::string& why);
  void check_not_started() const;
  file_environment file_world() const;
  void check_startable() const;

  /// See driver_process.
  std::vector<std::string> present() const;
  /// Under the lock. From now on the context cannot be changed, for the given reason.
  void enter(state next, std::string why);
  void note_stopped();
  launch_options prepare_launch();
  void open_web_ui(launch_options& launch);
  void controls_changed();
  void open_checkpoint(launch_options& launch);
  expected<kept_run> open_shared(const std::function<expected<kept_run>()>& open);

  runtime_options how_;
  std::shared_ptr<run_clock> clock_; ///< of the run
  std::filesystem::path checkpoint_directory_;
  std::vector<std::pair<std::string, std::string>> arguments_;
  std::vector<std::string> command_line_; ///< a worker composes the same program from it
  bool recovered_ = false;
  mutable std::mutex mutex_;
  state state_ = state::initialized;
  std::function<void(error)> on_stopped_ = {};        ///< see launch_options
  std::function<void(stop_mode)> on_stop_asked_ = {}; ///< by the web page; null: `request_stop`
  std::vector<detail::shown_setting> settings_ = {};  ///< of the command line
  std::mutex savepoint_mutex_;                        ///< held while a savepoint is written, or the checkpoint opened
  mutable std::mutex process_mutex_;                  ///< guards what follows; never held for long
  std::weak_ptr<checkpoint_log> open_log_ = {};       ///< of the program that runs
  bool stop_asked_ = false;
  std::unique_ptr<driver_process> process_;      ///< uses all of the above
  std::shared_ptr<detail::state_window> states_; ///< that the web page shows; null: nobody can ask
  std::unique_ptr<detail::web_face> web_face_;   ///< asks this context to stop
};

} // namespace sluice
