// What the control store refuses, and in which words.
#pragma once

#include <string>
#include <string_view>

#include "ports/control_store.hpp"

namespace signalbox::ports {

// Errors: kInvalidArgument with the field at fault.
Result<void> CheckObject(const model::ObjectName& object);
Result<void> CheckContent(const model::RevisionContent& content);
Result<void> CheckAuthor(const Author& author);
Result<void> CheckTimes(const PlannedPublish& plan, int64_t now_ms);
// Errors: kConflict for a draft and for what was in force before.
Result<void> CheckPublishable(const model::Revision& revision);

// "home@17", and "nothing" for 0.
std::string Named(const model::ObjectName& object, uint64_t number);

Error NoSuchObject(const model::ObjectName& object);
Error NoSuchRevision(const model::ObjectName& object, uint64_t number, std::string field = "number");
Error NoSuchPlan(uint64_t id);
Error NothingLeft(const PlannedPublish& plan);
Error BaseMoved(const model::Revision& revision, uint64_t in_force);
Error NotExpected(const model::ObjectName& object, uint64_t expected, uint64_t in_force);
Error NeverInForce(const model::Revision& revision);

AuditEntry AuditOf(const model::ObjectName& object, const Author& author, std::string_view action,
                   uint64_t number, uint64_t from_number, int64_t at_ms);

}  // namespace signalbox::ports
