// Myers' greedy algorithm, then hunks.
#include "admin/text_diff.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace signalbox::admin {
namespace {

using Lines = std::vector<std::string_view>;
constexpr int kContext = 3;
constexpr int64_t kMostChanges = 2000;

// Each with its line break, which the last one may lack.
Lines Split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// ' ' keeps a line of both, '-' takes one of `from`, '+' adds one of `to`.
using Script = std::vector<char>;

// Walks back through what each number of changes reached.
Script Backtrack(const std::vector<std::vector<int64_t>>& reached, int64_t n, int64_t m) {
  Script script;
  int64_t x = n, y = m;
  for (int64_t d = static_cast<int64_t>(reached.size()) - 1; d > 0; --d) {
    const auto& before = reached[static_cast<size_t>(d - 1)];
    // before[k + d - 1] is the furthest x on diagonal k after d - 1 changes.
    const auto at = [&](int64_t k) {
      return k < -(d - 1) || k > d - 1 ? -1 : before[static_cast<size_t>(k + d - 1)];
    };
    const int64_t k = x - y;
    const bool added = k == -d || (k != d && at(k - 1) < at(k + 1));
    const int64_t from_k = added ? k + 1 : k - 1;
    const int64_t from_x = at(from_k), from_y = from_x - from_k;
    const int64_t start_x = added ? from_x : from_x + 1;
    for (; x > start_x; --x) script.push_back(' ');
    script.push_back(added ? '+' : '-');
    x = from_x;
    y = from_y;
  }
  for (; x > 0; --x) script.push_back(' ');
  std::reverse(script.begin(), script.end());
  return script;
}

Script Shortest(const Lines& from, const Lines& to) {
  const int64_t n = static_cast<int64_t>(from.size()), m = static_cast<int64_t>(to.size());
  std::vector<std::vector<int64_t>> reached;
  for (int64_t d = 0; d <= std::min(n + m, kMostChanges); ++d) {
    std::vector<int64_t> furthest(static_cast<size_t>(2 * d + 1), -1);
    for (int64_t k = -d; k <= d; k += 2) {
      int64_t x = 0;
      if (d > 0) {
        const auto& before = reached.back();
        const auto at = [&](int64_t diagonal) {
          return diagonal < -(d - 1) || diagonal > d - 1 ? -1 : before[static_cast<size_t>(diagonal + d - 1)];
        };
        const bool added = k == -d || (k != d && at(k - 1) < at(k + 1));
        x = added ? at(k + 1) : at(k - 1) + 1;
      }
      int64_t y = x - k;
      while (x >= 0 && x < n && y >= 0 && y < m &&
             from[static_cast<size_t>(x)] == to[static_cast<size_t>(y)]) {
        ++x;
        ++y;
      }
      furthest[static_cast<size_t>(k + d)] = x;
      if (x >= n && y >= m) {
        reached.push_back(std::move(furthest));
        return Backtrack(reached, n, m);
      }
    }
    reached.push_back(std::move(furthest));
  }
  Script whole(static_cast<size_t>(n), '-');
  whole.insert(whole.end(), static_cast<size_t>(m), '+');
  return whole;
}

Script Compare(const Lines& from, const Lines& to) {
  size_t head = 0, tail = 0;
  while (head < std::min(from.size(), to.size()) && from[head] == to[head]) ++head;
  while (tail < std::min(from.size(), to.size()) - head &&
         from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) {
    ++tail;
  }
  const auto middle = [&](const Lines& lines) {
    return Lines(lines.begin() + static_cast<long>(head), lines.end() - static_cast<long>(tail));
  };
  Script script(head, ' ');
  const Script changed = Shortest(middle(from), middle(to));
  script.insert(script.end(), changed.begin(), changed.end());
  script.insert(script.end(), tail, ' ');
  return script;
}

void AppendLine(char sign, std::string_view line, std::string* out) {
  out->push_back(sign);
  out->append(line);
  if (line.empty() || line.back() != '\n') out->append("\n\\ No newline at end of file\n");
}

std::string Range(size_t begin, size_t count) {
  const std::string first = std::to_string(count == 0 ? begin : begin + 1);
  return count == 1 ? first : first + "," + std::to_string(count);
}

}  // namespace

std::string UnifiedDiff(std::string_view from_name, std::string_view from, std::string_view to_name,
                        std::string_view to) {
  if (from == to) return {};
  const Lines old_lines = Split(from), new_lines = Split(to);
  const Script script = Compare(old_lines, new_lines);
  std::string diff = "--- " + std::string(from_name) + "\n+++ " + std::string(to_name) + "\n";
  const auto context = static_cast<size_t>(kContext);
  size_t x = 0, y = 0;  // the lines before script[i]
  for (size_t i = 0; i < script.size();) {
    size_t change = i;
    while (change < script.size() && script[change] == ' ') ++change;
    if (change == script.size()) break;
    // A hunk goes on while no more than twice the context lies between two changes.
    size_t end = change + 1, quiet = 0;
    for (size_t j = end; j < script.size() && quiet <= 2 * context; ++j) {
      quiet = script[j] == ' ' ? quiet + 1 : 0;
      if (quiet == 0) end = j + 1;
    }
    const size_t begin = std::max(i, change - std::min(change, context));
    const size_t stop = std::min(script.size(), end + context);
    x += begin - i;
    y += begin - i;
    std::string body;
    size_t taken = 0, added = 0;
    for (size_t j = begin; j < stop; ++j) {
      if (script[j] == '+') {
        AppendLine('+', new_lines[y + added++], &body);
      } else {
        AppendLine(script[j], old_lines[x + taken++], &body);
        added += script[j] == ' ' ? 1 : 0;
      }
    }
    diff += "@@ -" + Range(x, taken) + " +" + Range(y, added) + " @@\n" + body;
    x += taken;
    y += added;
    i = stop;
  }
  return diff;
}

}  // namespace signalbox::admin
