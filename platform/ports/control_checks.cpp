// The control store's refusals.
#include "ports/control_checks.hpp"

#include <algorithm>
#include <cmath>

#include "ports/control_tables.hpp"

namespace signalbox::ports {
namespace {

constexpr size_t kMaxNameBytes = 64;

Error TooLong(const char* field, size_t limit) {
  return Error(Code::kInvalidArgument,
               std::string(field) + " is longer than " + std::to_string(limit) + " bytes")
      .WithField(field)
      .WithHint("shorten it");
}

Result<void> CheckText(const std::string& text, const char* field, size_t limit) {
  if (text.size() > limit) return Fail(TooLong(field, limit));
  if (IsText(text)) return {};
  return Fail(Error(Code::kInvalidArgument, std::string(field) + " is not UTF-8 text")
                  .WithField(field)
                  .WithHint("save it as UTF-8, without NUL bytes"));
}

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

Result<void> CheckObject(const model::ObjectName& object) {
  const std::string& name = object.name;
  if (!name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), IsNameByte))
    return {};
  return Fail(Error(Code::kInvalidArgument, "a name is 1 to 64 letters, digits, '_' and '-'")
                  .WithField("name")
                  .WithHint("rename it, as in home or product_page"));
}

Result<void> CheckContent(const model::RevisionContent& content) {
  if (auto fit = CheckText(content.source, "source", kMaxSourceBytes); !fit) return fit;
  if (auto fit = CheckText(content.rules, "rules", kMaxRulesBytes); !fit) return fit;
  if (!IsJsonArray(content.rules)) {
    return Fail(Error(Code::kInvalidArgument, "rules is not a JSON array")
                    .WithField("rules")
                    .WithHint("write [] for none"));
  }
  if (content.values.size() > kMaxValues) {
    return Fail(Error(Code::kInvalidArgument, "more than " + std::to_string(kMaxValues) + " values")
                    .WithField("values")
                    .WithHint("give those of the script's tunables only"));
  }
  for (const auto& [name, value] : content.values) {
    if (auto fit = CheckText(name, "values", kMaxCommentBytes); !fit) return fit;
    if (std::isfinite(value)) continue;
    return Fail(Error(Code::kInvalidArgument, "values." + name + " is not a finite number")
                    .WithField("values." + name));
  }
  return {};
}

Result<void> CheckAuthor(const Author& author) {
  if (author.name.empty()) {
    return Fail(Error(Code::kInvalidArgument, "nobody is named as the author").WithField("author.name"));
  }
  if (auto fit = CheckText(author.name, "author.name", kMaxAuthorBytes); !fit) return fit;
  return CheckText(author.comment, "comment", kMaxCommentBytes);
}

Result<void> CheckTimes(const PlannedPublish& plan, int64_t now_ms) {
  if (plan.publish_at_ms <= now_ms) {
    return Fail(Error(Code::kInvalidArgument, "publish_at is not in the future")
                    .WithField("publish_at")
                    .WithHint("leave it out to publish now"));
  }
  if (plan.revert_at_ms != 0 && plan.revert_at_ms <= plan.publish_at_ms) {
    return Fail(Error(Code::kInvalidArgument, "revert_at is not after publish_at").WithField("revert_at"));
  }
  return {};
}

std::string Named(const model::ObjectName& object, uint64_t number) {
  return number == 0 ? "nothing" : model::RevisionId(object.name, number);
}

Result<void> CheckPublishable(const model::Revision& revision) {
  const std::string id = model::RevisionId(revision.object.name, revision.number);
  if (revision.state == model::RevisionState::kDraft) {
    return Fail(
        Error(Code::kConflict, id + " is not validated").WithField("number").WithHint("validate it first"));
  }
  if (revision.epoch != 0) {
    return Fail(Error(Code::kConflict, id + " was in force before")
                    .WithField("number")
                    .WithHint("roll back to it instead"));
  }
  return {};
}

Error NoSuchObject(const model::ObjectName& object) {
  return Error(Code::kNotFound,
               "there is no " + std::string(model::KindName(object.kind)) + " \"" + object.name + "\"")
      .WithField("name");
}

Error NoSuchRevision(const model::ObjectName& object, uint64_t number, std::string field) {
  return Error(Code::kNotFound, "there is no revision " + model::RevisionId(object.name, number))
      .WithField(std::move(field))
      .WithHint("the history lists those there are");
}

Error NoSuchPlan(uint64_t id) {
  return Error(Code::kNotFound, "there is no plan " + std::to_string(id)).WithField("id");
}

Error NothingLeft(const PlannedPublish& plan) {
  return Error(Code::kConflict,
               "plan " + std::to_string(plan.id) + " is " + std::string(StateName(plan.state)) + " already")
      .WithField("id");
}

Error BaseMoved(const model::Revision& revision, uint64_t in_force) {
  return Error(Code::kConflict, Named(revision.object, in_force) + " is in force by now; " +
                                    Named(revision.object, revision.number) + " was made from " +
                                    Named(revision.object, revision.base))
      .WithField("base")
      .WithHint("look at what changed and make a draft from what is in force");
}

Error NotExpected(const model::ObjectName& object, uint64_t expected, uint64_t in_force) {
  return Error(Code::kConflict,
               Named(object, in_force) + " is in force by now, not " + Named(object, expected))
      .WithField("expected")
      .WithHint("look at what changed and try again with what is in force");
}

Error NeverInForce(const model::Revision& revision) {
  return Error(Code::kConflict, Named(revision.object, revision.number) + " never was in force")
      .WithField("number")
      .WithHint("publish it instead");
}

AuditEntry AuditOf(const model::ObjectName& object, const Author& author, std::string_view action,
                   uint64_t number, uint64_t from_number, int64_t at_ms) {
  AuditEntry entry;
  entry.at_ms = at_ms;
  entry.author = author;
  entry.action = action;
  entry.tenant = object.tenant;
  entry.object = std::string(model::KindName(object.kind)) + "/" + object.name;
  entry.number = number;
  entry.from_number = from_number;
  return entry;
}

}  // namespace signalbox::ports
