// Applying catalogue changes: each batch makes one new view.
#include "state/catalogue_mirror.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/log.hpp"

namespace signalbox::state {
namespace {

using model::AttributeKind;
using ViewImpl = CatalogueView::Impl;

// Leaves chunks alone where nothing changes, so that they stay shared.
template <typename T>
void SetIfOther(ChunkedColumn<T>& column, Handle item, T value) {
  const T former = column.Get(item);
  if (std::memcmp(&former, &value, sizeof value) != 0) column.Set(item, value);
}

void SetText(ViewImpl& next, AttributeColumn& column, Handle item, const std::string& text) {
  if (column.interned) {
    SetIfOther(column.codes, item, column.table->Intern(text));
    return;
  }
  const char* former = column.places.Get(item);
  if (former != nullptr && LongTexts::Text(former) == text) return;
  column.places.Set(item, next.texts->long_texts.Append(text));
}

void SetList(ViewImpl& next, AttributeColumn& column, Handle item, const std::vector<std::string>& texts) {
  std::vector<int32_t> codes;
  for (const auto& text : texts) codes.push_back(column.table->Intern(text));
  const auto former = column.List(item);
  if (column.places.Get(item) != nullptr &&
      std::equal(former.begin(), former.end(), codes.begin(), codes.end())) {
    return;
  }
  column.places.Set(item, PutList(next.texts->arena, codes));
}

// Takes what the document does not name out of the row; what it names is left to be compared.
void ClearOthers(ViewImpl& next, Handle item, const model::Item& document) {
  for (auto& column : next.columns) {
    if (document.attributes.contains(column.name)) continue;
    SetIfOther(column.numbers, item, std::numeric_limits<double>::quiet_NaN());
    SetIfOther<int32_t>(column.codes, item, -1);
    SetIfOther<const char*>(column.places, item, nullptr);
  }
}

void SetVectors(ViewImpl& next, Handle item, const model::Item& document) {
  for (auto& [name, column] : next.vectors) {
    const auto found = document.vectors.find(name);
    column.Set(item, found == document.vectors.end() ? std::span<const float>() : found->second);
  }
}

void TellOfVectors(const ViewImpl& view) {
  for (const auto& [name, column] : view.vectors) {
    if (column.dimension() == 0) {
      LogWarn("a scenario compares items by a vector that none of them has", {{"vector", name}});
    } else {
      LogInfo("vectors are in memory", {{"vector", name},
                                        {"dimension", static_cast<int64_t>(column.dimension())},
                                        {"bytes", static_cast<int64_t>(column.memory_bytes())}});
    }
  }
}

int64_t FirstSeen(const model::ItemChange& change, const Clock& clock) {
  const auto created = change.item.attributes.find("created_at");
  const auto* time =
      created == change.item.attributes.end() ? nullptr : std::get_if<model::TimeMs>(&created->second);
  if (time != nullptr) return time->ms;
  return change.added_ms != 0 ? change.added_ms : clock.now_ms();
}

}  // namespace

const char* PutList(Arena& arena, std::span<const int32_t> codes) {
  char* place = arena.Allocate((codes.size() + 1) * sizeof(int32_t), alignof(int32_t));
  const auto count = static_cast<int32_t>(codes.size());
  std::memcpy(place, &count, sizeof count);
  if (count > 0) std::memcpy(place + sizeof count, codes.data(), codes.size_bytes());
  return place;
}

bool SetAttribute(ViewImpl& next, Handle item, const std::string& name, const model::AttributeValue& value) {
  const AttributeKind kind = model::KindOf(value);
  AttributeColumn& column = next.ColumnFor(name, kind);
  if (column.kind != kind) return false;
  switch (kind) {
    case AttributeKind::kNumber:
      SetIfOther(column.numbers, item, std::get<double>(value));
      break;
    case AttributeKind::kTime:
      SetIfOther(column.numbers, item, static_cast<double>(std::get<model::TimeMs>(value).ms));
      break;
    case AttributeKind::kBool:
      SetIfOther<int32_t>(column.codes, item, std::get<bool>(value) ? 1 : 0);
      break;
    case AttributeKind::kText:
      SetText(next, column, item, std::get<std::string>(value));
      break;
    case AttributeKind::kList:
      SetList(next, column, item, std::get<std::vector<std::string>>(value));
      break;
  }
  return true;
}

CatalogueMirror::Impl::Impl(ItemDictionary& items, std::string long_text_dir, const Clock* given_clock)
    : dictionary(items), clock(given_clock != nullptr ? *given_clock : system_clock) {
  auto first = std::make_shared<ViewImpl>();
  first->texts = std::make_shared<CatalogueTexts>(std::move(long_text_dir));
  Publish(std::move(first));
}

std::shared_ptr<ViewImpl> CatalogueMirror::Impl::Next() const { return std::make_shared<ViewImpl>(*current); }

void CatalogueMirror::Impl::Publish(std::shared_ptr<ViewImpl> next) {
  current = std::move(next);
  auto fresh = std::make_shared<const CatalogueView>(current);
  const std::lock_guard lock(mutex);
  view.swap(fresh);
}

CatalogueMirror::CatalogueMirror(ItemDictionary& dictionary, std::string long_text_dir, const Clock* clock)
    : impl_(std::make_unique<Impl>(dictionary, std::move(long_text_dir), clock)) {}
CatalogueMirror::~CatalogueMirror() = default;

std::shared_ptr<const CatalogueView> CatalogueMirror::view() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->view;
}

void CatalogueMirror::Apply(std::span<const model::ItemChange> changes) {
  auto next = impl_->Next();
  impl_->AdaptVectors(next.get(), false);
  bool changed = false;
  for (const auto& change : changes) {
    const auto& [epoch, deleted, item, added_ms] = change;
    if (epoch <= next->epoch) continue;
    next->epoch = epoch;
    changed = true;
    const Handle handle = impl_->dictionary.Intern(item.type, item.id, FirstSeen(change, impl_->clock));
    if (handle == kNoHandle) continue;
    next->size = std::max(next->size, handle + 1);
    if (deleted) {
      ClearOthers(*next, handle, {});
      SetVectors(*next, handle, {});
      next->flags.Set(handle, ViewImpl::kDeleted);
      continue;
    }
    ClearOthers(*next, handle, item);
    SetVectors(*next, handle, item);
    for (const auto& [name, value] : item.attributes) {
      if (!SetAttribute(*next, handle, name, value)) {
        LogWarn("an attribute of another kind than its column's is left out: put the item again",
                {{"attribute", name}, {"kind", std::string(model::ToString(model::KindOf(value)))}});
      }
    }
    // Not what the dictionary knows: that is an event's time where an event came first, which a
    // replay sees after the catalogue.
    if (added_ms != 0 && !item.attributes.contains("created_at")) {
      SetAttribute(*next, handle, "created_at", model::TimeMs{added_ms});
    }
    const auto hidden = item.attributes.find("hidden");
    const bool is_hidden = hidden != item.attributes.end() && hidden->second == model::AttributeValue(true);
    SetIfOther<uint8_t>(next->flags, handle, ViewImpl::kPresent | (is_hidden ? ViewImpl::kHidden : 0));
  }
  if (changed) impl_->Publish(std::move(next));
}

uint64_t CatalogueMirror::Impl::AdaptVectors(ViewImpl* next, bool add) {
  const std::lock_guard lock(mutex);
  std::erase_if(next->vectors, [this](const auto& column) { return !kept_vectors.contains(column.first); });
  if (add) {
    for (const auto& name : kept_vectors) next->vectors.try_emplace(name);
  }
  return kept_version;
}

void CatalogueMirror::KeepVectors(std::set<std::string, std::less<>> names) {
  const std::lock_guard lock(impl_->mutex);
  if (names == impl_->kept_vectors) return;
  const bool more =
      !std::includes(impl_->kept_vectors.begin(), impl_->kept_vectors.end(), names.begin(), names.end());
  // Where there are only fewer, the next load has nothing to read and lets them go.
  const uint64_t after = more ? 0 : impl_->view->epoch();
  impl_->vectors_after = std::min(impl_->vectors_after.value_or(after), after);
  impl_->kept_vectors = std::move(names);
  ++impl_->kept_version;
}

std::optional<uint64_t> CatalogueMirror::VectorsAfter() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->vectors_after;
}

void CatalogueMirror::LoadVectors(std::span<const model::ItemChange> changes) {
  auto next = impl_->Next();
  const uint64_t version = impl_->AdaptVectors(next.get(), true);
  std::optional<uint64_t> after;
  for (const auto& change : changes) {
    after = change.epoch;
    if (change.epoch > next->epoch) break;  // comes by Apply
    const Handle handle = HandleOf(change.item);
    if (handle != kNoHandle && !change.deleted) SetVectors(*next, handle, change.item);
  }
  if (after && *after >= next->epoch) after.reset();
  if (!after) TellOfVectors(*next);
  impl_->Publish(std::move(next));
  const std::lock_guard lock(impl_->mutex);
  if (impl_->kept_version == version) impl_->vectors_after = after;
}

Handle CatalogueMirror::HandleOf(const model::Item& item) const {
  return impl_->dictionary.Find(item.type, item.id);
}

size_t CatalogueMirror::memory_bytes() const { return view()->impl().memory_bytes(); }

}  // namespace signalbox::state
