// Putting together what each step left behind.
#include "serve/tracer.hpp"

#include <algorithm>
#include <numeric>

namespace signalbox::serve {

model::ItemKey Tracer::KeyOf(sb_item item) const {
  const ports::ItemName name = pipeline_.tenant_.state().Name(item);
  return {std::string(name.type), std::string(name.id)};
}

Tracer::Place Tracer::PlaceOf(sb_item item) const {
  for (uint32_t i = 0; i < scratch_.chosen.size(); ++i) {
    if (scratch_.chosen[i].item == item) return {i + 1, &scratch_.chosen[i]};
  }
  return {};
}

bool Tracer::Named(sb_item item) const {
  const auto& named = pipeline_.request_.trace_items;
  return std::any_of(named.begin(), named.end(), [&](const model::ItemKey& key) {
    return pipeline_.tenant_.state().Find(key.type, key.id) == item;
  });
}

void Tracer::NameSignals(sb_item item, model::TracedCandidate* out) const {
  const auto& proposals = scratch_.candidates.proposals();
  for (size_t column = 0; column < proposals.size(); ++column) {
    const auto& items = proposals[column].items;
    if (std::find(items.begin(), items.end(), item) != items.end())
      out->offered_by.emplace_back(pipeline_.tenant_.ColumnName(column));
  }
}

// What the signals themselves say of an item that was asked for by name.
void Tracer::AddTexts(sb_item item, model::TracedCandidate* out) const {
  for (auto& part : out->explanation) {
    const int signal = pipeline_.tenant_.signals().Find(part.signal);
    sb_explanation said{};
    said.struct_size = sizeof said;
    if (signal < 0 || !pipeline_.session_->Explain(static_cast<size_t>(signal), item, &said)) continue;
    said.reason[sizeof said.reason - 1] = '\0';
    part.text = said.reason;
    for (uint32_t i = 0; i < std::min<uint32_t>(said.item_count, SB_EXPLANATION_ITEMS); ++i) {
      if (pipeline_.tenant_.state().Name(said.items[i]).id.data() != nullptr)
        part.because.push_back(KeyOf(said.items[i]));
    }
  }
}

std::string Tracer::DropOf(uint32_t row) const {
  const sb_item item = scratch_.candidates.items()[row];
  const RowTrace& trace = scratch_.rows[row];
  switch (trace.verdict.kind) {
    case Verdict::Kind::kGone:
      return scratch_.facts.catalogue->Deleted(item) ? "deleted" : "hidden";
    case Verdict::Kind::kRule:
      return trace.verdict.rule->name;
    case Verdict::Kind::kFilter:
      return "filter '" + pipeline_.plan_.script->declaration().filters[trace.verdict.filter] + "'";
    case Verdict::Kind::kKept:
      break;
  }
  for (const RuleMark& mark : scratch_.marks) {
    if (mark.removed && mark.item == item) return mark.rule->name;
  }
  return "count";
}

model::TracedCandidate Tracer::OfRow(uint32_t row, uint32_t blend_rank) {
  const sb_item item = scratch_.candidates.items()[row];
  const RowTrace& trace = scratch_.rows[row];
  model::TracedCandidate out;
  out.item = KeyOf(item);
  NameSignals(item, &out);
  out.explanation = pipeline_.ContributionsOf(row);
  if (Named(item)) AddTexts(item, &out);
  out.blend = scratch_.blend.scores[row];
  out.score = trace.looked_at && trace.verdict.kept() ? trace.score : out.blend;
  out.blend_rank = blend_rank;
  const Place place = PlaceOf(item);
  out.rank = place.rank;
  out.effects = place.entry != nullptr ? place.entry->effects : trace.effects;
  if (trace.buried_by != nullptr) out.effects.push_back(trace.buried_by->name + ": buried");
  if (out.rank != 0) return out;
  out.dropped_by = DropOf(row);
  for (const RuleMark& mark : scratch_.marks) {
    if (mark.item == item && !mark.removed) out.effects.push_back(mark.rule->name + ": moved");
  }
  return out;
}

model::TracedCandidate Tracer::OfFilledUp(const ListEntry& entry, uint32_t rank) {
  model::TracedCandidate out;
  out.item = KeyOf(entry.item);
  out.offered_by.emplace_back(entry.reason);
  out.score = entry.score;
  out.rank = rank;
  out.effects = entry.effects;
  return out;
}

std::string Tracer::WhyNotOffered(sb_item item) const {
  const RequestFacts& facts = scratch_.facts;
  const state::CatalogueView& view = *facts.catalogue;
  const state::TenantState& state = pipeline_.tenant_.state();
  if (item < view.size() && view.Deleted(item)) return "deleted";
  if (item < view.size() && view.Hidden(item)) return "hidden";
  if (std::find(facts.excluded.begin(), facts.excluded.end(), item) != facts.excluded.end()) return "exclude";
  for (const auto& condition : pipeline_.plan_.where.conditions()) {
    const ItemCondition test(state, view, facts.now_ms, condition);
    if (test.known() && !test.Holds(item)) return "where";
  }
  const std::string& category = pipeline_.request_.category;
  using Op = scripting::Condition::Op;
  if (!category.empty() &&
      !ItemCondition(state, view, facts.now_ms, {"category", Op::kEquals, {category}, false}).Holds(item)) {
    return "category";
  }
  if (!facts.Filtered(item)) return "filter=";
  // Known by events only, where such items are not served.
  return facts.eligible->Has(item) ? "not offered" : "where";
}

// Its raw scores say how far it was from being offered.
model::TracedCandidate Tracer::OfAbsent(sb_item item) {
  model::TracedCandidate out;
  out.item = KeyOf(item);
  NameSignals(item, &out);
  for (size_t signal = 0; signal < pipeline_.tenant_.signals().size(); ++signal) {
    if (scratch_.weights[signal] <= 0) continue;
    model::SignalContribution& part = out.explanation.emplace_back();
    part.signal = pipeline_.tenant_.ColumnName(signal);
    part.raw = NAN;
    if (!pipeline_.session_->Score(signal, {&item, 1}, {&part.raw, 1})) part.raw = NAN;
  }
  AddTexts(item, &out);
  out.dropped_by = WhyNotOffered(item);
  return out;
}

std::vector<model::RuleEffect> Tracer::Effects() const {
  std::vector<model::RuleEffect> effects;
  if (const auto* declared = pipeline_.script_->declaration(); declared != nullptr) {
    for (size_t i = 0; i < declared->filters.size(); ++i) {
      const auto removed =
          std::count_if(scratch_.rows.begin(), scratch_.rows.end(), [i](const RowTrace& row) {
            return row.verdict.kind == Verdict::Kind::kFilter && row.verdict.filter == i;
          });
      effects.push_back({"filter '" + declared->filters[i] + "'", 0, static_cast<uint32_t>(removed)});
    }
    for (const auto& [name, max] : declared->boosts) {
      const std::string effect = "boost '" + name + "'";
      const auto touched =
          std::count_if(scratch_.rows.begin(), scratch_.rows.end(), [&](const RowTrace& row) {
            return std::any_of(row.effects.begin(), row.effects.end(),
                               [&](const std::string& text) { return text.rfind(effect, 0) == 0; });
          });
      effects.push_back({effect, static_cast<uint32_t>(touched), 0});
    }
  }
  for (const auto* rule : scratch_.list_maker.acting()) {
    model::RuleEffect effect{rule->name, 0, 0};
    for (const RowTrace& row : scratch_.rows) {
      effect.removed += row.verdict.kind == Verdict::Kind::kRule && row.verdict.rule == rule;
      effect.touched += row.buried_by == rule;
    }
    for (const RuleMark& mark : scratch_.marks) {
      if (mark.rule == rule) ++(mark.removed ? effect.removed : effect.touched);
    }
    effects.push_back(std::move(effect));
  }
  return effects;
}

model::Trace Tracer::Build() {
  model::Trace trace;
  const auto items = scratch_.candidates.items();
  std::vector<uint32_t> rows(items.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
    const float x = scratch_.blend.scores[a], y = scratch_.blend.scores[b];
    return x != y ? x > y : pipeline_.tenant_.state().Compare(items[a], items[b]) < 0;
  });
  for (uint32_t i = 0; i < rows.size(); ++i) trace.candidates.push_back(OfRow(rows[i], i + 1));
  const auto has = [&](sb_item item) { return std::find(items.begin(), items.end(), item) != items.end(); };
  for (uint32_t i = 0; i < scratch_.chosen.size(); ++i) {
    const ListEntry& entry = scratch_.chosen[i];
    if (!has(entry.item)) trace.candidates.push_back(OfFilledUp(entry, i + 1));
  }
  std::stable_sort(trace.candidates.begin(), trace.candidates.end(), [](const auto& a, const auto& b) {
    if ((a.rank != 0) != (b.rank != 0)) return a.rank != 0;
    return a.rank < b.rank;
  });
  for (const model::ItemKey& key : pipeline_.request_.trace_items) {
    const sb_item item = pipeline_.tenant_.state().Find(key.type, key.id);
    if (item == ports::kNoHandle || has(item) || PlaceOf(item).rank != 0) continue;
    trace.candidates.push_back(OfAbsent(item));
  }
  trace.rules = Effects();
  trace.errors = pipeline_.script_->errors();
  return trace;
}

}  // namespace signalbox::serve
