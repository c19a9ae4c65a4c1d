// Drafts, publishing, rollback, retiring, seeding and reverting what fails.
#include <cmath>

#include <gmock/gmock.h>

#include "subject.hpp"

namespace signalbox::contract {
namespace {

using model::RevisionState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

INSTANTIATE_TEST_SUITE_P(Stores, ControlContract, testing::ValuesIn(AllControlKinds()),
                         [](const auto& info) { return info.param.name; });

TEST_P(ControlContract, AddDraft_FirstOfAnObject_IsNumberOneWithEverythingGiven) {
  const model::RevisionContent content{"tunable(\"ä\", 1)", {{"session", 0.1}, {"x", -3}}, "[{\"a\":1}]"};

  const auto draft = store->AddDraft(home, 0, content, anna);

  ASSERT_TRUE(draft) << draft.error().message();
  const auto read = store->Get(home, 1);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->number, 1u);
  EXPECT_EQ((*read)->content, content);
  EXPECT_EQ((*read)->object, home);
  EXPECT_EQ((*read)->state, RevisionState::kDraft);
  EXPECT_EQ((*read)->author, "anna");
  EXPECT_EQ((*read)->comment, "because");
  EXPECT_EQ((*read)->created_ms, subject->clock.now_ms());
  EXPECT_EQ((*read)->published_ms, 0);
  EXPECT_THAT(Actions(), ElementsAre("draft"));
}

TEST_P(ControlContract, AddDraft_ManyObjects_NumbersAreEachObjectsOwn) {
  const model::ObjectName cart{"default", model::ObjectKind::kScenario, "cart"};
  const model::ObjectName experiment{"default", model::ObjectKind::kExperiment, "home"};
  const model::ObjectName other{"other", model::ObjectKind::kScenario, "home"};
  store->AddDraft(home, 0, {"a"}, anna);

  for (const auto& object : {cart, experiment, other}) {
    EXPECT_EQ(store->AddDraft(object, 0, {"b"}, anna)->number, 1u);
  }
  EXPECT_EQ(store->AddDraft(home, 1, {"c"}, anna)->number, 2u);
}

TEST_P(ControlContract, AddDraft_WhatIsWrong_IsNamed) {
  const auto field = [&](const model::ObjectName& object, const model::RevisionContent& content,
                         const ports::Author& author) {
    const auto draft = store->AddDraft(object, 0, content, author);
    return draft ? std::string("accepted")
                 : std::string(ToString(draft.error().code())) + " " + draft.error().field();
  };
  const auto named = [&](const std::string& name) {
    return model::ObjectName{"default", model::ObjectKind::kScenario, name};
  };

  EXPECT_EQ(field(named(""), {}, anna), "invalid_argument name");
  EXPECT_EQ(field(named("../etc"), {}, anna), "invalid_argument name");
  EXPECT_EQ(field(named(std::string(65, 'a')), {}, anna), "invalid_argument name");
  EXPECT_EQ(field(home, {std::string(ports::kMaxSourceBytes + 1, ' ')}, anna), "invalid_argument source");
  EXPECT_EQ(field(home, {std::string("a\0b", 3)}, anna), "invalid_argument source");
  EXPECT_EQ(field(home, {"\xff\xfe"}, anna), "invalid_argument source");
  EXPECT_EQ(field(home, {"", {{"x", std::nan("")}}}, anna), "invalid_argument values.x");
  EXPECT_EQ(field(home, {"", {}, "{}"}, anna), "invalid_argument rules");
  EXPECT_EQ(field(home, {"", {}, std::string(100, '[') + std::string(100, ']')}, anna),
            "invalid_argument rules");
  EXPECT_EQ(field(home, {}, {"", "why"}), "invalid_argument author.name");
  EXPECT_EQ(field(home, {}, {"anna", std::string(3000, 'x')}), "invalid_argument comment");
  EXPECT_EQ(store->AddDraft(home, 7, {}, anna).error().code(), Code::kNotFound);
  EXPECT_THAT(Actions(), IsEmpty());
}

TEST_P(ControlContract, Publish_ValidatedOnWhatIsInForce_TakesEffectAndRetiresTheFormer) {
  Published(0);
  subject->clock.Advance(1000);
  const uint64_t second = Published(1);

  const auto current = store->Current(home);
  ASSERT_TRUE(current && *current);
  EXPECT_EQ((*current)->number, second);
  EXPECT_EQ((*current)->state, RevisionState::kPublished);
  EXPECT_EQ((*current)->published_ms, subject->clock.now_ms());
  EXPECT_EQ((*store->Get(home, 1))->state, RevisionState::kRetired);
  EXPECT_THAT(Actions(), ElementsAre("draft", "validate", "publish", "draft", "validate", "publish"));
}

TEST_P(ControlContract, Publish_Draft_IsAConflict) {
  store->AddDraft(home, 0, {}, anna);

  const auto published = store->Publish(home, 1, anna);

  EXPECT_EQ(published.error().code(), Code::kConflict);
  EXPECT_THAT(published.error().message(), HasSubstr("home@1 is not validated"));
  EXPECT_EQ(NumberInForce(), 0u);
}

TEST_P(ControlContract, Publish_UnknownRevision_IsNotFound) {
  EXPECT_EQ(store->Publish(home, 1, anna).error().code(), Code::kNotFound);
  EXPECT_EQ(store->MarkValidated(home, 1, anna).error().code(), Code::kNotFound);
  EXPECT_EQ(store->Rollback(home, 1, 0, anna).error().code(), Code::kNotFound);
  EXPECT_EQ(store->Retire(home, 0, anna).error().code(), Code::kNotFound);
  EXPECT_EQ(store->RevertFailing(home, 1, anna).error().code(), Code::kNotFound);
}

TEST_P(ControlContract, Publish_BaseNoLongerInForce_NamesWhatIsAndChangesNothing) {
  Published(0);
  const uint64_t mine = Validated(1), theirs = Validated(1);
  store->Publish(home, theirs, anna);
  const auto rows = Actions().size();

  const auto published = store->Publish(home, mine, anna);

  EXPECT_EQ(published.error().code(), Code::kConflict);
  EXPECT_EQ(published.error().message(), "home@3 is in force by now; home@2 was made from home@1");
  EXPECT_EQ(published.error().field(), "base");
  EXPECT_EQ(NumberInForce(), theirs);
  EXPECT_EQ(Actions().size(), rows);
}

TEST_P(ControlContract, Publish_Repeated_SucceedsAndWritesNothing) {
  Published(0);
  const uint64_t epoch = *store->Epoch();
  const auto rows = Actions().size();

  const auto again = store->Publish(home, 1, anna);

  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(*store->Epoch(), epoch);
  EXPECT_EQ(Actions().size(), rows);
}

TEST_P(ControlContract, Rollback_ToOneThatWasInForce_PutsItBack) {
  Published(0, "first");
  Published(1, "second");

  const auto back = store->Rollback(home, 1, 2, {"ben", "too loud"});

  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->content.source, "first");
  EXPECT_EQ(NumberInForce(), 1u);
  EXPECT_EQ((*store->Get(home, 2))->state, RevisionState::kRetired);
  const auto audit = store->Audit({"default", "scenario/home", 0, 1});
  ASSERT_TRUE(audit && audit->size() == 1);
  EXPECT_EQ(audit->front().action, "rollback");
  EXPECT_EQ(audit->front().number, 1u);
  EXPECT_EQ(audit->front().from_number, 2u);
  EXPECT_EQ(audit->front().author.name, "ben");
  EXPECT_EQ(audit->front().author.comment, "too loud");
}

TEST_P(ControlContract, Rollback_WhatCannotBe_IsAConflict) {
  Published(0);
  Published(1);
  const uint64_t never = Validated(2);

  EXPECT_EQ(store->Rollback(home, never, 2, anna).error().message(), "home@3 never was in force");
  EXPECT_EQ(store->Rollback(home, 1, 7, anna).error().message(), "home@2 is in force by now, not home@7");
  EXPECT_EQ(store->Publish(home, 1, anna).error().code(), Code::kConflict);
  EXPECT_EQ(NumberInForce(), 2u);
}

TEST_P(ControlContract, Rollback_ThenPublishOfADraftMadeBefore_IsAConflict) {
  Published(0);
  Published(1);
  const uint64_t draft = Validated(2);
  ASSERT_TRUE(store->Rollback(home, 1, 2, anna));

  EXPECT_EQ(store->Publish(home, draft, anna).error().code(), Code::kConflict);
}

TEST_P(ControlContract, Retire_WhatIsInForce_LeavesNothingAndKeepsRevisions) {
  Published(0);

  EXPECT_EQ(store->Retire(home, 9, anna).error().code(), Code::kConflict);
  ASSERT_TRUE(store->Retire(home, 1, anna));
  ASSERT_TRUE(store->Retire(home, 1, anna));

  EXPECT_EQ(NumberInForce(), 0u);
  EXPECT_TRUE(*store->Get(home, 1));
  ASSERT_TRUE(store->Rollback(home, 1, 0, anna));
  EXPECT_EQ(NumberInForce(), 1u);
}

TEST_P(ControlContract, RevertFailing_PutsTheLastGoodOneBack) {
  Published(0);
  Published(1);
  Published(2);
  store->RevertFailing(home, 3, anna);
  ASSERT_EQ(NumberInForce(), 2u);

  const auto after = store->RevertFailing(home, 2, anna);

  ASSERT_TRUE(after);
  EXPECT_EQ(after->number, 1u);
  EXPECT_TRUE((*store->Get(home, 2))->failed);
  EXPECT_FALSE((*store->Get(home, 1))->failed);
}

TEST_P(ControlContract, RevertFailing_NothingGoodLeft_Retires) {
  Published(0);

  const auto after = store->RevertFailing(home, 1, anna);

  ASSERT_TRUE(after);
  EXPECT_EQ(after->number, 0u);
  EXPECT_EQ(NumberInForce(), 0u);
  EXPECT_EQ(Actions().back(), "revert_failing");
}

TEST_P(ControlContract, RevertFailing_AnotherNodeWasFaster_DoesNothing) {
  Published(0);
  Published(1);
  store->RevertFailing(home, 2, anna);
  const uint64_t epoch = *store->Epoch();

  const auto after = store->RevertFailing(home, 2, anna);

  ASSERT_TRUE(after);
  EXPECT_EQ(after->number, 1u);
  EXPECT_EQ(*store->Epoch(), epoch);
}

TEST_P(ControlContract, Seed_NewObject_IsInForceOnce) {
  EXPECT_TRUE(*store->Seed(home, {"first"}, {"seed", ""}));
  EXPECT_FALSE(*store->Seed(home, {"second"}, {"seed", ""}));

  EXPECT_EQ((*store->Current(home))->content.source, "first");
  EXPECT_THAT(Actions(), ElementsAre("seed"));
}

TEST_P(ControlContract, Seed_RetiredObject_StaysRetired) {
  Published(0);
  store->Retire(home, 1, anna);

  EXPECT_FALSE(*store->Seed(home, {"second"}, {"seed", ""}));
  EXPECT_EQ(NumberInForce(), 0u);
}

TEST_P(ControlContract, History_ManyRevisions_IsNewestFirstByPagesWithoutContent) {
  for (int i = 0; i < 5; ++i) store->AddDraft(home, 0, {"text"}, anna);

  const auto first = store->History(home, 0, 2), second = store->History(home, 4, 10);

  ASSERT_TRUE(first && second);
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ(first->at(0).number, 5u);
  EXPECT_EQ(first->at(1).number, 4u);
  EXPECT_EQ(first->at(0).content, model::RevisionContent());
  ASSERT_EQ(second->size(), 3u);
  EXPECT_EQ(second->front().number, 3u);
}

TEST_P(ControlContract, Objects_OfAKind_AreListedByNameWithWhatIsInForce) {
  const model::ObjectName cart{"default", model::ObjectKind::kScenario, "cart"};
  Published(0);
  store->AddDraft(cart, 0, {}, anna);
  store->AddDraft({"default", model::ObjectKind::kExperiment, "x"}, 0, {}, anna);
  store->AddDraft({"other", model::ObjectKind::kScenario, "y"}, 0, {}, anna);

  const auto objects = store->Objects("default", model::ObjectKind::kScenario);

  ASSERT_TRUE(objects);
  ASSERT_EQ(objects->size(), 2u);
  EXPECT_EQ(objects->at(0).object, cart);
  EXPECT_EQ(objects->at(0).number, 0u);
  EXPECT_EQ(objects->at(1).object, home);
  EXPECT_EQ(objects->at(1).number, 1u);
}

TEST_P(ControlContract, Current_OfNothing_IsAbsent) {
  EXPECT_FALSE(*store->Current(home));
  EXPECT_FALSE(*store->Get(home, 1));
  EXPECT_TRUE(store->History(home, 0, 10)->empty());
}

}  // namespace
}  // namespace signalbox::contract
