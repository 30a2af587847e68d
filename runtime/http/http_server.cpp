// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/http/http_server.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/log.hpp>
#include <sluice/actors/base/user_code.hpp>
#include <sluice/actors/os/cpu_share.hpp>
#include <sluice/actors/os/descriptor.hpp>
#include <sluice/actors/os/system_call.hpp>
#include <sluice/runtime/http/http_head.hpp>
#include <sluice/runtime/http/http_listener.hpp>
#include <sluice/runtime/http/http_reader.hpp>
#include <sluice/runtime/http/request_bucket.hpp>

namespace sluice::detail {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using clock = std::chrono::steady_clock;

/// How long a connection that was told 429 is not read, so that a client in a tight loop costs next to nothing.
constexpr auto pause_after_429 = std::chrono::milliseconds{100};
/// How long a client may still send after the last answer, and how much.
constexpr auto longest_drain = std::chrono::seconds{1};
constexpr std::size_t most_drained_bytes = std::size_t{1} << 20;
/// How long nobody is accepted when the process has no memory or no descriptor left.
constexpr auto pause_without_memory = std::chrono::milliseconds{100};
constexpr auto accepted_at_once = 16;
/// More than any page needs. Others wait in the system's queue, where they cost nothing.
constexpr auto most_connects_per_second = 1000;
constexpr auto pause_between_connects = std::chrono::milliseconds{10};
constexpr auto between_logged_failures = std::chrono::seconds{1};

/// What the server may take from the program, whatever its clients do; and at once, for a large answer.
constexpr cpu_share::limits share_of_a_core{.share = 0.15, .burst = std::chrono::milliseconds{20}};

} // namespace

class http_server::impl {
public:
  impl(options o, http_handler handler)
      : options_{std::move(o)}, handler_{std::move(handler)},
        requests_{options_.most_requests_per_second, clock::now()} {
    auto listener = listen_at(options_.address, options_.port, options_.ports_to_try);
    port_ = listener.port;
    is_v6_ = listener.is_v6;
    acceptor_.assign(protocol(), listener.socket.release());
    wait_for_clients();
    thread_ = std::thread{[this] { run(); }};
  }

  ~impl() {
    io_.stop();
    thread_.join();
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  std::uint16_t port() const { return port_; }

  std::string address() const {
    const auto host = is_v6_ ? '[' + options_.address + ']' : options_.address;
    return "http://" + host + ':' + std::to_string(port_);
  }

private:
  class connection;

  tcp protocol() const { return is_v6_ ? tcp::v6() : tcp::v4(); }

  void run();
  void wait_for_clients();
  std::chrono::milliseconds accept_clients();
  void admit(descriptor socket);
  void close_oldest();
  void limit_unsent(const connection& newest);
  http_response answer(const http_request& request);
  void log_failure(const http_request& request, const std::string& what);

  const options options_;
  const http_handler handler_;
  std::uint16_t port_ = 0;
  bool is_v6_ = false;
  asio::io_context io_{1}; // before all that uses it
  tcp::acceptor acceptor_{io_};
  asio::steady_timer accept_pause_{io_};
  std::map<connection*, std::shared_ptr<connection>> connections_; ///< those that are open
  std::size_t unsent_ = 0;                                         ///< bytes, of all connections
  std::array<char, 16384> drained_{};                              ///< bytes of any clients that nobody reads
  request_bucket requests_;
  request_bucket connects_{most_connects_per_second, clock::now()};
  std::optional<clock::time_point> failure_logged_;
  std::thread thread_; ///< uses all of the above
};

/// A client. It is in the server's map until it is closed, and lives until its last operation has ended.
class http_server::impl::connection : public std::enable_shared_from_this<connection> {
public:
  connection(impl& server, tcp::socket socket)
      : server_{server}, socket_{std::move(socket)}, timer_{server.io_},
        reader_{{server.options_.most_header_bytes, server.options_.most_body_bytes}} {}

  void start() {
    enter(phase::idle, server_.options_.idle_limit);
    read();
  }

  void close() {
    if (!std::exchange(is_open_, false))
      return;
    forget_answer();
    static_cast<void>(timer_.cancel());
    error_code ignored;
    static_cast<void>(socket_.close(ignored));
    server_.connections_.erase(this); // last, as it may be the end of this object
  }

  /// Since when it has waited for its client.
  clock::time_point since() const { return since_; }
  bool is_answering() const { return phase_ == phase::writing; }
  std::size_t unsent() const { return unsent_; }

private:
  enum class phase {
    idle,     ///< between two requests
    reading,  ///< a request has begun
    writing,  ///< its answer
    pausing,  ///< after it, because there were too many
    draining, ///< after the last answer: closing at once could destroy it on its way
  };

  void enter(phase next, std::chrono::milliseconds limit) {
    phase_ = next;
    since_ = clock::now();
    deadline_ = since_ + limit;
    // Most deadlines move on before the timer expires, and then cost nothing.
    if (timer_.expiry() < since_ || deadline_ < timer_.expiry())
      watch();
  }

  void watch() {
    static_cast<void>(timer_.expires_at(deadline_));
    timer_.async_wait([self = shared_from_this()](error_code aborted) {
      if (aborted || !self->is_open_)
        return;
      if (clock::now() < self->deadline_)
        self->watch();
      else if (self->phase_ == phase::pausing)
        self->next_request();
      else
        self->close();
    });
  }

  void read() {
    const auto space = reader_.space();
    socket_.async_read_some(asio::buffer(space.data(), space.size()),
                            [self = shared_from_this()](error_code problem, std::size_t bytes) {
                              if (problem)
                                return self->close();
                              self->reader_.add(bytes);
                              if (self->phase_ == phase::idle)
                                self->enter(phase::reading, self->server_.options_.idle_limit);
                              self->proceed();
                            });
  }

  void proceed() {
    switch (reader_.next()) {
      case http_reader::outcome::incomplete: return reader_.take_continue() ? write_continue() : read();
      case http_reader::outcome::refused: return write(reader_.refusal(), after_answer::close, true);
      case http_reader::outcome::complete: break;
    }
    const auto request = reader_.take();
    const auto then = reader_.keeps_alive() ? after_answer::keep_open : after_answer::close;
    write(server_.answer(request), then, request.method != "HEAD");
  }

  void next_request() {
    enter(reader_.has_begun() ? phase::reading : phase::idle, server_.options_.idle_limit);
    proceed();
  }

  void write_continue() {
    static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(line), [self = shared_from_this()](error_code problem, std::size_t) {
      problem ? self->close() : self->read();
    });
  }

  void write(http_response response, after_answer then, bool with_body) {
    enter(phase::writing, server_.options_.idle_limit);
    head_ = head_of(response, then);
    body_ = with_body ? std::move(response.body) : std::string{};
    then_ = then;
    must_pause_ = response.status == 429;
    sent_ = 0;
    unsent_ = head_.size() + body_.size();
    server_.unsent_ += unsent_;
    server_.limit_unsent(*this);
    send();
  }

  /// Lends Asio no bytes, so that `close` can free them at once.
  void send() {
    const std::array<asio::const_buffer, 2> rest{asio::buffer(head_) + sent_,
                                                 asio::buffer(body_) + (std::max(sent_, head_.size()) - head_.size())};
    error_code problem;
    sent_ += socket_.write_some(rest, problem);
    if (problem && problem != asio::error::would_block)
      return close();
    if (sent_ == unsent_) // the next request waits for its turn, as those of all clients do
      return asio::post(server_.io_, [self = shared_from_this()] {
        if (self->is_open_)
          self->written();
      });
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code ended) {
      if (self->is_open_)
        ended ? self->close() : self->send();
    });
  }

  void written() {
    forget_answer();
    if (then_ == after_answer::close)
      return begin_drain();
    if (must_pause_)
      return enter(phase::pausing, pause_after_429);
    next_request();
  }

  void forget_answer() {
    server_.unsent_ -= std::exchange(unsent_, 0);
    // An assignment would keep the memory.
    std::string{}.swap(head_);
    std::string{}.swap(body_);
  }

  void begin_drain() {
    error_code problem;
    static_cast<void>(socket_.shutdown(tcp::socket::shutdown_send, problem));
    if (problem)
      return close();
    enter(phase::draining, longest_drain);
    drain();
  }

  void drain() {
    socket_.async_read_some(asio::buffer(server_.drained_),
                            [self = shared_from_this()](error_code problem, std::size_t bytes) {
                              self->drained_bytes_ += bytes;
                              if (problem)
                                return self->close();
                              // Beyond it the client cannot send on, but it can still read, until the deadline.
                              if (self->drained_bytes_ < most_drained_bytes)
                                self->drain();
                            });
  }

  impl& server_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  http_reader reader_;
  phase phase_ = phase::idle;
  clock::time_point since_;
  clock::time_point deadline_;
  bool is_open_ = true;
  std::string head_; // of the answer that is being written
  std::string body_;
  std::size_t sent_ = 0;
  std::size_t unsent_ = 0; ///< the size of all of it
  after_answer then_ = after_answer::close;
  bool must_pause_ = false;
  std::size_t drained_bytes_ = 0;
};

void http_server::impl::run() {
  ::pthread_setname_np(::pthread_self(), "sluice.http");
  bounded_thread thread{share_of_a_core};
  for (auto ended = false; !ended;) {
    const auto failure = failure_of([this, &ended, &thread] {
      while (io_.run_one() != 0)
        thread.rest();
      ended = true;
    });
    // Out of memory, most likely. The connection that it happened to is closed by its deadline.
    if (failure)
      log_error("the page at " + address() + ": " + *failure);
  }
}

void http_server::impl::wait_for_clients() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](error_code problem) {
    if (problem)
      return;
    auto pause = pause_without_memory;
    failure_of([this, &pause] { pause = accept_clients(); });
    if (pause == pause.zero())
      return wait_for_clients();
    // The client may still be in the system's queue, which is ready to be read: waiting for it would not wait.
    static_cast<void>(accept_pause_.expires_after(pause));
    accept_pause_.async_wait([this](error_code) { wait_for_clients(); });
  });
}

/// Returns how long nobody is to be accepted.
std::chrono::milliseconds http_server::impl::accept_clients() {
  for (auto i = 0; i < accepted_at_once; ++i) {
    if (!connects_.take(clock::now()))
      return pause_between_connects;
    descriptor socket{uninterrupted(
        [this] { return ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); })};
    if (socket)
      admit(std::move(socket));
    else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
      return pause_without_memory;
    else
      break; // nobody waits, or has gone again
  }
  return {};
}

void http_server::impl::admit(descriptor socket) {
  // The newcomer is served and the one that has waited longest goes: whoever opens connections and says nothing must
  // not be able to lock others out.
  if (connections_.size() >= std::max<std::size_t>(options_.most_connections, 1))
    close_oldest();
  tcp::socket client{io_};
  error_code ignored;
  static_cast<void>(client.assign(protocol(), socket.release(), ignored));
  static_cast<void>(client.non_blocking(true, ignored));
  static_cast<void>(client.set_option(tcp::no_delay{true}, ignored));
  const auto added = std::make_shared<connection>(*this, std::move(client));
  connections_.emplace(added.get(), added);
  added->start();
}

/// Prefers a connection that has no answer on its way.
void http_server::impl::close_oldest() {
  const auto rank = [](const auto& x) { return std::pair{x.second->is_answering(), x.second->since()}; };
  const auto oldest = std::ranges::min_element(connections_, {}, rank)->second;
  oldest->close();
}

/// A client that asks for much and takes nothing must not make this process hold it.
void http_server::impl::limit_unsent(const connection& newest) {
  while (unsent_ > options_.most_unsent_bytes && unsent_ > newest.unsent()) {
    const auto rank = [](const auto& x) { return std::pair{x.second->unsent() == 0, x.second->since()}; };
    const auto oldest = std::ranges::min_element(connections_, {}, rank)->second;
    oldest->close();
  }
}

http_response http_server::impl::answer(const http_request& request) {
  if (!requests_.take(clock::now())) {
    auto result = http_error(429, "too many requests: try again in a second");
    result.headers.emplace_back("Retry-After", "1");
    return result;
  }
  http_response result;
  if (const auto failure = failure_of([&] { result = handler_(request); })) {
    log_failure(request, *failure);
    return http_error(500, "the program could not answer this; its log says why");
  }
  return result;
}

/// A page asks again and again, and the log is for a few lines a second.
void http_server::impl::log_failure(const http_request& request, const std::string& what) {
  const auto now = clock::now();
  if (failure_logged_ && now - *failure_logged_ < between_logged_failures)
    return;
  failure_logged_ = now;
  log_error("the page at " + address() + " could not answer " + request.method + ' ' + request.path + ": " + what);
}

http_server::http_server(options o, http_handler handler)
    : impl_{std::make_unique<impl>(std::move(o), std::move(handler))} {}
http_server::~http_server() = default;

std::uint16_t http_server::port() const { return impl_->port(); }
std::string http_server::address() const { return impl_->address(); }

} // namespace sluice::detail
