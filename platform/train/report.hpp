// An evaluation's report as JSON and as a table for people.
#pragma once

#include <string>
#include <vector>

#include "train/evaluation.hpp"

namespace signalbox::train {

// What the report says about where it comes from.
struct ReportSource {
  std::string dataset;  // "train.txt", or the folder's name
  std::string train, test, format, scenario;
  uint64_t refused_lines = 0;
  std::vector<RefusedLine> first_refused;
};

// {"dataset", "protocol", …, "blend": {"hr@20", "hr@20_interval": [low, high], "mrr@20", "ndcg@20",
//  "coverage", "mean_popularity", …}, "signals": {"session": {…}}}, indented.
std::string ReportJson(const EvaluationReport& report, const ReportSource& source);

// One row for the blend and each signal.
std::string ReportTable(const EvaluationReport& report);

}  // namespace signalbox::train
