// SPDX-License-Identifier: BSD-3-Clause
//
// Parses account transactions, "id,date,account,amount,description" a line, and adds up the amounts of each account.
// Lines that cannot be parsed do no harm: they are dead letters, printed with what is wrong with them. Try it:
//
//   nc -lk 9999
//   ./dev run transactions localhost 9999
#include <charconv>
#include <functional>
#include <stdexcept>

#include <sluice/sluice.hpp>

namespace {

struct transaction {
  std::int64_t id;
  std::string_view date;
  std::string_view account;
  double amount;
  std::string_view description;
};

/// Takes the text up to the next comma off a line.
std::string_view next_field(std::string_view& line) {
  const auto end = std::min(line.find(','), line.size());
  const auto result = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return result;
}

template <class Number>
Number parse_number(std::string_view text) {
  Number result{};
  if (std::from_chars(text.begin(), text.end(), result).ptr != text.end() || text.empty())
    throw std::invalid_argument{"'" + std::string{text} + "' is not a number"};
  return result;
}

transaction parse_transaction(std::string_view line) {
  // The parts of a braced list are evaluated in their order.
  return {parse_number<std::int64_t>(next_field(line)), next_field(line), next_field(line),
          parse_number<double>(next_field(line)), line};
}

} // namespace

int main(int argc, char** argv) {
  return sluice::run(argc, argv,
                     {.about = "Adds up transactions by account, and shows the lines that are none.",
                      .arguments = {{"HOST", "where the server is"}, {"PORT", "its port"}}},
                     [](sluice::streaming_context& ctx) {
                       const auto port = sluice::parse_port(ctx.argument("PORT"));
                       auto parsed = ctx.socket_text_stream(ctx.argument("HOST"), port).map(&parse_transaction);
                       auto amounts = parsed.map([](const transaction& x) { return std::pair{x.account, x.amount}; });
                       amounts.reduce_by_key(std::plus<>{}).print();
                       parsed.dead_letters().print();
                     });
}
