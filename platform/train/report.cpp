// Writes reports.
#include "train/report.hpp"

#include <cstdio>

#include <nlohmann/json.hpp>

namespace signalbox::train {
namespace {

using nlohmann::ordered_json;

void Put(const std::string& name, const Measure& measure, ordered_json* to) {
  (*to)[name] = measure.value;
  (*to)[name + "_interval"] = {measure.interval.low, measure.interval.high};
}

ordered_json ToJson(const Figures& figures) {
  ordered_json json;
  for (const RankingAt& at : figures.ranking) {
    const std::string k = "@" + std::to_string(at.k);
    Put("hr" + k, at.hr, &json);
    Put("mrr" + k, at.mrr, &json);
    Put("ndcg" + k, at.ndcg, &json);
  }
  json["coverage"] = figures.coverage;
  json["mean_popularity"] = figures.mean_popularity;
  json["gini"] = figures.gini;
  const std::string hr = figures.ranking.empty() ? "hr" : "hr@" + std::to_string(figures.ranking.back().k);
  const auto group = [&](const GroupHits& hits) {
    return ordered_json{{hr, hits.hr}, {"queries", hits.queries}};
  };
  json["head"] = group(figures.head);
  json["middle"] = group(figures.middle);
  json["tail"] = group(figures.tail);
  json["cold"] = group(figures.cold);
  json["mean_length"] = figures.mean_length;
  json["degraded"] = figures.degraded;
  json["query_us"] = {{"p50", figures.p50_us}, {"p99", figures.p99_us}, {"mean", figures.mean_us}};
  return json;
}

void AppendRow(const std::string& name, const Figures& figures, std::string* table) {
  char text[160];
  std::snprintf(text, sizeof(text), "%-16s", name.c_str());
  *table += text;
  for (const RankingAt& at : figures.ranking) {
    std::snprintf(text, sizeof(text), "  %.4f [%.4f, %.4f]  %.4f  %.4f", at.hr.value, at.hr.interval.low,
                  at.hr.interval.high, at.mrr.value, at.ndcg.value);
    *table += text;
  }
  std::snprintf(text, sizeof(text), "  %8.4f %6.3f %8lld %8lld\n", figures.coverage, figures.gini,
                static_cast<long long>(figures.p50_us), static_cast<long long>(figures.p99_us));
  *table += text;
}

}  // namespace

std::string ReportJson(const EvaluationReport& report, const ReportSource& source) {
  ordered_json json;
  json["dataset"] = source.dataset;
  json["protocol"] = report.protocol;
  json["format"] = source.format;
  json["train"] = source.train;
  if (!source.test.empty()) json["test"] = source.test;
  json["scenario"] = source.scenario;
  json["events"] = report.taught_events;
  json["items"] = report.known_items;
  json["queries"] = report.queries;
  json["unknown_truths"] = report.unknown_truths;
  json["refused_lines"] = source.refused_lines;
  for (const RefusedLine& line : source.first_refused) {
    json["first_refused"].push_back({{"file", line.file}, {"line", line.line}, {"reason", line.reason}});
  }
  json["teach"] = {
      {"seconds", report.teach_seconds},
      {"events_per_second",
       report.teach_seconds > 0 ? static_cast<double>(report.taught_events) / report.teach_seconds : 0}};
  json["memory"] = {{"before_bytes", report.rss_before_bytes},
                    {"taught_bytes", report.rss_taught_bytes},
                    {"peak_bytes", report.rss_peak_bytes}};
  json["blend"] = ToJson(report.blend);
  json["signals"] = ordered_json::object();
  for (const auto& [name, figures] : report.signals) json["signals"][name] = ToJson(figures);
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string ReportTable(const EvaluationReport& report) {
  char text[160];
  std::string table;
  std::snprintf(text, sizeof(text), "%-16s", "");
  table += text;
  for (const RankingAt& at : report.blend.ranking) {
    const std::string k = "@" + std::to_string(at.k);
    std::snprintf(text, sizeof(text), "  %-24s  %-6s  %-6s", ("HR" + k).c_str(), ("MRR" + k).c_str(),
                  ("nDCG" + k).c_str());
    table += text;
  }
  table += "  coverage   gini   p50 us   p99 us\n";
  AppendRow("blend", report.blend, &table);
  for (const auto& [name, figures] : report.signals) AppendRow(name, figures, &table);
  return table;
}

}  // namespace signalbox::train
