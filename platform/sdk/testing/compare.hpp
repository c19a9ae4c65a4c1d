// Comparing states: however the events were batched, and after a snapshot.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "signalbox/testing/event_feed.hpp"
#include "signalbox/testing/fake_host.hpp"
#include "signalbox/testing/test_plugin.hpp"

namespace signalbox::testing {

// Gives another host the same items, under the same handles.
inline void CopyItems(const FakeHost& from, FakeHost* to) {
  for (Item item = 0; item < from.items(); ++item) {
    const FakeItem& source = from.item(item);
    to->AddItem(source.id, source.type);
    for (const auto& [name, value] : source.numbers) to->SetNumber(item, name, value);
    for (const auto& [name, value] : source.texts) to->SetText(item, name, value);
    for (const auto& [name, values] : source.lists) to->SetList(item, name, values);
    for (const auto& [name, values] : source.vectors) to->SetVector(item, name, values);
  }
  to->SetNow(from.now_ms());
}

// "" = equal, else the first line that differs.
inline std::string FirstDifference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string left = i < a.size() ? a[i] : "(no line)", right = i < b.size() ? b[i] : "(no line)";
    if (left != right) return "line " + std::to_string(i) + ": \"" + left + "\" against \"" + right + "\"";
  }
  return "";
}

// Feeds the same events whole and in `rounds` random cuts; "" = every export is the same.
inline std::string CompareBatchCuts(const FakeHost& host, const sb_plugin* table, std::string_view config,
                                    const EventFeed& feed, unsigned seed = 1, int rounds = 5) {
  FakeHost whole_host;
  CopyItems(host, &whole_host);
  TestPlugin whole(whole_host, table, config);
  whole.Update(feed);
  std::mt19937 random(seed);
  for (int round = 0; round < rounds; ++round) {
    FakeHost cut_host;
    CopyItems(host, &cut_host);
    TestPlugin cut(cut_host, table, config);
    for (size_t begin = 0; begin < feed.size();) {
      const size_t end = std::min<size_t>(feed.size(), begin + 1 + random() % (round == 0 ? 1 : 50));
      cut.Update(feed.Batch(begin, end));
      begin = end;
    }
    const std::string difference = FirstDifference(whole.Export(), cut.Export());
    if (!difference.empty()) return "round " + std::to_string(round) + ", " + difference;
  }
  return "";
}

// Takes a snapshot, restores it elsewhere; "" = the export is the same.
inline std::string CompareRestored(const FakeHost& host, const TestPlugin& plugin) {
  FakeHost other;
  CopyItems(host, &other);
  return FirstDifference(plugin.Export(), plugin.Restored(other)->Export());
}

}  // namespace signalbox::testing
