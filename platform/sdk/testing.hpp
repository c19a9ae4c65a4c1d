// Everything to unit-test a plugin without the platform; header-only, std only.
//
//   FakeHost host;                                    // items, catalogue, clock, tables
//   const Item mug = host.AddItem("mug");
//   TestPlugin plugin(host, signalbox_plugin(), R"({"half_life_hours": 1})");
//   EventFeed feed;                                   // works out sessions and histories
//   feed.Add("anna", mug, 1'700'000'000'000, {.weight = 3});
//   plugin.Update(feed);
//   TestRequest request;
//   request.now_ms = 1'700'000'000'000;
//   EXPECT_THAT(plugin.Score(request, {mug}), ElementsAre(3));
//   EXPECT_EQ(CompareBatchCuts(host, signalbox_plugin(), "{}", feed), "");
//   EXPECT_EQ(CompareRestored(host, plugin), "");
//   EXPECT_THAT(CheckConformance(signalbox_plugin()), IsEmpty());
#pragma once

#include "signalbox/testing/compare.hpp"
#include "signalbox/testing/conformance.hpp"
#include "signalbox/testing/event_feed.hpp"
#include "signalbox/testing/fake_host.hpp"
#include "signalbox/testing/test_plugin.hpp"

// The plugin whose sources are linked into the test.
extern "C" const sb_plugin* signalbox_plugin(void);
